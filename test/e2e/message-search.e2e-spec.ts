import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let ada: Caller;
let bob: Caller;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
// Two new users for each test: a search covers all that its user has.
beforeEach(() => {
  users++;
  [ada, bob] = [app.actingFor(`ada ${users}`), app.actingFor(`bob ${users}`)];
});
afterAll(() => app.close());

const create = async (as = ada): Promise<string> =>
  `/v1/conversations/${(await as.post('/v1/conversations').expect(201)).body.id}`;
const message = (content: unknown) => ({ role: 'user', content });
const say = (path: string, contents: unknown[], as = ada) =>
  as.post(`${path}/messages`, { messages: contents.map(message) }).expect(201);

async function hits(
  query: string,
  { path = '/v1', as = ada, limit = 100 } = {},
): Promise<{ message: Record<string, unknown>; score: number }[]> {
  return (
    await as
      .get(`${path}/messages/search?limit=${limit}&q=${encodeURIComponent(query)}`)
      .expect(200)
  ).body.data;
}
const found = async (query: string, options = {}) =>
  (await hits(query, options)).map(({ message: { content } }) => content).sort();

describe('searching messages', () => {
  it('finds a message that was just appended, and returns all of it', async () => {
    const path = await create();
    const appended = (
      await ada
        .post(`${path}/messages`, { ...message('The quick brown fox'), metadata: { a: 1 } })
        .expect(201)
    ).body.data[0];
    expect(await hits('fox')).toEqual([
      { message: appended, score: expect.any(Number), onPath: true },
    ]);
    await say(path, ['Another fox']);
    expect(await found('fox')).toEqual(['Another fox', 'The quick brown fox']);
  });

  it("searches one conversation, or all of the user's", async () => {
    const [one, two] = [await create(), await create()];
    await say(one, ['a red apple']);
    await say(two, ['a green apple', 'a pear']);
    expect(await found('apple')).toEqual(['a green apple', 'a red apple']);
    expect(await found('apple', { path: one })).toEqual(['a red apple']);
    expect(await found('pear', { path: one })).toEqual([]);
    await say(one, ['a late apple']);
    expect(await found('apple', { path: one })).toEqual(['a late apple', 'a red apple']);
    expect(await found('apple')).toHaveLength(3);
  });

  it("never finds another user's words", async () => {
    const path = await create();
    await say(path, ['the secret word is xylophone']);
    await say(await create(bob), ['the secret word is trombone'], bob);
    expect(await found('secret word', { as: bob })).toEqual(['the secret word is trombone']);
    expect(await found('xylophone', { as: bob })).toEqual([]);
    expectProblem(
      await bob.get(`${path}/messages/search?q=xylophone`),
      404,
      'conversation.not_found',
    );
    expect(await found('xylophone')).toHaveLength(1);
  });

  it('supports words, "phrases", or, and -not', async () => {
    await say(await create(), ['new york city', 'york is new', 'new jersey', 'boston']);
    expect(await found('new york')).toEqual(['new york city', 'york is new']);
    expect(await found('"new york"')).toEqual(['new york city']);
    expect(await found('jersey or boston')).toEqual(['boston', 'new jersey']);
    expect(await found('new -york')).toEqual(['new jersey']);
    expect(await found('-new')).toEqual(['boston']);
  });

  it('finds inflected forms of a word, in upper and lower case', async () => {
    await say(await create(), ['a runner', 'She was RUNNING late', 'two runs a day', 'ruin']);
    const contents = (await hits('run')).map(({ message: { content } }) => content);
    expect(contents).toEqual(['She was RUNNING late', 'two runs a day', 'a runner']);
  });

  it('returns the best match first, and at most limit hits', async () => {
    await say(await create(), ['tea', 'tea tea tea tea', 'coffee and a cup of tea', 'coffee']);
    const scored = await hits('tea');
    expect(scored[0]!.message['content']).toBe('tea tea tea tea');
    expect(scored.map(({ score }) => score)).toEqual(
      scored.map(({ score }) => score).sort((a, b) => b - a),
    );
    expect(await hits('tea', { limit: 2 })).toEqual(scored.slice(0, 2));
  });

  it('finds nothing without messages, and without a word that they have', async () => {
    const path = await create();
    expect(await found('anything', { path })).toEqual([]);
    await say(path, ['the end of it']);
    for (const query of [
      'nowhere',
      'before',
      'the of and',
      '"to be or not to be"',
      '!?',
      '-',
      '""',
      '🙂',
    ])
      expect(await found(query)).toEqual([]);
    expect(await found('the end before')).toEqual(['the end of it']);
    expect(await found('the')).toEqual(['the end of it']);
  });

  it.each([
    "'; drop table threadkeep.message; --",
    'a & b | !c',
    'foo:*',
    '((((',
    '\\',
    '%',
    '"unfinished',
    'x'.repeat(1_000),
  ])('accepts the query %s', async (query) => {
    await say(await create(), ['harmless']);
    expect(await found(query)).toEqual([]);
    expect(await found('harmless')).toHaveLength(1);
  });

  it('refuses a missing, empty or too long query', async () => {
    for (const query of [
      '',
      'q=',
      `q=${'x'.repeat(1_001)}`,
      'q=a&q=b',
      'q=a&limit=0',
      'q=a&cursor=x',
      'q=%00',
    ]) {
      expectProblem(await ada.get(`/v1/messages/search?${query}`), 400, 'request.invalid_query');
    }
  });
});

describe('searching message parts', () => {
  const parts = [
    { type: 'text', text: 'Let me look that up' },
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'pondering' }] },
    {
      type: 'tool_call',
      id: 'callidentifier',
      name: 'weather_lookup',
      arguments: { city: 'Reykjavik', when: { day: 'Friday', hour: 4711 }, tags: ['windy'] },
    },
    { type: 'tool_call', name: 'search', arguments: '{"query":"geysers"}' },
    { type: 'tool_result', content: [{ type: 'text', text: 'stormy' }] },
    { type: 'image_url', image_url: { url: 'https://example.org/hiddenpicture.png' } },
    { type: 'unknowntype', input: 'mysterious' },
  ];

  it.each([
    'look',
    'pondering',
    'reykjavik',
    'friday',
    '4711',
    'windy',
    'geysers',
    'stormy',
    'mysterious',
  ])('finds the text of %s', async (word) => {
    await say(await create(), [parts]);
    expect(await found(word)).toEqual([parts]);
  });

  it.each([
    'tool_call',
    'summary_text',
    'unknowntype',
    'callidentifier',
    'hiddenpicture',
    'city',
    'arguments',
  ])('does not find %s: types, ids, URLs and field names are not searched', async (word) => {
    await say(await create(), [parts]);
    expect(await found(word)).toEqual([]);
  });

  it('accepts parts without text', async () => {
    await say(await create(), [[{ type: 'image' }], 'afterwards']);
    expect(await found('afterwards')).toHaveLength(1);
  });
});

describe('searching messages after changes', () => {
  it('does not find deleted conversations until they are restored, and purged ones never', async () => {
    const [kept, deleted, purged] = [await create(), await create(), await create()];
    for (const path of [kept, deleted, purged]) await say(path, [`lantern in ${path}`]);
    expect(await found('lantern')).toHaveLength(3);
    await ada.delete(deleted).expect(204);
    await ada.delete(`${purged}?purge=true`).expect(200);
    expect(await found('lantern')).toEqual([`lantern in ${kept}`]);
    await ada.post(`${deleted}/restore`).expect(200);
    expect(await found('lantern')).toHaveLength(2);
  });

  it('finds messages of a restored conversation that was deleted before the first search', async () => {
    const path = await create();
    await say(path, ['early bird']);
    await ada.delete(path).expect(204);
    expect(await found('bird')).toEqual([]);
    await ada.post(`${path}/restore`).expect(200);
    expect(await found('bird')).toEqual(['early bird']);
  });

  it('finds the messages of a fork in the fork', async () => {
    const path = await create();
    await say(path, ['origin', 'beyond']);
    const fork = `/v1/conversations/${(await ada.post(`${path}/fork`, { seq: 1 }).expect(201)).body.id}`;
    expect(await found('origin', { path: fork })).toEqual(['origin']);
    expect(await found('beyond', { path: fork })).toEqual([]);
    expect(await found('origin')).toHaveLength(2);
  });
});

describe('searching many messages', () => {
  it('indexes more than 1,000 unindexed messages, in one conversation and in all', async () => {
    const [one, two] = [await create(), await create()];
    for (let batch = 0; batch < 2; batch++)
      await say(
        one,
        Array.from({ length: 700 }, (_, i) => `needle${batch * 700 + i} in the hay`),
      );
    await say(
      two,
      Array.from({ length: 700 }, (_, i) => `needle${1_400 + i} in the hay`),
    );
    expect(await found('needle1399', { path: one })).toHaveLength(1);
    for (const n of [0, 999, 1_000, 1_400, 2_099])
      expect(await found(`needle${n}`)).toEqual([`needle${n} in the hay`]);
    expect(await hits('hay')).toHaveLength(100);
  });

  it('answers 503 while a very long history is indexed, and succeeds after retries', async () => {
    const path = await create();
    const batch = Array.from({ length: 1_000 }, (_, i) => `grain ${i}`);
    for (let i = 0; i < 20; i++) await say(path, batch);
    await say(path, ['the last grain']);
    const refused = await ada.get('/v1/messages/search?q=grain');
    expectProblem(refused, 503, 'memory.indexing');
    expect(refused.headers['retry-after']).toBe('1');
    expect(await found('last')).toEqual(['the last grain']);
  });

  it('succeeds after retries also with long messages', async () => {
    const impatient = await createTestApp({ DB_STATEMENT_TIMEOUT: '3' }, app.database);
    try {
      const path = await create();
      // Five hundred messages of 120,000 characters, put there directly: counting their tokens would take longer than the test.
      await app.database.admin(
        `with c as (update threadkeep.conversation set last_seq = 500 where id = $1 returning user_id, id)
         insert into threadkeep.message (user_id, conversation_id, id, seq, token_count, content_is_json, role, content)
         select user_id, c.id, gen_random_uuid(), n, 1, false, 'user', 'novel' || n || repeat(' she was running past the houses', 3750)
           from c, generate_series(1, 500) n`,
        [path.split('/')[3]],
      );
      const late = impatient.actingFor(`ada ${users}`);
      for (let tries = 0; tries < 10; tries++) {
        const { status, body } = await late.get('/v1/messages/search?q=novel500');
        if (status === 200) return expect(body.data[0].message.seq).toBe(500);
        expect({ status, code: body.code }).toEqual({ status: 503, code: 'memory.indexing' });
      }
      throw new Error('never indexed');
    } finally {
      await impatient.close();
    }
  });

  const inputs = (inner: unknown): unknown =>
    Array.from({ length: 55 }).reduce((value) => ({ input: value }), inner);
  it.each([
    [
      'nested inputs',
      Array.from({ length: 44 }, () => ({
        type: 'tool_use',
        input: inputs(Array(5_000).fill('w')),
      })),
    ],
    [
      'nested lists of inputs',
      [
        {
          type: 'tool_result',
          output: inputs({
            content: Array.from({ length: 20_000 }, () => ({ type: 'text', text: 'x' })),
          }),
        },
      ],
    ],
    ['a run of underscores', 'a_'.repeat(60_000)],
    ['comments without an end', '<!-- '.repeat(25_000)],
    ['tags without an end', '<a "'.repeat(30_000)],
    [
      'parts of such texts',
      [
        { type: 'text', text: 'b_'.repeat(60_000) },
        { type: 'tool_use', input: { deep: '<!--'.repeat(30_000) } },
      ],
    ],
  ])('skips a message of %s, and finds the others', async (_, content) => {
    const path = await create();
    await say(path, ['before the poison']);
    expect(await found('poison')).toHaveLength(1);
    await say(path, [content, 'behind the poison']);
    expect((await found('poison')).sort()).toEqual(['before the poison', 'behind the poison']);
  });

  it('finds the messages before and after one that is larger than any that is taken', async () => {
    const path = await create();
    await say(path, ['first pebble', 'to be replaced', 'second pebble']);
    // Larger than any message that is taken; put there directly.
    await app.database.admin(
      'alter table threadkeep.message drop constraint message__content_size',
    );
    await app.database.admin(
      `update threadkeep.message set content = repeat('x', 4194305) where conversation_id = $1 and seq = 2`,
      [path.split('/')[3]],
    );
    expect((await found('pebble')).sort()).toEqual(['first pebble', 'second pebble']);
  });

  it('accepts messages of any size and script, and finds the others', async () => {
    const path = await create();
    const letter = (n: number) => String.fromCodePoint(0x20000 + n);
    const compounds = Array.from(
      { length: 50_000 },
      (_, i) => `${letter(i)}-${letter(50_000 + i)}`,
    ).join(' ');
    const addresses = Array.from(
      { length: 15_000 },
      (_, i) => `h${i.toString(36)}.com/p${i.toString(36)}`,
    ).join(' ');
    for (const content of [
      compounds,
      addresses,
      '漢'.repeat(200_000),
      'x'.repeat(1_000_000),
      'word '.repeat(200_000),
      '\u0001'.repeat(1_000),
    ])
      await say(path, [content]);
    await say(path, ['still here']);
    expect(await found('still here')).toEqual(['still here']);
  });
});
