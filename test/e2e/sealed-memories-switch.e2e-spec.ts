// Switching the sealing of memories on and off, and merging users whose memories are sealed.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { tablesWithCanary } from '../support/canary.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { EmbeddingService } from '../support/embedding-service.js';
import { contentsOf, search } from '../support/memories.js';
import { mergeCalls } from '../support/merges.js';
import { expectProblem } from '../support/problem.js';
import { runJob } from '../support/run-job.js';
import { eventually } from '../support/wait.js';
import { inParallel } from '../support/wire.js';

const CANARY = 'canary7q';
const ON = { SEAL_MEMORIES: 'true' };
const OFF = { SEAL_MEMORIES: 'false' };

interface Body {
  id: string;
  content: string;
}

/** Ends it as a crash would after so many steps. */
const convert = (app: TestApp, steps?: number) => runJob(app, 'memory.seal', steps);

const listed = async (who: Caller): Promise<Map<string, Body>> => {
  const { body } = await who.get('/v1/memories?limit=100&sort=id').expect(200);
  return new Map((body.data as Body[]).map((memory) => [memory.id, memory]));
};

describe('switching the sealing of memories', () => {
  let database: TestDatabase;
  let embeddings: EmbeddingService;
  beforeAll(async () => {
    [database, embeddings] = await Promise.all([createTestDatabase(), EmbeddingService.start()]);
  });
  afterAll(async () => {
    embeddings.stop();
    await database.drop();
  });

  const withApp = async (settings: object, work: (app: TestApp) => Promise<void>) => {
    const environment = { JOB_CONCURRENCY: '2', ...embeddings.environment, ...settings };
    const app = await createTestApp(environment, database);
    try {
      await work(app);
    } finally {
      await app.close();
    }
  };
  const stored = async () => ({
    memories: (
      await database.admin(`select * from threadkeep.memory order by user_id, id, version`)
    ).rows,
    vectors: (
      await database.admin(`select * from threadkeep.memory_embedding order by user_id, memory_id`)
    ).rows,
  });
  const embedded = async (who: Caller) =>
    eventually(async () => (await who.get('/v1/memories/stats').expect(200)).body.pending === 0);
  const people = ['ada', 'bob', 'carol'];

  it('seals what is there, ends anywhere and goes on, and unseals to the same bytes', async () => {
    await withApp({}, async (app) => {
      await inParallel(people, 3, async (name) => {
        const who = app.actingFor(name);
        for (let n = 0; n < 60; n++) {
          const content = `${name} owns the ${CANARY} boat ${n}`;
          const words = { content, tags: [CANARY], metadata: { n, of: CANARY }, reason: CANARY };
          const { id } = (await who.post('/v1/memories', words).expect(201)).body as Body;
          if (n % 3 === 0)
            await who.patch(`/v1/memories/${id}`, { content: `${content}, sold` }).expect(200);
          if (n % 20 === 0)
            await who.delete(`/v1/memories/${id}?reason=${CANARY}%20lied`).expect(204);
        }
        await who.put('/v1/memory-blocks/persona', { content: `Block ${CANARY}` }).expect(200);
        const like = { content: ':sealed:1:AAAA', reason: ':sealed:1:BBBB' };
        await who.post('/v1/memories', like).expect(201);
        await embedded(who);
      });
    });
    const before = await stored();
    expect(await tablesWithCanary(database, CANARY)).toEqual(['threadkeep.memory']);
    const wanted = new Map<string, Map<string, object>>();
    await withApp({}, async (app) => {
      for (const name of people) wanted.set(name, await listed(app.actingFor(name)));
    });
    const expectAll = async (app: TestApp) => {
      for (const name of people) {
        const who = app.actingFor(name);
        expect(await listed(who)).toEqual(wanted.get(name));
        expect(contentsOf(await search(who, '"boat 7"'))).toEqual([
          `${name} owns the ${CANARY} boat 7`,
        ]);
        const found = contentsOf(await search(who, 'vessel'));
        expect(found[0]).toContain('boat');
      }
    };
    await withApp({ ...ON, JOB_CONCURRENCY: '0' }, async (app) => {
      await expectAll(app);
      for (const steps of [1, 2]) {
        await convert(app, steps);
        await expectAll(app);
      }
      await convert(app);
      await expectAll(app);
      expect(await tablesWithCanary(database, CANARY)).toEqual([]);
      const again = { content: `ada owns the ${CANARY} boat 7` };
      const { body } = await app.actingFor('ada').post('/v1/memories', again).expect(200);
      expect(body.strength).toBe(2);
      await app.actingFor('ada').post(`/v1/memories/${body.id as string}/rollback`, { version: 1 });
    });
    await withApp({ JOB_CONCURRENCY: '0' }, async (app) => {
      const sealed = await stored();
      await convert(app);
      expect(await stored()).toEqual(sealed);
    });
    await withApp({ ...OFF, JOB_CONCURRENCY: '0' }, async (app) => {
      const who = app.actingFor('bob');
      expectProblem(await who.get('/v1/memories?q=boat'), 400, 'memory.sealed');
      await convert(app, 1);
      await convert(app);
      expect((await who.get('/v1/memories?q=boat').expect(200)).body.data).not.toEqual([]);
    });
    const after = await stored();
    const isBefore = ({ revision, user_id: owner }: Record<string, unknown>) =>
      before.memories.some((row) => row['user_id'] === owner && row['revision'] === revision);
    const settled = after.memories.filter(isBefore);
    const withoutEnd = (rows: Record<string, unknown>[]) =>
      rows.map((row) => ({ ...row, superseded_at: null }));
    // An equal text of two versions has its fingerprint back, and what was rolled back to, none.
    expect(withoutEnd(settled)).toEqual(withoutEnd(before.memories));
    expect(after.vectors.length).toBe(before.vectors.length);
    expect(after.vectors.every(({ model }) => !String(model).startsWith('sealed:'))).toBe(true);
  });

  it('seals beside writers, of whom none loses anything', async () => {
    const name = 'writer';
    await withApp({ EMBEDDER: 'none' }, async (app) => {
      await inParallel([...Array(150).keys()], 4, async (n) => {
        await app.actingFor(name).post('/v1/memories', { content: `${CANARY} first ${n}` });
      });
    });
    await withApp({ ...ON, EMBEDDER: 'none', JOB_CONCURRENCY: '0' }, async (app) => {
      const who = app.actingFor(name);
      const ids = [...(await listed(who)).keys()];
      const [, ...written] = await Promise.all([
        convert(app),
        ...ids.map((id, n) =>
          who.patch(`/v1/memories/${id}`, { content: `${CANARY} second ${n}` }).expect(200),
        ),
      ]);
      await convert(app);
      const memories = await listed(who);
      for (const { body } of written) expect(memories.get(body.id as string)).toEqual(body);
      expect(await tablesWithCanary(database, CANARY)).not.toContain('threadkeep.memory');
    });
  });
});

describe('users whose memories are sealed', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ ...ON, JOB_CONCURRENCY: '2' });
  });
  afterAll(() => app.close());
  const { run, newUser } = mergeCalls(() => app);

  it('merge and part: each reads what is theirs, and what both say is known as the same', async () => {
    const [from, to] = [await newUser('from'), await newUser('to')];
    const [guest, account] = [app.actingFor('from'), app.actingFor('to')];
    const give = async (who: Caller, name: string) => {
      for (const content of [`Only ${name} knows the ${CANARY}`, `Both know the ${CANARY}`])
        await who.post('/v1/memories', { content, tags: [name], reason: CANARY }).expect(201);
    };
    await give(guest, 'guest');
    await give(account, 'account');
    const keyed = account.with({ 'idempotency-key': uuidv7() });
    const first = await keyed.post('/v1/memories', { content: `Kept ${CANARY}` }).expect(201);
    await run(`/v1/users/${to}/merge`, { from });
    const contents = [...(await listed(account)).values()].map(({ content }: Body) => content);
    expect(contents.sort()).toEqual(
      [
        ...['guest', 'account'].map((name) => `Only ${name} knows the ${CANARY}`),
        ...[`Both know the ${CANARY}`, `Both know the ${CANARY}`, `Kept ${CANARY}`],
      ].sort(),
    );
    expect(contentsOf(await search(account, '"guest knows"'))).toHaveLength(1);
    const same = { content: `Both know the ${CANARY}` };
    expect((await account.post('/v1/memories', same).expect(200)).body.strength).toBe(2);
    const again = await keyed.post('/v1/memories', { content: `Kept ${CANARY}` }).expect(201);
    expect(again.text).toBe(first.text);
    await run(`/v1/users/${to}/merge/undo`, { from });
    expect(contentsOf(await search(guest, '"guest knows"'))).toHaveLength(1);
    expect(contentsOf(await search(account, '"guest knows"'))).toEqual([]);
    expect((await guest.post('/v1/memories', same).expect(200)).body.strength).toBe(2);
    expect(await tablesWithCanary(app.database, CANARY)).toEqual([]);
  });
});
