// What derives from a conversation, when the conversation is purged: memories, forks, tasks and events.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { eventually } from '../support/wait.js';

let app: TestApp;
let ada: Caller;
let users = 0;
beforeAll(async () => {
  app = await createTestApp({ JOB_CONCURRENCY: '2' });
});
beforeEach(() => {
  ada = app.actingFor(`ada${++users}`);
});
afterAll(() => app.close());

type Row = { id: string } & Record<string, unknown>;
const post = async (path: string, body: object = {}): Promise<Row> =>
  (await ada.post(path, body).expect(201)).body as Row;
const get = async (path: string) => (await ada.get(path).expect(200)).body;
const say = async (conversationId: string, content: string): Promise<string> => {
  const { data } = (
    await ada
      .post(`/v1/conversations/${conversationId}/messages`, { role: 'user', content })
      .expect(201)
  ).body as { data: [Row] };
  return data[0].id;
};
const purge = (id: string, derived?: string) =>
  ada.delete(`/v1/conversations/${id}?purge=true${derived ? `&derived=${derived}` : ''}`);
const idsIn = async (path: string): Promise<string[]> =>
  (await get(path)).data.map(({ id }: Row) => id);

/** Every row of every table that has the word. */
async function rowsWith(word: string): Promise<string[]> {
  const { rows } = await app.database.admin(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'threadkeep'`,
  );
  const found: string[] = [];
  for (const { name } of rows as { name: string }[]) {
    if (
      (
        await app.database.admin(`select from ${name} t where t::text ilike $1 limit 1`, [
          `%${word}%`,
        ])
      ).rowCount
    )
      found.push(name);
  }
  return found;
}

/** A conversation that says the word, and one of each kind that derives from it and says it, too. */
async function talkOf(word: string) {
  const talk = await post('/v1/conversations', { title: word });
  const message = await say(talk.id, word);
  const memory = await post('/v1/memories', {
    content: `Likes ${word}`,
    agentId: word,
    sourceMessageIds: [message],
  });
  const scoped = await post('/v1/memories', { content: `Says ${word}`, conversationId: talk.id });
  const fork = await post(`/v1/conversations/${talk.id}/fork`);
  const task = await post('/v1/tasks', { title: word, conversationId: talk.id });
  const event = await post('/v1/events', {
    title: word,
    start: '2026-06-01T10:00:00Z',
    conversationId: talk.id,
  });
  return { talk, message, memory, scoped, fork, task, event };
}

describe('purging a conversation', () => {
  it('lists what derives from it, leaves that unchanged, and marks its source as removed', async () => {
    const { talk, message, memory, scoped, fork, task, event } = await talkOf('pear');
    const history = await get(`/v1/memories/${memory.id}/history`);
    const { body } = await purge(talk.id).expect(200);
    const one = (kind: string, ...ids: string[]) => ({ kind, count: ids.length, ids });
    expect(body).toEqual({
      conversationId: talk.id,
      derived: [
        one('conversation', fork.id),
        one('event', event.id),
        one('memory', memory.id, scoped.id),
        one('task', task.id),
      ],
    });
    expectProblem(await ada.get(`/v1/conversations/${talk.id}`), 404, 'conversation.not_found');
    const read = await ada.get(`/v1/memories/${memory.id}`).expect(200);
    expect(read.body).toEqual({ ...memory, removedSourceMessageIds: [message] });
    expect(read.headers['etag']).not.toBe('"1"');
    await ada.with({ 'if-none-match': '"1"' }).get(`/v1/memories/${memory.id}`).expect(200);
    expect(await get(`/v1/memories/${memory.id}/history`)).toEqual({
      data: [{ ...history.data[0], memory: read.body }],
      next: null,
    });
    expect(
      (await ada.post('/v1/memories/search', { query: 'pear' })).body.data.map(
        ({ memory: one }: { memory: Row }) => one,
      ),
    ).toContainEqual(read.body);
    expect([
      await get(`/v1/memories/${scoped.id}`),
      await get(`/v1/tasks/${task.id}`),
      await get(`/v1/events/${event.id}`),
    ]).toEqual([scoped, task, event]);
    expect((await get(`/v1/conversations/${fork.id}`)).forkedFrom).toEqual({
      conversationId: talk.id,
      seq: 1,
      removed: true,
    });
  });

  it("leaves derived memories that can be found by the conversation's and messages' ids, and rolled back", async () => {
    const { talk, message, memory, scoped, fork, task, event } = await talkOf('plum');
    const other = await post('/v1/memories', { content: 'Learnt elsewhere' });
    expect((await purge(talk.id, 'keep').expect(204)).text).toBe('');
    expect(await idsIn(`/v1/memories?sourceConversationId=${talk.id}`)).toEqual([memory.id]);
    expect(await idsIn(`/v1/memories?sourceMessageId=${message}`)).toEqual([memory.id]);
    expect(await idsIn(`/v1/memories?filter[conversationId]=${talk.id}`)).toEqual([scoped.id]);
    expect(await idsIn(`/v1/tasks?filter[conversationId]=${talk.id}`)).toEqual([task.id]);
    expect(await idsIn(`/v1/events?filter[conversationId]=${talk.id}`)).toEqual([event.id]);
    expect(await idsIn(`/v1/conversations?filter[forkedFromId]=${talk.id}`)).toEqual([fork.id]);
    // A version that follows still names them, and nothing new does.
    const edited = (
      await ada.patch(`/v1/memories/${memory.id}`, { content: 'Loves plum' }).expect(200)
    ).body;
    expect(edited).toMatchObject({
      version: 2,
      sourceMessageIds: [message],
      removedSourceMessageIds: [message],
    });
    expect(
      (await ada.patch(`/v1/memories/${scoped.id}`, { importance: 1 }).expect(200)).body,
    ).toMatchObject({ conversationId: talk.id });
    expectProblem(
      await ada.post('/v1/memories', { content: 'new', sourceMessageIds: [message] }),
      422,
      'memory.source_not_found',
    );
    expectProblem(
      await ada.post('/v1/memories', { content: 'new', conversationId: talk.id }),
      422,
      'memory.conversation_not_found',
    );
    expectProblem(
      await ada.patch(`/v1/memories/${other.id}`, { conversationId: talk.id }),
      422,
      'memory.conversation_not_found',
    );
    await ada.post(`/v1/memories/${memory.id}/rollback`, { version: 1 }).expect(200);
    const unsaid = await post('/v1/memories', {
      content: 'Unsaid',
      sourceMessageIds: [await say(fork.id, 'still here')],
    });
    expect(
      (await ada.post('/v1/memories/rollback', { conversationId: fork.id }).expect(200)).body,
    ).toMatchObject({ retracted: 1 });
    expectProblem(await ada.get(`/v1/memories/${unsaid.id}`), 404, 'memory.not_found');
  });

  it('allows rolling back the memories that came from it afterwards', async () => {
    const { talk, memory } = await talkOf('quince');
    await purge(talk.id).expect(200);
    expect(
      (await ada.post('/v1/memories/rollback', { conversationId: talk.id }).expect(200)).body,
    ).toMatchObject({ retracted: 1 });
    expectProblem(await ada.get(`/v1/memories/${memory.id}`), 404, 'memory.not_found');
  });

  it('with derived=forget leaves its words nowhere, and contexts that had them answer 410', async () => {
    const word = 'zqgooseberry';
    const { talk, message, memory, fork, task, event } = await talkOf(word);
    await post('/v1/memories', {
      content: `For every agent: ${word}`,
      sourceMessageIds: [message],
    });
    const second = await post(`/v1/conversations/${fork.id}/fork`);
    const deep = await post('/v1/memories', {
      content: `Deep ${word}`,
      sourceMessageIds: [await say(second.id, word)],
    });
    await ada
      .patch(`/v1/memories/${deep.id}`, { content: 'Says something else by now' })
      .expect(200);
    const other = await post('/v1/conversations', { title: 'other' });
    await say(other.id, 'What do I like?');
    const context = (
      await ada
        .with({ 'idempotency-key': 'c' })
        .post(`/v1/conversations/${other.id}/context`, { query: word })
        .expect(200)
    ).body;
    expect(JSON.stringify(context)).toContain(word);
    expect((await purge(talk.id, 'forget').expect(204)).text).toBe('');
    expect(await rowsWith(word)).toEqual([]);
    expectProblem(
      await ada.get(`/v1/conversations/${other.id}/context/${context.manifestId}`),
      410,
      'context.erased',
    );
    expectProblem(
      await ada
        .with({ 'idempotency-key': 'c' })
        .post(`/v1/conversations/${other.id}/context`, { query: word }),
      410,
      'idempotency.erased',
    );
    for (const path of [
      `memories/${memory.id}`,
      `memories/${deep.id}`,
      `conversations/${fork.id}`,
      `conversations/${second.id}`,
      `tasks/${task.id}`,
      `events/${event.id}`,
    ])
      await ada.get(`/v1/${path}`).expect(404);
    expect((await get(`/v1/memories/${memory.id}/history`)).data[0]).toMatchObject({
      action: 'forget',
      reason: 'the conversation it came from was purged',
      memory: null,
    });
  });

  it('leaves the rest to a job when it is too much for one request', async () => {
    const word = 'zqcranberry';
    const talk = await post('/v1/conversations');
    const source = await say(talk.id, word);
    for (let i = 0; i < 2; i++)
      await ada
        .post('/v1/memories', {
          memories: Array.from({ length: 250 }, (_, n) => ({
            content: `${word} ${i} ${n}`,
            sourceMessageIds: [source],
          })),
        })
        .expect(201);
    expect((await purge(talk.id, 'forget').expect(202)).body).toEqual({
      jobId: expect.any(String),
    });
    await eventually(async () => (await rowsWith(word)).length === 0);
  });

  it.each([
    ['?derived=keep', 'is allowed only with purge=true'],
    ['?purge=true&derived=everything', 'must be one of list, keep, forget'],
  ])('refuses %s', async (query, message) => {
    const { id } = await post('/v1/conversations');
    expect(
      expectProblem(
        await ada.delete(`/v1/conversations/${id}${query}`),
        400,
        'request.invalid_query',
      ),
    ).toMatchObject({ errors: [{ pointer: '?derived', message }] });
    await ada.get(`/v1/conversations/${id}`).expect(200);
  });

  it('counts all derived rows and lists the first 100 ids of each kind', async () => {
    const talk = await post('/v1/conversations');
    const source = await say(talk.id, 'many');
    await ada
      .post('/v1/memories', {
        memories: Array.from({ length: 130 }, (_, n) => ({
          content: `Number ${n}`,
          sourceMessageIds: [source],
        })),
      })
      .expect(201);
    const { derived } = (await purge(talk.id).expect(200)).body as {
      derived: { kind: string; count: number; ids: string[] }[];
    };
    expect(derived.map(({ kind, count, ids }) => [kind, count, ids.length])).toEqual([
      ['conversation', 0, 0],
      ['event', 0, 0],
      ['memory', 130, 100],
      ['task', 0, 0],
    ]);
  });
});
