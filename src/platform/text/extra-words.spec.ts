import { describe, expect, it } from '@jest/globals';
import { findExtraWords } from './extra-words.js';

describe('findExtraWords', () => {
  it.each([
    ['at 5pm', '17:00'],
    ['at 5 PM', '17:00'],
    ['at 17:00', '17:00'],
    ['at 5:30 p.m.', '17:30'],
    ['at 05:30', '5:30'],
    ['at 12 am', '0:00'],
    ['3.50 dollars', '3.5'],
    ['3,5 dollars', '3.5'],
    ['1.234,50 €', '1234.5'],
    ['1,234.5', '1234.5'],
    ['1,000 requests', '1000'],
    ['in C++.', 'c++'],
    ['in C# or F#', 'f#'],
    ['❤', '❤'],
    ['❤️', '❤'],
    ['👍🏽', '👍'],
    ['🇨🇭🇨🇳', '🇨🇳'],
    ['خانه‌ی ما', 'خانه'],
  ])('%j has the word %s', (text, word) => {
    expect(findExtraWords(text)).toContain(word);
  });

  it.each(['5 apples', '10:99', 'version 1.2.3', '12:30:15', 'a © b', '# title', '1++', 'page 3.'])(
    '%j has no time, number, picture or name of a language',
    (text) => {
      expect(findExtraWords(text).filter((word) => /[:.+#©]/.test(word))).toEqual([]);
    },
  );
});
