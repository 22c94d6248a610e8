import { describe, expect, it } from '@jest/globals';
import { TextIndex } from './text-index.js';

/** Turns of one conversation, by these speakers in order. */
function indexOf(speakers: (string | null)[], texts: string[]): TextIndex {
  const index = new TextIndex();
  texts.forEach((text, i) => {
    const at = Date.UTC(2026, 0, 1, 9, i);
    index.put({ ref: String(i), text, speaker: speakers[i % speakers.length]!, group: 'c', at });
  });
  return index;
}

const TEXTS = [
  'Which savings plan fits a budget of 400 euros?',
  'There are several plans. Compare fees first, then decide.',
  'My rent is due on the first of a month.',
  'Noted. Many people pay it by standing order. Anything else?',
];
const QUESTION = 'Which savings plan did we discuss?';
const TURN_FEATURES = ['answers', 'asks', 'beforePrevious'];

const featuresOf = (index: TextIndex): string[] => [
  ...new Set(
    index
      .search(QUESTION, { limit: 10, explain: true })
      .flatMap(({ parts }) => Object.keys(parts!))
      .filter((feature) => TURN_FEATURES.includes(feature)),
  ),
];

describe('turns of a conversation', () => {
  it('count between people who have names', () => {
    expect(featuresOf(indexOf(['Ann', 'Bob'], TEXTS)).sort()).toEqual(TURN_FEATURES);
  });

  it.each([
    ['a user and an assistant', ['user', 'assistant']],
    ['texts without a speaker', [null]],
  ])('do not count between %s', (_, speakers) => {
    const index = indexOf(speakers, TEXTS);
    expect(featuresOf(index)).toEqual([]);
    expect(index.search(QUESTION, { limit: 1, explain: false })[0]!.ref).toBe('0');
  });

  it('count again for a person who answers an assistant, and not for its answers', () => {
    const index = indexOf(['Ann', 'assistant'], TEXTS);
    const hits = index.search(QUESTION, { limit: 10, explain: true });
    const byAssistant = hits.filter(({ ref }) => Number(ref) % 2 === 1);
    expect(byAssistant.flatMap(({ parts }) => Object.keys(parts!))).not.toContain('answers');
    expect(hits.find(({ ref }) => ref === '0')!.parts).toHaveProperty('asks');
  });
});
