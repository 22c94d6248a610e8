import { describe, expect, it } from '@jest/globals';
import { usageOf } from './usage.js';

type Usage = Parameters<typeof usageOf>[0];

const none = { total: undefined };
const rawOf = (raw: NonNullable<Usage['raw']>) =>
  usageOf({
    inputTokens: { ...none, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { ...none, text: undefined, reasoning: undefined },
    raw,
  }).raw;

describe("a provider's own object of what a call used", () => {
  it('is kept as it is', () => {
    expect(rawOf({ prompt_tokens: 7, details: { audio: 0 } })).toEqual({
      prompt_tokens: 7,
      details: { audio: 0 },
    });
  });

  it('is left out when it cannot be stored, so that the reply can', () => {
    let deep = {};
    for (let i = 0; i < 20_000; i++) deep = { deep };
    expect(rawOf({ note: 'a\0' })).toBeNull();
    expect(rawOf({ note: { '\ud83d': 1 } })).toBeNull();
    expect(rawOf({ note: 'x'.repeat(20_000) })).toBeNull();
    expect(rawOf(deep)).toBeNull();
  });
});
