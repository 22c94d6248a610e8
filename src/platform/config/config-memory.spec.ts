import { describe, expect, it } from '@jest/globals';
import { loadConfig } from './config.js';

describe('the configuration of memories', () => {
  it.each([
    ['secrets', ['secrets']],
    [' pii , secrets ', ['secrets', 'pii']],
    ['pii,pii', ['pii']],
    [' off ', []],
  ])('guards memories with MEMORY_GUARD=%j, and messages in the same way', (list, families) => {
    const { memoryGuard, messageGuard } = loadConfig({ MEMORY_GUARD: list, MESSAGE_GUARD: list });
    expect([[...memoryGuard], [...messageGuard]]).toEqual([families, families]);
  });

  it('keeps memories for days by kind', () => {
    const { memoryRetentionDays } = loadConfig({
      MEMORY_RETENTION: 'fact:1, preference:99999,episode:90 ,summary:365,instruction:7',
    });
    expect(memoryRetentionDays).toEqual({
      fact: 1,
      preference: 99_999,
      episode: 90,
      summary: 365,
      instruction: 7,
    });
    expect(Object.isFrozen(memoryRetentionDays)).toBe(true);
  });
});

describe('the configuration', () => {
  it('cannot be changed', () => {
    const config = loadConfig({});
    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
  });

  it('is read from the process when nothing is given', () => {
    expect(loadConfig()).toBeInstanceOf(Object);
  });
});
