import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DeltaTexts } from './delta-text.js';

describe('texts of deltas', () => {
  it('hold the first half of a character back until the second comes', () => {
    const texts = new DeltaTexts();
    expect(texts.take('a', 'x\ud83d')).toBe('x');
    expect(texts.take('a', '')).toBe('');
    expect(texts.take('a', '\ude00y')).toBe('😀y');
    expect(texts.end('a')).toBe('');
  });

  it('keep the halves of overlapping parts apart', () => {
    const texts = new DeltaTexts();
    texts.take('a', '\ud83d');
    texts.take('b', '\ud83c');
    expect(texts.take('b', '\udf0d')).toBe('🌍');
    expect(texts.take('a', '\ude00')).toBe('😀');
  });

  it('have U+FFFD for a half without another', () => {
    const texts = new DeltaTexts();
    expect(texts.take('a', '\ude00x\ud83d')).toBe('\uFFFDx');
    expect(texts.take('a', 'y\ud83d')).toBe('\uFFFDy');
    expect(texts.end('a')).toBe('\uFFFD');
    expect(texts.end('a')).toBe('');
  });

  it('are well-formed, and together the text, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(100)), (text, cuts) => {
        const texts = new DeltaTexts();
        const places = [...new Set(cuts)].sort((a, b) => a - b);
        const deltas = [0, ...places].map((from, i) => text.slice(from, places[i]));
        const given = [...deltas.map((delta) => texts.take('a', delta)), texts.end('a')];
        expect(given.every((one) => one.isWellFormed())).toBe(true);
        expect(given.join('')).toBe(text.replaceAll('\0', '\uFFFD'));
      }),
    );
  });
});
