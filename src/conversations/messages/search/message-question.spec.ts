import { describe, expect, it } from '@jest/globals';
import { readQuestion } from './message-question.js';

const match = (text: string, options = {}) => readQuestion(text, options)?.match ?? null;
/** English questions have no other endings, so their tsquery is short. */
const english = (text: string, options = {}) => match(`${text} with`, options);

describe('a question to the messages', () => {
  it.each([
    ['the peanuts', "('peanut' | 'peanu':*)"],
    ['two cats', "('two' & 'cat')"],
    ['cats or dogs', "('cat' | 'dog')"],
    ['red cats or dogs', "(('red' & 'cat') | 'dog')"],
    ['-cats', "!'cat'"],
    ['dogs -cats', "('dog' & !'cat')"],
    ['"cats and dogs"', "('cat' <2> 'dog')"],
    ['“red cats”', "('red' <1> 'cat')"],
    ['-"red cats"', "!('red' <1> 'cat')"],
    ['or cats or', "'cat'"],
  ])('%s', (text, expected) => {
    expect(english(text)).toBe(expected);
  });

  it('has no words when it has stop words and signs only', () => {
    for (const text of ['', ' ', 'the', '"to be"', '-', '--', '"', '""', '! & | ( ) :*'])
      expect(readQuestion(text)).toBeNull();
  });

  it('takes the last word as a beginning when asked to', () => {
    expect(match('red ca', { prefix: true })).toMatch(/& \('ca':\* \| 'ca'\)\)$/);
    expect(match('the', { prefix: true })).toBe("('the':* | 'the')");
    expect(match('"red ca', { prefix: true })).toBe("('red' <1> ('ca' | 'ca':*))");
    expect(match('"red ca"', { prefix: true })).toBe("('red' <1> 'ca')");
    expect(match('dogs -ca', { prefix: true })).toMatch(/& !'ca'\)$/);
  });

  it('has the words of a run without spaces, each by its pairs', () => {
    expect(match('我喜欢绿茶')).toBe("('喜欢' & '绿茶')");
    expect(match('茶')).toBe("'茶':*");
    expect(match('"喝绿茶"')).toBe("('喝绿' <1> '绿茶')");
  });

  it('finds a name of code by any way to write it', () => {
    expect(match('get_user_name')).toContain("'getusernam'");
    expect(match('$1,299.00')).toContain("'1299'");
  });

  it('has a bounded number of forms', () => {
    const words = (n: number) =>
      Array.from(
        { length: n },
        (_, i) => `w${'aeiou'[i % 5]!}${'bdfgk'[((i / 5) % 5) | 0]!}${'lmnr'[((i / 25) % 4) | 0]!}`,
      );
    const operands = (text: string) => match(text)!.match(/'/g)!.length / 2;
    expect(operands(words(100).join(' '))).toBeLessThan(700);
  });
});
