// How requests name conversations in bodies and queries, and make those that do not exist.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Test } from 'supertest';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

const LIMITS = { QUOTA_CONVERSATIONS: '2', QUOTA_MEMORIES: '1', QUOTA_PLANS: '1' };

let app: TestApp;
let small: TestApp;
let ada: Caller;
let eve: Caller;
let users = 0;
beforeAll(async () => {
  [app, small] = [await createTestApp(), await createTestApp(LIMITS)];
});
beforeEach(() => {
  [ada, eve] = [app.actingFor(`ada${++users}`), app.actingFor(`eve${users}`)];
});
afterAll(() => Promise.all([app.close(), small.close()]));

/** Keys with every character that a URL or a list of values could misread. */
const KEY = 'thread/4711?a=b&c,d%2F #ü💬';
const NAMED = `key:${KEY}`;
const ID = '00000000-0000-7000-8000-00000000AbCd';
const CREATE = '?createIfMissing=true';

interface Body {
  conversationId?: string | null;
  data?: Body[];
}
interface Write {
  path: string;
  body: (name: string, n: number) => object;
  /** A body that is refused after the conversation was made. */
  refused: (name: string) => object;
  code: string;
  /** The error for a conversation that does not exist. */
  missing: [status: number, code: string];
  idOf: (body: Body) => unknown;
}
const own = ({ conversationId }: Body): unknown => conversationId;
const UNKNOWN_SOURCE = { sourceMessageIds: ['00000000-0000-7000-8000-00000000eeee'] };
const memory = (conversationId: string, n: number) => ({
  content: `The user likes fruit ${n}`,
  conversationId,
});
const WRITES: Record<string, Write> = {
  'a memory': {
    path: '/v1/memories',
    body: memory,
    refused: (name) => ({ ...memory(name, 0), ...UNKNOWN_SOURCE }),
    code: 'memory.source_not_found',
    missing: [422, 'memory.conversation_not_found'],
    idOf: own,
  },
  'a memory that supersedes': {
    path: '/v1/memories',
    body: (name, n) => ({ ...memory(name, n), onSimilar: 'refuse' }),
    refused: (name) => ({ ...memory(name, 0), supersedes: [ID] }),
    code: 'memory.superseded_not_found',
    missing: [422, 'memory.conversation_not_found'],
    idOf: own,
  },
  'several memories': {
    path: '/v1/memories',
    body: (name, n) => ({ memories: [{ content: `for all ${n}` }, memory(name, n)] }),
    refused: (name) => ({ memories: [memory(name, 1), { content: 'x', ...UNKNOWN_SOURCE }] }),
    code: 'memory.source_not_found',
    missing: [422, 'memory.conversation_not_found'],
    idOf: ({ data }) => own(data![1]!),
  },
  'a task': {
    path: '/v1/tasks',
    body: (conversationId, n) => ({ title: `Task ${n}`, conversationId }),
    refused: (conversationId) => ({ title: '', conversationId }),
    code: 'request.invalid_body',
    missing: [422, 'task.conversation_not_found'],
    idOf: own,
  },
  'an event': {
    path: '/v1/events',
    body: (conversationId) => ({ title: 'Event', start: '2026-03-21', conversationId }),
    refused: (conversationId) => ({ title: 'Event', start: 'soon', conversationId }),
    code: 'event.invalid_times',
    missing: [422, 'event.conversation_not_found'],
    idOf: own,
  },
};
const conversations = async (who: Caller) =>
  (await who.get('/v1/conversations').expect(200)).body.data as { id: string; key: string }[];
const made = async (who: Caller, key: string): Promise<string> =>
  (await who.post('/v1/conversations', { key }).expect(201)).body.id as string;
const at = (name: string): string =>
  name.startsWith('key:') ? `key:${encodeURIComponent(name.slice(4))}` : name;

describe.each(Object.entries(WRITES))('the body of %s', (_, write) => {
  const { path, body, refused, code, missing, idOf } = write;
  const send = (who: Caller, name: string, n: number, query = ''): Test =>
    who.post(path + query, body(name, n));

  it('names a conversation by its key as it is, or by its id', async () => {
    const id = await made(ada, KEY);
    expect(idOf((await send(ada, NAMED, 1).expect(201)).body)).toBe(id);
    expect(idOf((await send(ada, id.toUpperCase(), 2).expect(201)).body)).toBe(id);
    expectProblem(await send(ada, `key:${encodeURIComponent(KEY)}`, 3), ...missing);
  });

  it('names no conversation of another user', async () => {
    const id = await made(eve, KEY);
    for (const name of [NAMED, id]) {
      const { errors } = expectProblem(await send(ada, name, 1), ...missing);
      expect(errors).toEqual([expect.objectContaining({ pointer: expect.any(String) })]);
    }
    const hers = idOf((await send(ada, NAMED, 2, CREATE).expect(201)).body);
    expect(hers).not.toBe(id);
    expect(await conversations(ada)).toMatchObject([{ id: hers, key: KEY }]);
    expect(await conversations(eve)).toMatchObject([{ id, key: KEY }]);
  });

  it('makes a conversation of a new user with createIfMissing, and only then', async () => {
    for (const name of [NAMED, ID]) {
      expectProblem(await send(ada, name, 1), ...missing);
      expectProblem(await send(ada, name, 1, '?createIfMissing=false'), ...missing);
    }
    expect(await conversations(ada)).toEqual([]);
    const byKey = idOf((await send(ada, NAMED, 2, CREATE).expect(201)).body);
    expect(idOf((await send(ada, ID, 3, CREATE).expect(201)).body)).toBe(ID.toLowerCase());
    expect(idOf((await send(ada, NAMED, 4, CREATE).expect(201)).body)).toBe(byKey);
    expect(await conversations(ada)).toMatchObject([
      { id: ID.toLowerCase(), key: null, lastSeq: 0 },
      { id: byKey, key: KEY, lastSeq: 0 },
    ]);
  });

  it.each([NAMED, ID])('makes one conversation of 20 racing calls: %s', async (name) => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => send(ada, name, n, CREATE)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    const [one, ...others] = await conversations(ada);
    expect(others).toEqual([]);
    expect(new Set(answers.map((answer) => idOf(answer.body)))).toEqual(new Set([one!.id]));
  });

  it('makes none when the write is refused', async () => {
    for (const name of [NAMED, ID])
      for (const headers of [{}, { 'idempotency-key': `refused-${name.slice(0, 3)}` }])
        expectProblem(await ada.with(headers).post(path + CREATE, refused(name)), 422, code);
    expect(await conversations(ada)).toEqual([]);
  });

  it('answers a retry as before, and makes nothing again', async () => {
    const once = ada.with({ 'idempotency-key': 'once' });
    const first = await send(once, NAMED, 1, CREATE).expect(201);
    const again = await send(once, NAMED, 1, CREATE).expect(201);
    expect(again.body).toEqual(first.body);
    expect(await conversations(ada)).toHaveLength(1);
  });

  it('leaves a deleted conversation deleted', async () => {
    const id = await made(ada, KEY);
    await ada.delete(`/v1/conversations/${id}`).expect(204);
    for (const [n, name] of [NAMED, id].entries())
      expect(idOf((await send(ada, name, n, CREATE).expect(201)).body)).toBe(id);
    expect(await conversations(ada)).toEqual([]);
  });

  it.each(['key:', `key:${'x'.repeat(256)}`, 'key', 'thread', ''])(
    'refuses what is neither a key nor an id: %s',
    async (name) => {
      const { errors } = expectProblem(
        await send(ada, name, 1, CREATE),
        422,
        'request.invalid_body',
      );
      expect(errors).toMatchObject([{ pointer: expect.stringMatching(/\/conversationId$/) }]);
    },
  );

  it('makes none over the quota of conversations', async () => {
    const who = small.actingFor(`full${++users}`);
    await made(who, 'one');
    await made(who, 'two');
    for (const name of [NAMED, ID])
      expectProblem(await send(who, name, 1, CREATE), 507, 'quota.reached');
    expect(await conversations(who)).toHaveLength(2);
  });

  it('makes none over a quota of what is written', async () => {
    const who = small.actingFor(`full${++users}`);
    const first = await send(who, 'key:one', 1, CREATE);
    expectProblem(await send(who, 'key:two', 2, CREATE), 507, 'quota.reached');
    expect(await conversations(who)).toMatchObject(first.status === 201 ? [{ key: 'one' }] : []);
  });
});

describe('several memories', () => {
  it('name conversations by keys and ids, and make each that is missing once', async () => {
    const id = await made(ada, 'there');
    const names = ['key:b', ID, 'key:there', 'key:a', 'key:b', ID.toLowerCase(), id];
    const memories = names.map((name, n) => memory(name, n));
    const { data } = (await ada.post(`/v1/memories${CREATE}`, { memories }).expect(201)).body;
    const ids = (data as Body[]).map(own);
    const keyed = new Map((await conversations(ada)).map((one) => [one.key ?? one.id, one.id]));
    expect(ids).toEqual(
      ['b', ID.toLowerCase(), 'there', 'a', 'b', ID.toLowerCase(), 'there'].map((key) =>
        keyed.get(key),
      ),
    );
    expect(keyed.size).toBe(4);
  });

  it('are refused at the first that names none', async () => {
    await made(ada, 'there');
    const memories = ['key:there', 'key:none', 'key:neither'].map((name, n) => memory(name, n));
    const { errors } = expectProblem(
      await ada.post('/v1/memories', { memories }),
      422,
      'memory.conversation_not_found',
    );
    expect(errors).toMatchObject([{ pointer: '/memories/1/conversationId' }]);
  });

  it('of racing calls in any order make each conversation once', async () => {
    const keys = Array.from({ length: 30 }, (_, i) => `key:${i}`);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, call) => {
        const memories = (call % 2 ? keys : keys.toReversed()).map((name, n) =>
          memory(name, call * 100 + n),
        );
        return ada.post(`/v1/memories${CREATE}`, { memories });
      }),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    const listed = await ada.get('/v1/conversations?limit=100').expect(200);
    expect(listed.body.data).toHaveLength(30);
  });
});

describe('a context', () => {
  const build = (who: Caller, name: string, body: object = {}, query = '') =>
    who.post(`/v1/conversations/${at(name)}/context${query}`, body);

  it('makes its conversation without messages with createIfMissing, and only then', async () => {
    for (const name of [NAMED, ID]) {
      expectProblem(await build(ada, name), 404, 'conversation.not_found');
      const { body } = await build(ada, name, { query: 'What now?' }, CREATE).expect(200);
      const again = await build(ada, name, { query: 'What now?' }, CREATE).expect(200);
      expect(again.body.manifest.conversationId).toBe(body.manifest.conversationId);
    }
    const [byId, byKey] = await conversations(ada);
    expect([byId, byKey]).toMatchObject([{ id: ID.toLowerCase(), lastSeq: 0 }, { key: KEY }]);
    const said = { role: 'user', content: 'Hello' };
    await ada.post(`/v1/conversations/${at(NAMED)}/messages`, said).expect(201);
    const { body } = await build(ada, NAMED, {}, CREATE).expect(200);
    expect(JSON.stringify(body)).toContain('Hello');
  });

  it('makes one conversation of 20 racing calls', async () => {
    for (const name of [NAMED, ID]) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => build(ada, name, {}, CREATE)),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    }
    expect(await conversations(ada)).toHaveLength(2);
  });

  it('makes none when it is refused, deleted, or built before', async () => {
    for (const name of [NAMED, ID]) {
      expectProblem(await build(ada, name, { no: 1 }, CREATE), 422, 'request.invalid_body');
      await build(ada, name, { manifestId: ID }, CREATE).expect(404);
    }
    await made(ada, KEY);
    await ada.delete(`/v1/conversations/${at(NAMED)}`).expect(204);
    expectProblem(await build(ada, NAMED, {}, CREATE), 404, 'conversation.not_found');
    expect(await conversations(ada)).toEqual([]);
  });

  it('of a key is that of the caller, not of another user', async () => {
    const id = await made(eve, KEY);
    const { body } = await build(ada, NAMED, {}, CREATE).expect(200);
    const [own] = await conversations(ada);
    expect(own!.id).not.toBe(id);
    expect(body.manifest.conversationId).toBe(own!.id);
    const retried = ada.with({ 'idempotency-key': 'once' });
    const first = await build(retried, 'key:new', {}, CREATE).expect(200);
    expect((await build(retried, 'key:new', {}, CREATE).expect(200)).body).toEqual(first.body);
  });
});
