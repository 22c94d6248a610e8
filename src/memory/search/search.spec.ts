// Shows the effect of each feature with small invented conversations.
import { describe, expect, it } from '@jest/globals';
import { TextIndex } from './text-index.js';

const MINUTE = 60 * 1_000;
const DAY = 24 * 60 * MINUTE;
const START = Date.UTC(2024, 2, 4, 9);

interface Turn {
  speaker?: string;
  text: string;
  /** Days after the start. */
  day?: number;
}

/** The ref of a text is the number of its turn. */
function conversation(turns: Turn[]): TextIndex {
  const index = new TextIndex();
  turns.forEach(({ speaker, text, day = 0 }, i) =>
    index.put({
      ref: String(i),
      text,
      speaker: speaker ?? null,
      group: 'talk',
      at: START + day * DAY + i * MINUTE,
    }),
  );
  return index;
}

function facts(...texts: string[]): TextIndex {
  const index = new TextIndex();
  texts.forEach((text, i) =>
    index.put({ ref: String(i), text, speaker: null, group: '', at: START }),
  );
  return index;
}

const found = (index: TextIndex, question: string) =>
  index.search(question, { limit: 10 }).map(({ ref }) => Number(ref));
const partsOf = (index: TextIndex, question: string, ref: number) =>
  index.search(question, { limit: 50, explain: true }).find((hit) => hit.ref === String(ref))
    ?.parts ?? {};

describe('search in facts', () => {
  const index = facts(
    'Ada is allergic to peanuts',
    'Ada likes tea with milk',
    'Bob is allergic to cats',
    'Ada works as a landscape painter in Lisbon',
    'Ada likes long walks',
    'Ada likes jazz and likes to dance',
  );

  it.each([
    ['What is Ada allergic to?', 0],
    ['peanut', 0],
    ['Which allergies does Bob have?', 2],
    ['Where does Ada work?', 3],
    ['What does Ada drink? tea?', 1],
    ['Does Ada paint?', 3],
  ])('the right fact comes first for %j', (question, first) => {
    expect(found(index, question)[0]).toBe(first);
  });

  it('a rare word weighs more than a common one', () => {
    expect(found(index, 'Ada likes jazz')[0]).toBe(5);
    expect(found(index, 'likes peanuts')[0]).toBe(0);
  });

  it('a search without a match returns nothing', () => {
    expect(found(index, 'submarine')).toEqual([]);
    expect(found(index, 'the of and')).toEqual([]);
    expect(found(index, '')).toEqual([]);
  });

  it('a question of stop words finds texts only by something else than words', () => {
    expect(found(index, 'Who is Ada?')).toHaveLength(5);
  });

  it('of two equal hits the newer one comes first', () => {
    const twins = new TextIndex();
    for (const [ref, at] of [
      ['old', 1],
      ['new', 3],
      ['middle', 2],
    ] as const)
      twins.put({ ref, text: 'the code is 4711', speaker: null, group: '', at });
    expect(twins.search('code', { limit: 3 }).map(({ ref }) => ref)).toEqual([
      'new',
      'middle',
      'old',
    ]);
  });

  it('the exact word ranks above a related word, and a related word above nothing', () => {
    const kin = facts('Educators met in town', 'Education costs money', 'Dinner costs money');
    expect(found(kin, 'education')).toEqual([1, 0]);
    expect(found(facts('An international fair', 'The internet is down'), 'internet')).toEqual([1]);
  });
});

describe('search in a conversation', () => {
  it('the answer after a matching question is found, though it shares no word with the search', () => {
    const index = conversation([
      { speaker: 'Mia', text: 'The weather is awful again today' },
      { speaker: 'Leo', text: 'Which instrument did you learn as a child?' },
      { speaker: 'Mia', text: 'The violin, for eight years' },
      { speaker: 'Leo', text: 'Rain all over the place' },
    ]);
    expect(found(index, 'Which instrument did Mia learn?').slice(0, 2)).toEqual([1, 2]);
    expect(partsOf(index, 'Which instrument did Mia learn?', 2)['answers']).toBeGreaterThan(0);
  });

  it('texts of a named speaker rank first, and the name is not searched as a word', () => {
    const index = conversation([
      { speaker: 'Mia', text: 'Leo, I bought a new bicycle' },
      { speaker: 'Leo', text: 'Congratulations' },
      { speaker: 'Mia', text: 'Thanks' },
      { speaker: 'Leo', text: 'Mia, I bought a new bicycle' },
    ]);
    expect(found(index, 'What did Leo buy, a bicycle?')[0]).toBe(3);
    expect(found(index, 'What did Mia buy, a bicycle?')[0]).toBe(0);
  });

  it('a name is searched in texts whose speaker is unknown', () => {
    const index = conversation([
      { speaker: 'Mia', text: 'Good morning' },
      { text: 'Leo keeps bees' },
      { text: 'Mia keeps bees' },
      { text: 'Zoe keeps bees' },
    ]);
    expect(found(index, 'Does Mia keep bees?')[0]).toBe(2);
  });

  it('I means the user and you the assistant in a log of both', () => {
    const index = conversation([
      { speaker: 'assistant', text: 'A hotel near the station costs less' },
      { speaker: 'user', text: 'Go on' },
      { speaker: 'assistant', text: 'Done' },
      { speaker: 'user', text: 'A hotel near the beach costs more' },
    ]);
    expect(found(index, 'Which hotel did I talk about?')[0]).toBe(3);
    expect(found(index, 'Which hotel did you talk about?')[0]).toBe(0);
  });

  it('texts of a named date rank first', () => {
    const index = conversation([
      { text: 'We had dinner with friends', day: 0 },
      { text: 'We had dinner with friends', day: 12 },
      { text: 'We had dinner with friends', day: 70 },
    ]);
    expect(found(index, 'Who came to dinner on 16 March 2024?')[0]).toBe(1);
    expect(found(index, 'dinner in March')[2]).toBe(2);
    expect(found(index, 'dinner on 2024-03-04')[0]).toBe(0);
  });

  it('texts with a word of time rank first when the question asks when', () => {
    const index = conversation([
      { text: 'We moved the piano, and it was heavy', day: 1 },
      { text: 'We moved the piano two weeks ago', day: 3 },
      { text: 'We moved the piano, and it was loud', day: 5 },
    ]);
    expect(found(index, 'When was the piano moved?')[0]).toBe(1);
  });

  it('texts of a session about the subject rank first', () => {
    const index = conversation([
      { text: 'The tent leaks', day: 0 },
      { text: 'Camping again with the tent, the stove and the lake', day: 3 },
      { text: 'Cooking at the camping site', day: 3 },
      { text: 'Cooking is fun', day: 3 },
      { text: 'Cooking is fun', day: 8 },
    ]);
    const order = found(index, 'cooking while camping by the lake with a tent');
    expect(order.indexOf(3)).toBeLessThan(order.indexOf(4));
  });

  it('a statement ranks above a question of the same words', () => {
    expect(
      found(
        conversation([
          { text: 'The red car broke down?', day: 0 },
          { text: 'The red car broke down.', day: 2 },
        ]),
        'red car',
      )[0],
    ).toBe(1);
  });

  it('one matching text does not return its whole conversation', () => {
    const index = conversation(
      Array.from({ length: 30 }, (_, i) => ({
        speaker: i % 2 ? 'user' : 'assistant',
        text: i === 10 ? 'my giraffe' : 'so it goes on',
      })),
    );
    expect(found(index, 'giraffe').sort((a, b) => a - b)).toEqual([9, 10, 11, 12]);
  });
});

describe('search with vectors', () => {
  const index = facts('My dog is called Rex', 'The puppy sleeps', 'Taxes are due', 'Rain again');
  index.setVector('0', Int8Array.of(127, 0, 0));
  index.setVector('1', Int8Array.of(120, 42, 0));
  index.setVector('2', Int8Array.of(0, 0, 127));
  const vector = Int8Array.of(127, 0, 0);

  it('a search finds similar meaning without a common word, and says what each hit was matched by', () => {
    expect(
      index.search('dog', { limit: 2, vector }).map(({ ref, matchedBy }) => [ref, matchedBy]),
    ).toEqual([
      ['0', 'both'],
      ['1', 'vector'],
    ]);
  });

  it('a text that has no vector yet is found by its words', () => {
    expect(index.search('rain', { limit: 4, vector: Int8Array.of(0, 127, 0) })[0]).toMatchObject({
      ref: '3',
      matchedBy: 'lexical',
    });
  });

  it('a search uses words only when the question has no vector, or one of another width', () => {
    const byWords = index.search('dog', { limit: 4 });
    expect(byWords.map(({ ref }) => ref)).toEqual(['0']);
    expect(index.search('dog', { limit: 4, vector: Int8Array.of(1, 2) })).toEqual(byWords);
  });

  it('a question is embedded without names of speakers, unless it is only a name', () => {
    const talk = conversation([{ speaker: 'Mia', text: 'Hello' }]);
    expect(talk.questionForEmbedding("What is Mia's job?")).toBe('What is job?');
    expect(talk.questionForEmbedding('Mia?')).toBe('Mia?');
  });
});
