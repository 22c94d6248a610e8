import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { closeJson } from './close-json.js';

describe('closeJson', () => {
  it('JSON cut at any position is valid again, and contains nothing new', () => {
    const anyContent = fc.array(fc.object({ withNullPrototype: false, maxDepth: 4 }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(anyContent, fc.double({ min: 0, max: 1, noNaN: true }), (content, share) => {
        const json = JSON.stringify(content);
        const whole = closeJson(json.slice(0, Math.max(1, Math.floor(json.length * share))));
        expect(Array.isArray(JSON.parse(whole))).toBe(true);
        expect(closeJson(json)).toBe(json);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['[{"type":"text","text":"the begin', '[{"type":"text","text":"the begin"}]'],
    ['[{"type":"text","text":"a\\', '[{"type":"text","text":"a"}]'],
    ['[{"type":"text","text":"a\\u00', '[{"type":"text","text":"a"}]'],
    ['[{"type":"text","te', '[{"type":"text"}]'],
    ['[{"type":"text","n":12', '[{"type":"text"}]'],
    ['[{"a":{"b":["c","d', '[{"a":{"b":["c","d"]}}]'],
  ])('complete values of %s are kept, and a string up to the cut', (cut, whole) => {
    expect(closeJson(cut)).toBe(whole);
  });
});
