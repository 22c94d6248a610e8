import { describe, expect, it } from '@jest/globals';
import { LANGUAGE_CASES } from '../../../test/fixtures/any-language.js';
import { GRAMMAR_SEARCHES, GRAMMAR_TEXTS } from '../../../test/fixtures/grammar-searches.js';
import { HARD_SEARCHES } from '../../../test/fixtures/hard-searches.js';
import { atOnce } from '../../platform/fairness/index.js';
import { isMet, readSearchQuestion, Stems, toVectorInSteps } from '../../platform/text/index.js';
import { TextIndex } from './text-index.js';

const TEXTS = [
  'Sails the canary7q to the sea, as in 2026.',
  ...GRAMMAR_TEXTS,
  ...LANGUAGE_CASES.flatMap(({ facts }) => facts),
  ...HARD_SEARCHES.flatMap(({ searches, distractors }) => [
    ...searches.map(({ text }) => text),
    ...distractors,
  ]),
];
const QUESTIONS: { question: string; prefix?: boolean }[] = [
  ...['canar', 'canary', 'canary7', 'sea canar', '202', '"the canar'].map((question) => ({
    question,
    prefix: true,
  })),
  ...GRAMMAR_SEARCHES,
  ...LANGUAGE_CASES.flatMap(({ searches, heldOut }) =>
    [...searches, ...heldOut].map(([question]) => ({ question })),
  ),
  ...HARD_SEARCHES.flatMap(({ searches }) => searches.map(({ question }) => ({ question }))),
];

const index = new TextIndex();
TEXTS.forEach((text, i) => index.put({ ref: `${i}`, text, speaker: null, group: '', at: 0 }));
const vectors = TEXTS.map((text) => atOnce(toVectorInSteps(text, new Stems())));
const limit = TEXTS.length;

describe('a search for what meets a condition', () => {
  it.each(QUESTIONS)('leaves out no text that meets it: $question', ({ question, prefix }) => {
    const read = readSearchQuestion(question, { prefix: prefix ?? false });
    if (read === null || read.units.length === 0) return;
    const refsOf = (options: object) =>
      index
        .search(read.asked, { limit, ...options })
        .map(({ ref }) => ref)
        .filter((ref) => isMet(read.match, vectors[Number(ref)]!));
    expect(refsOf({ condition: read.match })).toEqual(refsOf({}));
  });

  it('names few texts that do not meet it', () => {
    let [named, met] = [0, 0];
    for (const { question } of QUESTIONS) {
      const read = readSearchQuestion(question);
      if (read === null || read.units.length === 0) continue;
      for (const { ref } of index.search(read.asked, { limit, condition: read.match })) {
        named++;
        if (isMet(read.match, vectors[Number(ref)]!)) met++;
      }
    }
    expect(met).toBeGreaterThan(100);
    expect(named).toBeLessThan(1.5 * met);
  });
});
