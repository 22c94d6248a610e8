// The search of messages and the search of memories are one: they find the same messages with the same
// scores, in the same state, whether the user's index fits or not.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LANGUAGE_CASES } from '../fixtures/any-language.js';
import { GRAMMAR_SEARCHES, GRAMMAR_TEXTS } from '../fixtures/grammar-searches.js';
import { STOP_WORD_SEARCHES } from '../fixtures/stop-word-searches.js';
import { MISTYPED_SEARCHES } from '../fixtures/typos.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';

const LIMIT = 10;
const CODE_TEXTS = [
  'Call getUserName in api.staging.example.com',
  'see JIRA-1234, it costs $1,299.00',
  'C++ is fast, v2.1.3 of node.js is not',
];
const CODE_QUESTIONS = ['get_user_name', 'staging', 'JIRA 1234', '1299', 'c++', 'node.js -jira'];

interface Answer {
  data: { message: { id: string; content: unknown }; score: number }[];
  searchedBy: string;
  complete: boolean;
}
interface Question {
  q: string;
  prefix?: boolean;
}

let app: TestApp;
/** A process whose index of a user may have a megabyte of text. */
let small: TestApp;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
  small = await createTestApp({ SEARCH_SCAN_MB: '1' }, app.database);
});
afterAll(async () => {
  await small.close();
  await app.close();
});
const newUser = (of = app): Caller => of.actingFor(`user ${++users}`);

async function say(who: Caller, contents: unknown[]): Promise<string> {
  const { id } = (await who.post('/v1/conversations').expect(201)).body;
  const messages = contents.map((content) => ({ role: 'user', content }));
  await who.post(`/v1/conversations/${id}/messages`, { messages }).expect(201);
  return id as string;
}

async function byMessages(
  who: Caller,
  { q, prefix = false }: Question,
  conversationId?: string,
): Promise<Answer> {
  const path = conversationId ? `conversations/${conversationId}/messages` : 'messages';
  const query = `q=${encodeURIComponent(q)}&prefix=${prefix}&limit=${LIMIT}`;
  return (await who.get(`/v1/${path}/search?${query}`).expect(200)).body as Answer;
}

async function byMemories(
  who: Caller,
  { q, prefix = false }: Question,
  conversationId?: string,
): Promise<Answer> {
  const asked = { query: q, prefix, limit: LIMIT, in: 'messages', match: 'all' };
  const filter = conversationId ? { conversationId } : null;
  return (await who.post('/v1/memories/search', { ...asked, filter }).expect(200)).body as Answer;
}

const shown = ({ data, searchedBy, complete }: Answer) => ({
  hits: data.map(({ message, score }) => ({ id: message.id, score })),
  searchedBy,
  complete,
});
const contentsOf = ({ data }: Answer) => data.map(({ message }) => message.content);

/** Asks both searches. Returns how many questions found something. */
async function compare(who: Caller, questions: Question[], conversationId?: string) {
  let answered = 0;
  for (const question of questions) {
    const [one, other] = [
      await byMessages(who, question, conversationId),
      await byMemories(who, question, conversationId),
    ];
    expect({ question, ...shown(one) }).toEqual({ question, ...shown(other) });
    if (one.data.length > 0) answered++;
  }
  return answered;
}

const BATTERY: [name: string, texts: string[], questions: Question[], answered: number][] = [
  [
    'phrases, alternatives, words to leave out and beginnings',
    GRAMMAR_TEXTS,
    GRAMMAR_SEARCHES.map(({ question, prefix = false }) => ({ q: question, prefix })),
    GRAMMAR_SEARCHES.filter(({ found }) => found.length > 0).length,
  ],
  ['names of code and numbers', CODE_TEXTS, CODE_QUESTIONS.map((q) => ({ q })), 6],
  [
    'mistyped words',
    MISTYPED_SEARCHES.flatMap(({ searches }) => searches.map(({ text }) => text)),
    MISTYPED_SEARCHES.flatMap(({ searches }) =>
      searches.flatMap(({ question }) => question.split(/\s+/).map((q) => ({ q }))),
    ),
    20,
  ],
  [
    'stop words',
    STOP_WORD_SEARCHES.flatMap(({ texts, others }) => [...texts, ...others]),
    STOP_WORD_SEARCHES.map(({ question }) => ({ q: question })),
    STOP_WORD_SEARCHES.length,
  ],
];

describe('one search of messages', () => {
  it.each(BATTERY)(
    'finds the same by both routes, of all conversations and of one: %s',
    async (_, texts, questions, answered) => {
      const [who, other] = [newUser(), newUser()];
      const id = await say(who, [...new Set(texts)]);
      await say(who, ['another conversation of the red cats', ...CODE_TEXTS]);
      expect(await compare(who, questions)).toBeGreaterThanOrEqual(answered);
      expect(await compare(who, questions, id)).toBeGreaterThanOrEqual(answered);
      expect(await compare(other, questions)).toBe(0);
    },
  );

  it.each(LANGUAGE_CASES)('finds the same by both routes: $language', async (language) => {
    const who = newUser();
    await say(who, language.facts);
    const questions = [...language.searches, ...language.heldOut].map(([q]) => ({ q }));
    expect(await compare(who, questions)).toBeGreaterThan(questions.length / 2);
  });

  it('finds only messages of the conversation that it is asked for', async () => {
    const who = newUser();
    const ids = [await say(who, ['a red cat', 'a dog']), await say(who, ['a red dog'])];
    expect(contentsOf(await byMessages(who, { q: 'red' }, ids[1]))).toEqual(['a red dog']);
    expect(contentsOf(await byMessages(who, { q: '-cat' }, ids[0]))).toEqual(['a dog']);
    expect(contentsOf(await byMessages(who, { q: 're', prefix: true }, ids[0]))).toEqual([
      'a red cat',
    ]);
  });
});

describe('what was removed', () => {
  it('is not found by another process that had it in its index', async () => {
    const who = newUser();
    const elsewhere = small.actingFor(`user ${users}`);
    const id = await say(who, ['secret lantern', 'quiet harbour', 'an open window']);
    const purged = await say(who, ['lantern of the past']);
    const findAll = async (question: Question) => [
      contentsOf(await byMessages(elsewhere, question)),
      contentsOf(await byMemories(elsewhere, question)),
    ];
    const lanterns = ['lantern of the past', 'secret lantern'];
    for (const found of await findAll({ q: 'lantern' })) expect(found.sort()).toEqual(lanterns);

    const { data } = (await who.get(`/v1/conversations/${id}/messages?order=asc`).expect(200)).body;
    const [removed, redacted] = data.map((message: { id: string }) => message.id);
    await who.delete(`/v1/conversations/${id}/messages/${removed}`).expect(200);
    await who.delete(`/v1/conversations/${purged}?purge=true`).expect(200);
    for (const question of [
      { q: 'lantern' },
      { q: 'lant', prefix: true },
      { q: '"secret lantern"' },
    ])
      expect(await findAll(question)).toEqual([[], []]);
    // Neither is it among the messages without a word.
    const others = ['an open window', 'quiet harbour'];
    for (const found of await findAll({ q: '-castle' })) expect(found.sort()).toEqual(others);

    const path = `/v1/conversations/${id}/messages/${redacted}/redact`;
    await who.post(path, { content: 'quiet mountain' }).expect(200);
    expect(await findAll({ q: 'harbour' })).toEqual([[], []]);
    expect(await findAll({ q: 'mountain' })).toEqual([['quiet mountain'], ['quiet mountain']]);
  });
});

describe('a user whose index would be too large', () => {
  const FILLER = 'many other words about nothing '.repeat(3_000);
  const QUESTIONS: Question[] = [
    { q: 'lantern' },
    { q: 'red lantern' },
    { q: '"red lantern"' },
    { q: 'lantern -red' },
    { q: 'harbour or window' },
    { q: 'lant', prefix: true },
    { q: 'Laternen' },
    { q: 'get_user_name' },
    { q: '绿茶' },
    { q: 'before' },
  ];

  it('is searched in PostgreSQL by both routes, and both say so', async () => {
    const who = newUser(small);
    const other = newUser(small);
    await say(who, ['the oldest lantern']);
    await say(
      who,
      Array.from({ length: 15 }, () => FILLER),
    );
    const id = await say(who, [
      'a red lantern',
      'a lantern in a red house',
      'a green lantern',
      'the harbour',
      'an open window',
      'Die Laterne brennt',
      'call getUserName before noon',
      '我喜欢喝绿茶',
    ]);
    expect(await compare(who, QUESTIONS)).toBe(QUESTIONS.length);
    expect(await compare(who, QUESTIONS, id)).toBe(QUESTIONS.length);
    expect(await compare(other, QUESTIONS)).toBe(0);
    const { searchedBy, complete, ...rest } = await byMessages(who, { q: 'red lantern' });
    expect({ searchedBy, complete }).toEqual({ searchedBy: 'database', complete: false });
    expect(contentsOf({ searchedBy, complete, ...rest }).sort()).toEqual([
      'a lantern in a red house',
      'a red lantern',
    ]);
    expect(contentsOf(await byMessages(who, { q: '"red lantern"' }))).toEqual(['a red lantern']);
    expect(contentsOf(await byMessages(who, { q: '-lantern' }))).toContain('the harbour');
    // Without filler in between, the same process searches another user by the index.
    await say(other, ['a red lantern']);
    expect(shown(await byMessages(other, { q: 'lantern' }))).toMatchObject({
      searchedBy: 'index',
      complete: true,
    });
  });
});
