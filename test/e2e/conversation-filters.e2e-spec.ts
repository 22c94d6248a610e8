// Edits, filters, searches and rollbacks that name conversations by their keys.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let ada: Caller;
let eve: Caller;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
beforeEach(() => {
  [ada, eve] = [app.actingFor(`ada${++users}`), app.actingFor(`eve${users}`)];
});
afterAll(() => app.close());

/** A key with every character that a URL or a list of values could misread. */
const KEY = 'thread/4711?a=b&c,d%2F #ü💬';
const NAMED = `key:${KEY}`;

const made = async (who: Caller, key: string): Promise<string> =>
  (await who.post('/v1/conversations', { key }).expect(201)).body.id as string;
const at = (name: string): string => `key:${encodeURIComponent(name.slice(4))}`;

describe.each(['memories', 'tasks', 'events'])('edits and lists of %s', (kind) => {
  const path = `/v1/${kind}`;
  const item = (n: number) => ({
    ...(kind === 'memories' ? { content: `Text ${n}` } : { title: `Text ${n}` }),
    ...(kind === 'events' && { start: `2026-03-2${n}` }),
  });
  const add = async (who: Caller, n: number, conversationId: string | null) =>
    (await who.post(path, { ...item(n), conversationId }).expect(201)).body.id as string;

  it('take a key', async () => {
    const id = await made(ada, KEY);
    const one = await add(ada, 1, null);
    const changed = await ada.patch(`${path}/${one}`, { conversationId: NAMED }).expect(200);
    expect(changed.body.conversationId).toBe(id);
    const none = await ada.patch(`${path}/${one}`, { conversationId: 'key:none' });
    expectProblem(
      none,
      422,
      `${kind === 'memories' ? 'memory' : kind.slice(0, -1)}.conversation_not_found`,
    );
    const cleared = await ada.patch(`${path}/${one}`, { conversationId: null }).expect(200);
    expect(cleared.body.conversationId).toBeNull();
  });

  it('are filtered by keys and ids', async () => {
    const first = await made(ada, KEY);
    const second = await made(ada, 'second');
    await made(eve, 'hers');
    await add(eve, 1, 'key:hers');
    const [a, b, c] = [
      await add(ada, 1, first),
      await add(ada, 2, second),
      await add(ada, 3, null),
    ];
    const found = async (query: string) => {
      const { data } = (await ada.get(`${path}?${query}`).expect(200)).body;
      return (data as { id: string }[]).map(({ id }) => id).sort();
    };
    const name = 'filter[conversationId]';
    const named = encodeURIComponent(NAMED);
    expect(await found(`${name}=${named}`)).toEqual([a]);
    expect(await found(`${name}=${first.toUpperCase()}`)).toEqual([a]);
    expect(await found(`${name}[ne]=${named}`)).toEqual([b, c].sort());
    expect(await found(`${name}[in]=key:second,${first},key:none`)).toEqual([a, b].sort());
    expect(await found(`${name}=key:none`)).toEqual([]);
    expect(await found(`${name}[ne]=key:none`)).toEqual([a, b, c].sort());
    expect(await found(`${name}=key:hers`)).toEqual([]);
    const json = (filter: object) => `filter=${encodeURIComponent(JSON.stringify(filter))}`;
    expect(await found(json({ conversationId: NAMED }))).toEqual([a]);
    expect(await found(json({ conversationId: [NAMED, 'key:second'] }))).toEqual([a, b].sort());
    expect(await found(json({ not: { conversationId: NAMED } }))).toEqual([b, c].sort());
    expect(await found(`${name}=${named}&count=true`)).toEqual([a]);
    for (const wrong of ['key:', 'thread', `key:${'x'.repeat(256)}`])
      expectProblem(await ada.get(`${path}?${name}=${wrong}`), 400, 'request.invalid_query');
    const page = await ada.get(`${path}?${name}[ne]=key:none&limit=1`).expect(200);
    const cursor = encodeURIComponent(page.body.nextCursor as string);
    expect(await found(`${name}[ne]=key:none&limit=2&cursor=${cursor}`)).toHaveLength(2);
  });
});

describe('memories that were learnt from a conversation', () => {
  const learn = async (who: Caller, key: string, content: string) => {
    await made(who, key);
    const sent = { role: 'user', content };
    const talk = `/v1/conversations/${at(`key:${key}`)}/messages`;
    const message = (await who.post(talk, sent).expect(201)).body.data[0];
    const learnt = { content, sourceMessageIds: [message.id as string] };
    return (await who.post('/v1/memories', learnt).expect(201)).body.id as string;
  };

  it('are listed and rolled back by its key', async () => {
    const one = await learn(ada, KEY, 'likes apples');
    const other = await learn(ada, 'other', 'likes pears');
    const listed = async (key: string) =>
      (
        await ada
          .get(`/v1/memories?sourceConversationId=${encodeURIComponent(`key:${key}`)}`)
          .expect(200)
      ).body.data.map(({ id }: { id: string }) => id) as string[];
    expect(await listed(KEY)).toEqual([one]);
    expect(await listed('none')).toEqual([]);
    expectProblem(
      await ada.post('/v1/memories/rollback', { conversationId: 'key:none' }),
      422,
      'memory.conversation_not_found',
    );
    expectProblem(
      await eve.post('/v1/memories/rollback', { conversationId: NAMED }),
      422,
      'memory.conversation_not_found',
    );
    const { body } = await ada.post('/v1/memories/rollback', { conversationId: NAMED }).expect(200);
    expect(body).toMatchObject({ restored: 0, retracted: 1 });
    expect((await ada.get('/v1/memories').expect(200)).body.data).toMatchObject([{ id: other }]);
  });

  it('and messages are searched and forgotten by a filter with a key', async () => {
    await learn(ada, KEY, 'likes green apples');
    await learn(ada, 'other', 'likes red apples');
    await ada
      .post('/v1/memories', { content: 'eats apples here', conversationId: NAMED })
      .expect(201);
    const search = async (filter: object) => {
      const asked = { query: 'apples', in: ['memories', 'messages'], filter };
      const { data } = (await ada.post('/v1/memories/search', asked).expect(200)).body;
      return (data as { memory?: { content: string }; message?: { content: string } }[])
        .map(({ memory, message }) => (memory ?? message)!.content)
        .sort();
    };
    expect(await search({ conversationId: NAMED })).toEqual([
      'eats apples here',
      'likes green apples',
    ]);
    expect(await search({ conversationId: ['key:other', 'key:none'] })).toEqual([
      'likes red apples',
    ]);
    expect(await search({ conversationId: 'key:none' })).toEqual([]);
    const forget = { filter: { conversationId: NAMED }, dryRun: true };
    const { body } = await ada.post('/v1/memories/bulk-forget', forget).expect(200);
    expect(body.count).toBe(1);
  });
});

it('forks are listed by the key of the original', async () => {
  await made(ada, KEY);
  const fork = (await ada.post(`/v1/conversations/${at(NAMED)}/fork`).expect(201)).body;
  const filter = `filter[forkedFromId]=${encodeURIComponent(NAMED)}`;
  const { data } = (await ada.get(`/v1/conversations?${filter}`).expect(200)).body;
  expect(data).toMatchObject([{ id: fork.id }]);
});
