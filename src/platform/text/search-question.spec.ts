import { describe, expect, it } from '@jest/globals';
import { Seeded } from '../../../test/support/seeded.js';
import { hasRankedWordsOnly, readSearchQuestion } from './search-question.js';

const MARKS = ['\ufeff', '\u0305', '\u0331', '\u200b', '\u00ad'];
const PIECES =
  'a the or and -boat boat " ” - -- ? ! don\'t É l’école 北京 の ไป คน 123 1,5 x_y JIRA-1234 🎉 <b> \n \t'
    .split(' ')
    .concat(MARKS);

describe('the quick look at a question', () => {
  it('says nothing else than reading it does, of 5,000 questions of odd pieces', () => {
    const random = new Seeded(7);
    let quick = 0;
    for (let i = 0; i < 5_000; i++) {
      const pieces = Array.from(
        { length: 1 + random.integer(4) },
        () => PIECES[random.integer(PIECES.length)]!,
      );
      const text = pieces.join(random.chance(0.5) ? '' : ' ');
      if (!hasRankedWordsOnly(text)) continue;
      quick++;
      for (const phrasesRank of [false, true]) {
        const read = readSearchQuestion(text, { phrasesRank });
        expect([text, read?.demanded, read?.hasStopWordsOnly]).toEqual([text, null, false]);
      }
    }
    expect(quick).toBeGreaterThan(500);
  });
});
