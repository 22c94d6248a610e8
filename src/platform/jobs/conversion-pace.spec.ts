import { describe, expect, it } from '@jest/globals';
import { ConversionPace } from './conversion-pace.js';

const MINUTE_MS = 60_000;

function paceAt(minutes: number): { pace: ConversionPace; wait: (minutes: number) => void } {
  let now = 1_000;
  const pace = new ConversionPace(() => now);
  const wait = (more: number) => void (now += more * MINUTE_MS);
  wait(minutes);
  return { pace, wait };
}

describe('looking for users to convert', () => {
  it('is due in each run for half an hour after the start, whatever was found', () => {
    const { pace, wait } = paceAt(0);
    for (let minutes = 0; minutes < 30; minutes += 5) {
      expect(pace.isDue).toBe(true);
      pace.ended(0);
      wait(5);
    }
    expect(pace.isDue).toBe(false);
  });

  it('is due six hours after a run that found none', () => {
    const { pace, wait } = paceAt(40);
    expect(pace.isDue).toBe(true);
    pace.ended(0);
    wait(359);
    expect(pace.isDue).toBe(false);
    wait(1);
    expect(pace.isDue).toBe(true);
  });

  it('is due again after a run that found some', () => {
    const { pace } = paceAt(40);
    pace.ended(0);
    expect(pace.isDue).toBe(false);
    pace.ended(3);
    expect(pace.isDue).toBe(true);
  });
});
