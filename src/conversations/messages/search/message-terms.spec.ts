import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { atOnce } from '../../../platform/fairness/index.js';
import { Stems } from '../../../platform/text/index.js';
import { toTsvectorInSteps } from './message-terms.js';
import { quoteTerm } from './tsquery.js';

const toVector = (text: string): string => atOnce(toTsvectorInSteps(text, new Stems()));

/** The words of a vector with their positions. */
const wordsOf = (vector: string): Record<string, string> =>
  Object.fromEntries(
    [...vector.matchAll(/'((?:[^'\\]|''|\\\\)*)'(?::([\d,]+))?/g)].map(([, word, at]) => [
      word!,
      at ?? '',
    ]),
  );

describe('the vector of a message', () => {
  it('has stems with positions, and what was written where it differs', () => {
    expect(wordsOf(toVector('The dogs barked, the dog slept'))).toEqual({
      dog: '2,5',
      dogs: '',
      bark: '3',
      barked: '',
      slept: '6',
    });
  });

  it('has the same words for any spelling', () => {
    const stems = (text: string) => Object.keys(wordsOf(toVector(text)));
    expect(stems('ÖSTERREICH Москва')).toEqual(stems('österreich МОСКВА'));
    expect(stems('cafe\u0301')).toEqual(stems('café'));
  });

  it('has the end of a word that may be a compound', () => {
    expect(wordsOf(toVector('Autoversicherung'))).toHaveProperty('~herung', '');
    expect(wordsOf(toVector('Ölversicherung, Versicherung, autocorrect'))).toHaveProperty(
      '~herung',
    );
    expect(wordsOf(toVector('Sicherung'))).not.toHaveProperty('~herung');
  });

  it('has pairs of characters, parts of compounds, and emoji', () => {
    expect(wordsOf(toVector('喝绿茶'))).toMatchObject({ 喝绿: '1', 绿茶: '2' });
    expect(wordsOf(toVector('getUserName'))).toMatchObject({ user: '', usernam: '' });
    expect(wordsOf(toVector('🍕'))).toEqual({ '🍕': '' });
  });

  it('keeps the positions that PostgreSQL keeps', () => {
    const words = wordsOf(toVector(`${'tea '.repeat(300)}${'x '.repeat(16_083)}late later`));
    expect(words['tea']!.split(',')).toHaveLength(255);
    expect(words['late']).toBe('');
  });

  it('has less than a megabyte of words, whatever the message', () => {
    const letter = (n: number) => String.fromCodePoint(0x20000 + n);
    for (const text of [
      Array.from({ length: 62_000 }, (_, i) => letter(i)).join(' '),
      Array.from({ length: 31_000 }, (_, i) => `${letter(i)}${letter(i + 1)}`).join(''),
      'ﷺ'.repeat(125_000),
      Array.from({ length: 1_000_000 }, (_, i) => i.toString(36)).join(' '),
    ]) {
      const words = Object.entries(wordsOf(toVector(text)));
      const bytes = words.reduce((sum, [word, at]) => {
        const positions = at === '' ? 0 : at.split(',').length;
        return sum + Buffer.byteLength(word) + 4 + 2 * positions;
      }, 0);
      expect(words.length).toBeGreaterThan(0);
      expect(bytes).toBeLessThan(1_048_576);
    }
  });

  it('quotes any term', () => {
    expect(quoteTerm(`it's a \\`)).toBe(`'it''s a \\\\'`);
  });

  it('has no word longer than 2,046 bytes, of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        for (const word of Object.keys(wordsOf(toVector(text.repeat(20)))))
          expect(Buffer.byteLength(word)).toBeLessThan(2_047);
      }),
      { numRuns: 50 },
    );
  });
});
