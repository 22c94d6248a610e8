import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { everyPage, idsOf } from '../support/pages.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let ada: Caller;
let bob: Caller;
beforeAll(async () => {
  app = await createTestApp();
  [ada, bob] = [app.actingFor('ada'), app.actingFor('bob')];
  await bob.post('/v1/conversations').expect(201);
});
afterAll(() => app.close());

const user = (content: unknown, rest: object = {}) => ({ role: 'user', content, ...rest });
const create = async () =>
  `/v1/conversations/${(await ada.post('/v1/conversations').expect(201)).body.id}/messages`;
const append = async (path: string, body: unknown) =>
  (await ada.post(path, body).expect(201)).body.data as Record<string, unknown>[];
const latest = async (path: string) =>
  (await ada.get(`${path}?limit=1`).expect(200)).body.data[0] as Record<string, unknown>;
const seqs = (items: Record<string, unknown>[]) => items.map(({ seq }) => seq);
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

describe('appending messages', () => {
  it('answers with the message as it is read later', async () => {
    const path = await create();
    const [message] = await append(path, user('Hello world', { metadata: { source: 'web' } }));
    expect(message).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      conversationId: path.split('/')[3],
      seq: 1,
      role: 'user',
      content: 'Hello world',
      metadata: { source: 'web' },
      tokenCount: 2,
      parentSeq: null,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect(await latest(path)).toEqual(message);
  });

  it('numbers messages in the given order, after the last', async () => {
    const path = await create();
    await append(path, user('1'));
    const added = await append(path, {
      messages: [
        user('2'),
        { role: 'assistant', content: '3' },
        { role: 'system', content: '4' },
        { role: 'tool', content: '5' },
      ],
    });
    expect(seqs(added)).toEqual([2, 3, 4, 5]);
    await append(path, user('6'));
    const all = (await everyPage(ada, `${path}?order=asc`)).flat();
    expect(all.map(({ seq, content }) => `${String(seq)}:${String(content)}`)).toEqual(
      upTo(6).map((n) => `${n}:${n}`),
    );
    expect(idsOf(all)).toEqual([...idsOf(all)].sort());
  });

  it('accepts 1,000 messages, and refuses 1,001', async () => {
    const path = await create();
    const messages = upTo(1_000).map((n) => user(`m${n}`));
    expect(seqs(await append(path, { messages }))).toEqual(upTo(1_000));
    const problem = expectProblem(
      await ada.post(path, { messages: [...messages, user('x')] }),
      422,
      'request.invalid_body',
    );
    expect(problem['errors']).toEqual([
      { pointer: '/messages', message: 'must have at most 1000 items' },
    ]);
    expect((await latest(path))['seq']).toBe(1_000);
  });

  it('stores all messages or none', async () => {
    const path = await create();
    const problem = expectProblem(
      await ada.post(path, { messages: [user('good'), { role: 'robot', content: 'bad' }] }),
      422,
      'request.invalid_body',
    );
    expect(problem['errors']).toEqual([expect.objectContaining({ pointer: '/messages/1/role' })]);
    expect((await ada.get(path)).body.data).toEqual([]);
  });

  it('counts the tokens of texts and parts', async () => {
    const path = await create();
    const contents = [
      '',
      'Hello world',
      '<|endoftext|>',
      [{ type: 'text', text: 'Hello world' }],
      [{ type: 'image', image_url: { url: 'https://example.org/a.png' } }],
    ];
    const counts = (await append(path, { messages: contents.map((content) => user(content)) })).map(
      ({ tokenCount }) => tokenCount as number,
    );
    expect([counts[0], counts[1], counts[3], counts[4]]).toEqual([0, 2, 2, 0]);
    expect(counts[2]).toBeGreaterThan(1);
  });

  it('accepts 200,000 ideographs without a break', async () => {
    const path = await create();
    const content = '漢字'.repeat(100_000);
    const [message] = await append(path, user(content));
    expect(message!['tokenCount']).toBeGreaterThan(1_000);
    expect((await latest(path))['content']).toBe(content);
  });

  it("answers 404 for another user's conversation and a missing one", async () => {
    const path = await create();
    expectProblem(await bob.post(path, user('x')), 404, 'conversation.not_found');
    expectProblem(await bob.get(path), 404, 'conversation.not_found');
    expectProblem(
      await ada.post('/v1/conversations/01900000-0000-7000-8000-000000000000/messages', user('x')),
      404,
      'conversation.not_found',
    );
    expectProblem(
      await ada.post('/v1/conversations/x/messages', user('x')),
      400,
      'request.invalid_query',
    );
    expectProblem(await ada.call('post', path), 422, 'request.invalid_body');
  });
});

describe('appending messages with expectedSeq', () => {
  it('succeeds when the last message has this seq', async () => {
    const path = await create();
    expect(seqs(await append(path, { messages: [user('1')], expectedSeq: 0 }))).toEqual([1]);
    expect(seqs(await append(path, { messages: [user('2'), user('3')], expectedSeq: 1 }))).toEqual([
      2, 3,
    ]);
    expect(seqs(await append(path, { messages: [user('4')], expectedSeq: null }))).toEqual([4]);
  });

  it('answers 409 with lastSeq when the last message has another seq', async () => {
    const path = await create();
    await append(path, { messages: [user('1'), user('2')] });
    for (const expectedSeq of [0, 1, 3]) {
      const problem = expectProblem(
        await ada.post(path, { messages: [user('x')], expectedSeq }),
        409,
        'conversation.head_moved',
      );
      expect(problem['lastSeq']).toBe(2);
    }
    expect((await latest(path))['seq']).toBe(2);
  });
});

describe('appending messages with createIfMissing', () => {
  const path = (n: number) => `/v1/conversations/01900000-0000-7000-8000-00000000000${n}/messages`;

  it('creates the conversation with the given id, once', async () => {
    expectProblem(await ada.post(path(1), user('x')), 404, 'conversation.not_found');
    expectProblem(
      await ada.post(`${path(1)}?createIfMissing=false`, user('x')),
      404,
      'conversation.not_found',
    );
    expect(seqs(await append(`${path(1)}?createIfMissing=true`, user('1')))).toEqual([1]);
    expect(seqs(await append(`${path(1)}?createIfMissing=true`, user('2')))).toEqual([2]);
    const { body } = await ada.get(path(1).replace('/messages', '')).expect(200);
    expect(body).toMatchObject({ title: null, lastSeq: 2, version: 1 });
  });

  it('creates nothing when expectedSeq is greater than 0', async () => {
    const problem = expectProblem(
      await ada.post(`${path(2)}?createIfMissing=true`, { messages: [user('x')], expectedSeq: 3 }),
      409,
      'conversation.head_moved',
    );
    expect(problem['lastSeq']).toBe(0);
    expect(
      seqs(
        await append(`${path(2)}?createIfMissing=true`, { messages: [user('1')], expectedSeq: 0 }),
      ),
    ).toEqual([1]);
  });

  it('gives two users with the same id a conversation each', async () => {
    await append(`${path(3)}?createIfMissing=true`, user('of Ada'));
    const { body } = await bob.post(`${path(3)}?createIfMissing=true`, user('of Bob')).expect(201);
    expect(seqs(body.data)).toEqual([1]);
    expect((await latest(path(3)))['content']).toBe('of Ada');
    expect(
      (await bob.get(path(3))).body.data.map((message: { content: string }) => message.content),
    ).toEqual(['of Bob']);
  });
});

describe('reading messages', () => {
  let path: string;
  beforeAll(async () => {
    path = await create();
    await append(path, { messages: upTo(45).map((n) => user(`m${n}`)) });
  });

  const read = async (query: string) => seqs((await everyPage(ada, `${path}?${query}`)).flat());
  const between = (first: number, last: number) => upTo(last).slice(first - 1);

  it('returns the newest 20 by default', async () => {
    const pages = await everyPage(ada, path);
    expect(pages.map((page) => page.length)).toEqual([20, 20, 5]);
    expect(seqs(pages.flat())).toEqual(upTo(45).reverse());
  });

  it.each([1, 7, 45, 100])('pages in both directions to the ends, %s at a time', async (limit) => {
    expect(await read(`limit=${limit}&order=asc`)).toEqual(upTo(45));
    expect(await read(`limit=${limit}&order=desc`)).toEqual(upTo(45).reverse());
  });

  it('stays within afterSeq and beforeSeq, exclusive, on every page', async () => {
    expect(await read('limit=3&order=asc&afterSeq=40')).toEqual(between(41, 45));
    expect(await read('limit=3&order=desc&beforeSeq=6')).toEqual(between(1, 5).reverse());
    expect(await read('limit=3&order=asc&afterSeq=10&beforeSeq=18')).toEqual(between(11, 17));
    expect(await read('limit=3&order=desc&afterSeq=10&beforeSeq=18')).toEqual(
      between(11, 17).reverse(),
    );
    for (const query of [
      'afterSeq=45',
      'beforeSeq=1',
      'afterSeq=5&beforeSeq=6',
      'afterSeq=9&beforeSeq=2',
      'beforeSeq=0',
      'afterSeq=2147483647',
    ]) {
      expect(await read(query)).toEqual([]);
    }
  });

  it('does not shift when messages arrive between two pages', async () => {
    const own = await create();
    await append(own, { messages: upTo(6).map((n) => user(`${n}`)) });
    const down = (await ada.get(`${own}?limit=2`).expect(200)).body.nextCursor as string;
    const up = (await ada.get(`${own}?limit=2&order=asc`).expect(200)).body.nextCursor as string;
    await append(own, { messages: [user('7'), user('8')] });
    expect(seqs((await everyPage(ada, `${own}?limit=3&cursor=${down}`)).flat())).toEqual([
      4, 3, 2, 1,
    ]);
    expect(seqs((await everyPage(ada, `${own}?limit=3&order=asc&cursor=${up}`)).flat())).toEqual([
      3, 4, 5, 6, 7, 8,
    ]);
  });

  it('refuses a cursor of the other order, and an invalid one', async () => {
    const cursor = (await ada.get(`${path}?limit=2`)).body.nextCursor as string;
    const forged = Buffer.from('["desc",-1]').toString('base64url');
    for (const query of [
      `order=asc&cursor=${cursor}`,
      'cursor=x',
      `cursor=${forged}`,
      'limit=0',
      'order=up',
      'afterSeq=-1',
      'beforeSeq=2147483648',
      'seq=1',
    ]) {
      expectProblem(await ada.get(`${path}?${query}`), 400, 'request.invalid_query');
    }
  });
});
