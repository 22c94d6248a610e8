import { describe, expect, it } from '@jest/globals';
import { toStoredText } from '../../parts/index.js';
import { redactedCopy } from './redacted-content.js';

const text = (words: string) => ({ type: 'text', text: words });
const stored = (...parts: object[]) => ({
  content: toStoredText(parts),
  contentIsJson: true,
});
const original = stored(text('secret 123456'), text('shown'));
const texts = new Map([[0, 'gone']]);

describe('a copy that says something else than its original', () => {
  it('loses a beginning of what is redacted, wherever it stands', () => {
    const copy = { ...stored(text('shown'), text('secret 12')), isErased: true };
    expect(redactedCopy(copy, original, texts)).toEqual([text('shown'), text('gone')]);
    const words = { content: 'secret 1', contentIsJson: false, isErased: true };
    expect(redactedCopy(words, original, texts)).toBe('gone');
  });

  it('keeps the rest', () => {
    const copy = { ...stored(text('another secret'), text('shown')), isErased: true };
    expect(redactedCopy(copy, original, texts)).toBeNull();
  });
});
