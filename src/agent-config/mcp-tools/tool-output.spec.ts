import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { limited, MAX_OUTPUT_BYTES, outputOf } from './tool-output.js';

const asItIs = (text: string): string => text;
const texts = (...all: string[]) => ({
  content: all.map((text) => ({ type: 'text' as const, text })),
});

describe('the output of a tool', () => {
  it('is its texts, or else its value', () => {
    expect(outputOf(texts('a', 'b'), asItIs)).toEqual({ text: 'a\nb', isError: false });
    const value = { content: [], structuredContent: { a: 1 }, isError: true };
    expect(outputOf(value, asItIs)).toEqual({ text: '{"a":1}', isError: true });
  });

  it('names what is no text', () => {
    const content = [
      { type: 'audio' as const, data: 'AAAA', mimeType: 'audio/wav' },
      { type: 'resource' as const, resource: { uri: 'a:b', text: 'words' } },
      { type: 'resource' as const, resource: { uri: 'a:b', blob: 'AAAAAAAA' } },
      { type: 'resource_link' as const, name: 'page', uri: 'https://a.example' },
    ];
    expect(outputOf({ content }, asItIs).text.split('\n')).toEqual([
      '[audio audio/wav, 3 bytes, left out]',
      'words',
      '[file application/octet-stream, 6 bytes, left out]',
      '[link to page: https://a.example]',
    ]);
  });

  it('has no part of a secret where it is cut', () => {
    const secret = 'secret-token';
    for (let before = MAX_OUTPUT_BYTES - 100; before < MAX_OUTPUT_BYTES; before++) {
      const text = `${'x'.repeat(before)}${secret}${'y'.repeat(100)}`;
      expect(limited(text, (given) => given.replaceAll(secret, '***'))).not.toContain('sec');
    }
  });

  it('is well-formed and within its bytes, whatever it was', () => {
    const part = fc.constantFrom('a', '"', '\n', '\0', 'ä', '😀', '\ud83d', '\ude00', '\u2028');
    const input = fc.tuple(fc.array(part, { minLength: 1, maxLength: 8 }), fc.nat(90_000));
    fc.assert(
      fc.property(input, ([parts, times]) => {
        const text = parts.join('').repeat(Math.ceil(times / parts.length));
        const output = limited(text, asItIs);
        expect(output.isWellFormed() && !output.includes('\0')).toBe(true);
        expect(Buffer.byteLength(JSON.stringify(output))).toBeLessThanOrEqual(MAX_OUTPUT_BYTES);
      }),
      { numRuns: 60 },
    );
  });
});
