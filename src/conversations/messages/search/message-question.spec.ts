import { describe, expect, it } from '@jest/globals';
import { readSearchQuestion } from '../../../platform/text/index.js';
import { listLongWords, toMessageQuestion } from './message-question.js';

const read = (text: string, options = {}) => {
  const question = readSearchQuestion(text, options);
  return question && toMessageQuestion(question);
};
const match = (text: string, options = {}) => read(text, options)?.match ?? null;
/** English questions have no other endings, so their tsquery is short. */
const english = (text: string, options = {}) => match(`${text} with`, options);

describe('a question to the messages', () => {
  it.each([
    ['the peanuts', "('peanut' | 'peanu':*)"],
    ['two cats', "('two' & 'cat')"],
    ['cats or dogs', "('cat' | 'dog')"],
    ['red cats or dogs', "(('red' & 'cat') | 'dog')"],
    ['dogs -cats', "('dog' & !'cat')"],
    ['"cats and dogs"', "('cat' <2> 'dog')"],
    ['“red cats”', "('red' <1> 'cat')"],
    ['or cats or', "'cat'"],
  ])('%s', (text, expected) => {
    expect(english(text)).toBe(expected);
  });

  it('may leave out words only', () => {
    expect(match('-cats')).toBe("!'cat'");
    expect(match('-"red cats"')).toBe("!('red' <1> 'cat')");
  });

  it('has no words when it has signs, and stop words to leave out, only', () => {
    for (const text of ['', ' ', '-the', '-', '--', '"', '""', '! & | ( ) :*'])
      expect(readSearchQuestion(text)).toBeNull();
  });

  it.each([
    ['before', "'befor'", ['before']],
    ['The Who', "('the' & 'who')", ['the', 'who']],
    ['"to be" or Will', "(('to' <1> 'be') | 'will')", ['to', 'be', 'will']],
    ['or', "'or'", ['or']],
    ["don't -why", "('dont' & !'why')", ['dont']],
    ['the -cats', "('the' & !'cat')", ['the']],
  ])('asks for stop words when it has no others: %s', (text, expected, stopWords) => {
    expect(match(text)).toBe(expected);
    expect(readSearchQuestion(text)).toMatchObject({ hasStopWordsOnly: true, stopWords });
  });

  it('looks up many forms of one beginning behind that beginning', () => {
    const kot = match('kot')!;
    expect(kot).toMatch(/\('kot':\* & \('kot' \| /);
    expect(kot).toMatch(/\('kod':\* & \(/);
    expect(kot.match(/'kot\w+'/g)!.length).toBeGreaterThan(30);
  });

  it('looks up the long words when it finds nothing, and what a mistyped one may be', () => {
    const long = listLongWords(readSearchQuestion('my retsaurant tea guitarr 4711 -umberlla')!);
    expect(long.map(({ word }) => word)).toEqual(['retsaurant', 'guitarr']);
    const corrected = read('my retsaurant', { mistyped: new Set(['retsaurant']) })!;
    for (const query of [corrected.match, corrected.typos!]) expect(query).toContain("'restaur'");
    expect(corrected.words).toBe("'retsaur'");
  });

  it('takes the last word as a beginning when asked to', () => {
    expect(match('red ca', { prefix: true })).toMatch(/& \('ca':\* \| 'ca'\)\)$/);
    expect(match('the', { prefix: true })).toBe("('the':* | 'the')");
    expect(match('"red ca', { prefix: true })).toBe("('red' & ('ca' | 'ca':*))");
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
    expect(operands(words(100).join(' '))).toBeLessThan(2_500);
  });
});
