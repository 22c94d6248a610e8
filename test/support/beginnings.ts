// A conversation that goes on keeps the bytes of its beginning, which a provider has cached.
import { expect } from '@jest/globals';
import type { Turn } from '../../src/conversations/parts/index.js';

/**
 * Expects that the messages of the first turns begin those of all turns, however many are taken.
 * @returns the messages of all turns
 */
export function expectSameBeginnings<M>(turns: Turn[], write: (turns: Turn[]) => M[]): M[] {
  const whole = write(turns);
  turns.forEach((_, i) => {
    const beginning = write(turns.slice(0, i + 1));
    expect(whole.slice(0, beginning.length)).toEqual(beginning);
  });
  return whole;
}
