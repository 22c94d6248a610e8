// Memories whose words are stored sealed: every way to them, what the database and Redis hold, and what is refused.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { ConfigError } from '../../src/platform/config/config.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { Vault } from '../../src/platform/vault/index.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { keptInRedis, tablesWithCanary } from '../support/canary.js';
import { createTestDatabase } from '../support/database.js';
import { EmbeddingService } from '../support/embedding-service.js';
import { contentsOf, search } from '../support/memories.js';
import { expectProblem } from '../support/problem.js';
import { textsOf } from '../support/recalled-texts.js';
import { RedisServer } from '../support/redis-server.js';
import { Talk, user } from '../support/talks.js';
import { eventually } from '../support/wait.js';
import { inParallel } from '../support/wire.js';

const CANARY = 'canary7q';

interface Body {
  id: string;
  content: string;
  tags: string[];
  metadata: Record<string, unknown>;
  version: number;
  revision: number;
  strength: number;
}

let redis: RedisServer;
let embeddings: EmbeddingService;
let app: TestApp;
let ada: Caller;
beforeAll(async () => {
  [redis, embeddings] = await Promise.all([RedisServer.start(), EmbeddingService.start()]);
  app = await createTestApp({
    SEAL_MEMORIES: 'true',
    REDIS_URL: redis.url,
    JOB_CONCURRENCY: '2',
    ...embeddings.environment,
  });
  ada = app.actingFor('ada');
});
afterAll(async () => {
  await app.close();
  embeddings.stop();
  await redis.stop();
});

let count = 0;
const wordsOf = (n = ++count) => ({
  content: `Owns the ${CANARY} boat number ${n}\nand says so`,
  tags: [`tag ${CANARY}`, `n${n}`],
  metadata: { speaker: `Carol ${CANARY}`, deep: { secret: [CANARY, n] } },
  reason: `because of ${CANARY}`,
});
const create = async (words: object, who = ada): Promise<Body> =>
  (await who.post('/v1/memories', words).expect(201)).body as Body;
const read = async (id: string, more = ''): Promise<Body> =>
  (await ada.get(`/v1/memories/${id}${more}`).expect(200)).body as Body;
const shown = ({ content, tags, metadata }: ReturnType<typeof wordsOf>) => ({
  content,
  tags,
  metadata,
});

describe('memories with sealed words', () => {
  it('are shown as they were given: alone, in lists, in their history, and as of a moment', async () => {
    const words = wordsOf();
    const first = await create(words);
    expect(first).toMatchObject(shown(words));
    expect(await read(first.id)).toEqual(first);
    const next = { content: `Sold the ${CANARY} boat`, reason: `sold, says ${CANARY}` };
    await ada.patch(`/v1/memories/${first.id}`, next).expect(200);
    await ada.patch(`/v1/memories/${first.id}`, { tags: [`other ${CANARY}`] }).expect(200);
    const last = await read(first.id);
    expect(last).toMatchObject({ content: next.content, metadata: words.metadata, version: 3 });
    expect(await read(first.id, `?asOf=${first.revision}`)).toEqual(first);
    const { data } = (await ada.get('/v1/memories').expect(200)).body as { data: Body[] };
    expect(data).toContainEqual(last);
    const { body: sparse } = await ada.get('/v1/memories?fields=tags').expect(200);
    expect(sparse.data).toContainEqual({ tags: last.tags });
    const { body: history } = await ada.get(`/v1/memories/${first.id}/history`).expect(200);
    expect(history.data).toMatchObject([
      { version: 3, reason: null, memory: { tags: last.tags } },
      { version: 2, reason: next.reason, memory: { content: next.content, tags: words.tags } },
      { version: 1, reason: words.reason, memory: first },
    ]);
    const { body: diff } = await ada.get(`/v1/memories/diff?from=${first.revision}`).expect(200);
    expect(diff.data).toEqual([{ id: first.id, change: 'updated', before: first, after: last }]);
  });

  it('go back to what they were, one by one and all at once', async () => {
    const words = wordsOf();
    const { id, revision } = await create(words);
    await ada.patch(`/v1/memories/${id}`, { content: `changed ${CANARY}` }).expect(200);
    const back = { version: 1, reason: `back to ${CANARY}` };
    const { body } = await ada.post(`/v1/memories/${id}/rollback`, back).expect(200);
    expect(body).toMatchObject({ ...shown(words), version: 3 });
    await ada.patch(`/v1/memories/${id}`, { content: `changed again ${CANARY}` }).expect(200);
    const all = { asOf: revision, reason: `all back to ${CANARY}` };
    expect((await ada.post('/v1/memories/rollback', all).expect(200)).body.restored).toBe(1);
    expect(await read(id)).toMatchObject(shown(words));
    const { body: history } = await ada.get(`/v1/memories/${id}/history?limit=1`).expect(200);
    expect(history.data[0]).toMatchObject({ action: 'rollback', reason: all.reason });
  });

  it('are one memory when they say the same, under parallel writers, and name what is near', async () => {
    const who = app.actingFor('same');
    const content = `Likes the ${CANARY} very much`;
    await inParallel([...Array(8).keys()], 8, async () => {
      const { status } = await who.post('/v1/memories', { content });
      expect([200, 201]).toContain(status);
    });
    const { body } = await who.get('/v1/memories').expect(200);
    expect(body.data).toMatchObject([{ content, strength: 8 }]);
    const near = await who
      .post('/v1/memories', { content: content.replace('Likes', 'likes') })
      .expect(201);
    expect(near.body.similar).toMatchObject([{ id: body.data[0].id }]);
    const refused = { content: `"${content}"`, onSimilar: 'refuse' };
    expectProblem(await who.post('/v1/memories', refused), 409, 'memory.similar');
    const long = `${content} ${'and so on '.repeat(60)}`;
    await create({ content: long }, who);
    expect((await create({ content: `${long}!` }, who)) as object).not.toHaveProperty('similar');
  });

  it('are found by words, phrases, tags, speakers, beginnings, stop words and meaning', async () => {
    const who = app.actingFor('finder');
    const { content } = await create(
      { ...wordsOf(), content: `Sails the ${CANARY} to the sea`, tags: ['harbour'] },
      who,
    );
    await create({ content: 'Will there be The Who' }, who);
    await eventually(
      async () => (await who.get('/v1/memories/stats').expect(200)).body.pending === 0,
    );
    for (const query of [`the ${CANARY}`, '"to the sea"', 'harbour', 'Carol', 'vessel'])
      expect([query, contentsOf(await search(who, query))[0]]).toEqual([query, content]);
    expect(contentsOf(await search(who, 'canar', { prefix: true }))).toEqual([content]);
    expect(contentsOf(await search(who, 'the who'))).toContain('Will there be The Who');
    const [hit] = await search(who, CANARY, { filter: { kind: 'fact' }, explain: true });
    expect(hit).toMatchObject({ memory: { content, tags: ['harbour'] } });
    expect(contentsOf(await search(who, `sea ${CANARY}`, { asOf: 1 }))).toEqual([content]);
    expect(contentsOf(await search(who, 'sea -harbour'))).not.toContain(content);
  });

  it('and blocks are in contexts, which are repeated byte for byte', async () => {
    const who = app.actingFor('talker');
    await create({ content: `Always greet the ${CANARY}`, kind: 'instruction' }, who);
    await create({ content: `Keeps a ${CANARY} in the kitchen` }, who);
    const block = { content: `A block about ${CANARY}`, reason: `for ${CANARY}` };
    await who.put('/v1/memory-blocks/persona', block).expect(200);
    await who.put('/v1/memory-blocks/persona', { content: `${block.content}, newer` }).expect(200);
    const { body: blocks } = await who.get('/v1/memory-blocks').expect(200);
    expect(blocks.data).toMatchObject([{ content: `${block.content}, newer`, version: 2 }]);
    const before = await who.get('/v1/memory-blocks/persona?asOf=3').expect(200);
    expect(before.body.content).toBe(block.content);
    const talk = await Talk.start(who, [user('What do I keep in the kitchen?')]);
    for (const asked of [{}, { query: 'kitchen' }, { query: 'nothing of it' }]) {
      const context = await talk.context(asked);
      const texts = textsOf(context).join('\n');
      for (const part of ['Always greet', 'Keeps a', 'A block about'])
        expect(texts).toContain(part);
      const again = await talk.repeat(context.manifestId).expect(200);
      expect(again.body.messages).toEqual(context.messages);
    }
  });

  it('are replayed to a retry, by a single write, by many, and by a search', async () => {
    for (const [path, body] of [
      ['/v1/memories', wordsOf()],
      ['/v1/memories', { memories: [wordsOf(), wordsOf(), wordsOf()] }],
      ['/v1/memories/search', { query: CANARY }],
    ] as const) {
      const keyed = ada.with({ 'idempotency-key': uuidv7() });
      const first = await keyed.post(path, body);
      const again = await keyed.post(path, body);
      expect([again.status, again.headers['idempotent-replayed']]).toEqual([first.status, 'true']);
      expect(again.text).toBe(first.text);
      expect(first.text).toContain(CANARY);
    }
  });

  it('are kept apart by the doors of other APIs, too', async () => {
    const mem0 = app.service.with({});
    const added = await mem0
      .post('/compat/mem0/v3/memories/add/', {
        user_id: 'ada',
        messages: [{ role: 'user', content: `Told mem0 of the ${CANARY}` }],
        metadata: { of: CANARY },
      })
      .expect(200);
    expect(JSON.stringify(added.body)).toContain(`Told mem0 of the ${CANARY}`);
    const found = await mem0
      .post('/compat/mem0/v3/memories/search/', { query: 'mem0', filters: { user_id: 'ada' } })
      .expect(200);
    expect(found.body.results[0]).toMatchObject({ memory: `Told mem0 of the ${CANARY}` });
  });

  it('do not come back by an import after they were forgotten or purged', async () => {
    for (const query of ['', '?purge=true']) {
      const importKey = `${CANARY} ${query}`;
      const sent = { ...wordsOf(), metadata: { importKey } };
      const { id } = await create(sent);
      await ada.delete(`/v1/memories/${id}${query}`).expect(204);
      expectProblem(
        await ada.post('/v1/memories?unlessDeleted=true', sent),
        410,
        'memory.deleted_import',
      );
    }
  });

  it('refuse what needs a database that reads them', async () => {
    for (const query of ['q=canary', 'filter[tags]=a', 'filter[metadata]={"a":1}'])
      expectProblem(await ada.get(`/v1/memories?${query}`), 400, 'memory.sealed');
    for (const filter of [{ tags: ['a'] }, { not: { metadata: { a: 1 } } }]) {
      const asked = { query: 'x', filter };
      expectProblem(await ada.post('/v1/memories/search', asked), 400, 'memory.sealed');
      for (const dryRun of [true, false])
        expectProblem(
          await ada.post('/v1/memories/bulk-forget', { filter, dryRun }),
          400,
          'memory.sealed',
        );
    }
    const before = (await ada.get('/v1/memories?count=true').expect(200)).body.total as number;
    expect(before).toBeGreaterThan(0);
  });

  it('are forgotten by a job, whose reason waits sealed', async () => {
    const who = app.actingFor('forgetful');
    const { id } = await create({ ...wordsOf(), kind: 'episode' }, who);
    const body = { filter: { kind: 'episode' }, reason: `Forget ${CANARY}` };
    await who.post('/v1/memories/bulk-forget', body).expect(202);
    await eventually(async () => (await who.get(`/v1/memories/${id}`)).status === 404);
    const { body: history } = await who.get(`/v1/memories/${id}/history`).expect(200);
    expect(history.data[0]).toMatchObject({ action: 'forget', reason: body.reason, memory: null });
  });

  it('begin as sealed ones do, and are themselves all the same', async () => {
    for (const content of [':sealed:1:AAAA', ':sealed:0:x', ':sealed:'])
      expect((await read((await create({ content })).id)).content).toBe(content);
  });

  it('cost a write, a read and a page one more statement', async () => {
    // One without jobs, and none of another application: their statements would be among them.
    const idle = await createTestApp({ SEAL_MEMORIES: 'true' }, app.database);
    const { id } = await create(wordsOf());
    const who = idle.actingFor('ada');
    await who.get(`/v1/memories/${id}`).expect(200);
    const statements = jest.spyOn(idle.app.get(ScopedDatabase), 'read');
    const namesOf = async (request: PromiseLike<unknown>) => {
      statements.mockClear();
      await request;
      return statements.mock.calls.map(([{ name }]) => name);
    };
    expect(await namesOf(who.get(`/v1/memories/${id}`))).toEqual([
      'memory.current',
      'data_key.find',
    ]);
    expect(await namesOf(who.get('/v1/memories?limit=100'))).toEqual(['', 'data_key.find']);
    await idle.close();
  });

  it('leave nothing plain in any table, nor in Redis', async () => {
    expect(await tablesWithCanary(app.database, CANARY)).toEqual([]);
    await eventually(async () => (await keptInRedis(redis)).length > 0);
    const kept = await keptInRedis(redis);
    expect(kept.some((text) => text.includes('context'))).toBe(true);
    expect(kept.filter((text) => text.toLowerCase().includes(CANARY))).toEqual([]);
    const { rows } = await app.database.admin(
      `select distinct left(model, 7) as model, embedding_is_plain from (
         select model, octet_length(vector) < 29 as embedding_is_plain
           from threadkeep.memory_embedding) e`,
    );
    expect(rows).toEqual([{ model: 'sealed:', embedding_is_plain: false }]);
  });

  it('cannot be read without their data key: 409, empty in lists, and can be forgotten', async () => {
    const who = app.actingFor('shredded');
    const lost = wordsOf();
    const { id } = await create(lost, who);
    await who.put('/v1/memory-blocks/persona', { content: CANARY }).expect(200);
    expect(contentsOf(await search(who, CANARY))).toEqual([lost.content]);
    expect(contentsOf(await search(who, CANARY))).toEqual([lost.content]);
    const me = (await who.get('/v1/users/me').expect(200)).body.id as string;
    await app.app.get(RequestContexts).runAsUser(me, () => app.app.get(Vault).shred());
    expectProblem(await who.get(`/v1/memories/${id}`), 409, 'vault.unreadable');
    expectProblem(await who.patch(`/v1/memories/${id}`, { content: 'x' }), 409, 'vault.unreadable');
    const { body } = await who.get('/v1/memories').expect(200);
    expect(body.data).toMatchObject([{ id, content: '', tags: [], metadata: {} }]);
    expect(await search(who, CANARY)).toEqual([]);
    const talk = await Talk.start(who, [user(`What of the ${CANARY}?`)]);
    expect(textsOf(await talk.context())).toEqual([`What of the ${CANARY}?`]);
    const next = await create(wordsOf(), who);
    expect(contentsOf(await search(who, CANARY))).toEqual([next.content]);
    const { id: again } = await create(lost, who);
    expect(again).not.toBe(id);
    await who.delete(`/v1/memories/${again}`).expect(204);
    await who.delete(`/v1/memories/${id}`).expect(204);
    await who.delete('/v1/memory-blocks/persona').expect(204);
    expect((await who.get('/v1/memories').expect(200)).body.data).toHaveLength(1);
  });

  it('need keys at the start', async () => {
    const database = await createTestDatabase();
    const started = createTestApp({ SEAL_MEMORIES: 'true', VAULT_KEYS: '' }, database);
    await expect(started).rejects.toThrow(ConfigError);
    await expect(started).rejects.toThrow(/SEAL_MEMORIES=true needs .*VAULT_KEYS/);
    await database.drop();
  });
});
