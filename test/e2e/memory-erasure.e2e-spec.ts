// Expired, forgotten and purged memories: their content is erased everywhere.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryExpirySweep } from '../../src/memory/expiry/memory-expiry.jobs.js';
import { ScopedCache } from '../../src/platform/cache/index.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { JobRunner } from '../../src/platform/jobs/job-runner.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { tablesWith } from '../support/stored-texts.js';
import { Talk, user } from '../support/talks.js';
import { eventually } from '../support/wait.js';

let app: TestApp;
let ada: Caller;
let users = 0;
beforeAll(async () => {
  app = await createTestApp({ MEMORY_RETENTION: 'episode:30' });
  ada = app.actingFor('ada');
});
afterAll(() => app.close());

const newUser = (): Caller => app.actingFor(`user ${++users}`);
const remember = async (who: Caller, content: string, more: object = {}) =>
  (await who.post('/v1/memories', { content, ...more })).body;

describe('an expired memory', () => {
  it('an expired memory is not returned, and the next sweep erases its content', async () => {
    const who = newUser();
    const { id } = await remember(who, 'zqcanaryexpired is here for now', {
      expiresAt: new Date(Date.now() + 3_000).toISOString(),
    });
    await remember(who, 'stays');
    await eventually(async () => (await who.get(`/v1/memories/${id}`)).status === 404);
    expectProblem(await who.get(`/v1/memories/${id}`), 404, 'memory.not_found');
    expect((await who.get('/v1/memories')).body.data).toHaveLength(1);
    expect((await who.post('/v1/memories/search', { query: 'zqcanaryexpired' })).body.data).toEqual(
      [],
    );
    await sweep();
    expect(await tablesWith(app, 'zqcanaryexpired')).toEqual([]);
    expect((await who.get(`/v1/memories/${id}/history`)).body.data[0]).toMatchObject({
      action: 'expire',
      actor: 'system',
      memory: null,
    });
  });

  it('a memory without expiresAt expires after the retention of its kind', async () => {
    const { expiresAt } = await remember(ada, 'Went to the cinema', { kind: 'episode' });
    expect(Math.round((Date.parse(expiresAt) - Date.now()) / 86_400_000)).toBe(30);
    expect((await remember(ada, 'Likes the cinema')).expiresAt).toBeNull();
  });
});

/** Runs the sweep, and the jobs that it enqueues. */
async function sweep(): Promise<void> {
  const job = {
    id: '',
    attempt: 1,
    signal: new AbortController().signal,
    report: () => undefined,
    keep: () => undefined,
    again: () => undefined,
    step: <T>(work: () => Promise<T>) => work(),
  };
  await app.app
    .get(RequestContexts)
    .runIn({ kind: 'system', reason: 'test' }, () => app.app.get(MemoryExpirySweep).run({}, job));
  const { rows } = await app.database.admin(
    `select id from threadkeep.job where name = 'memory.expire' and status = 'queued'`,
  );
  for (const { id } of rows) await app.app.get(JobRunner).run(id as string);
}

describe.each([
  ['forgotten', '', 1],
  ['purged', '?purge=true', 0],
])('a memory that was %s', (_, how, rows) => {
  it('erased content is in no version, index, cache, remembered answer or job', async () => {
    const who = newUser();
    const word = `zqcanary${users}`;
    const talk = await Talk.start(who, [user('What do I like?')]);
    const keyed = who.with({ 'idempotency-key': `k${users}` });
    const { id } = (
      await keyed
        .post('/v1/memories', { content: `Likes ${word}`, tags: [word], metadata: { word } })
        .expect(201)
    ).body;
    await who.patch(`/v1/memories/${id}`, { content: `Loves ${word}`, reason: word }).expect(200);
    const { manifestId } = await talk.context({ query: word });
    expect((await who.post('/v1/memories/search', { query: word })).body.data).toHaveLength(1);
    expect(await tablesWith(app, word)).not.toEqual([]);
    expect(cachedTexts()).toContain(word);
    await who.delete(`/v1/memories/${id}${how}`).expect(204);
    expect(await tablesWith(app, word)).toEqual([]);
    expect(cachedTexts()).not.toContain(word);
    expectProblem(await who.get(`/v1/memories/${id}`), 404, 'memory.not_found');
    expect((await who.post('/v1/memories/search', { query: word })).body.data).toEqual([]);
    expect((await who.post('/v1/memories/search', { query: word, asOf: 1 })).body.data).toEqual([]);
    expect(await talk.contextText({ query: word })).not.toContain(`Loves`);
    expectProblem(await talk.repeat(manifestId), 410, 'context.erased');
    expectProblem(
      await keyed.post('/v1/memories', {
        content: `Likes ${word}`,
        tags: [word],
        metadata: { word },
      }),
      410,
      'idempotency.erased',
    );
    expect(
      (
        await app.database.admin(
          'select from threadkeep.memory where id = $1 and superseded_at is null',
          [id],
        )
      ).rowCount,
    ).toBe(rows);
    expectProblem(await who.delete(`/v1/memories/${id}${how}`), 404, 'memory.not_found');
  });

  it('a rollback does not restore erased content', async () => {
    const who = newUser();
    const { id, revision } = await remember(who, 'Was here once');
    await who.delete(`/v1/memories/${id}${how}`).expect(204);
    await who.post('/v1/memories/rollback', { asOf: revision }).expect(200);
    expect((await who.get('/v1/memories')).body.data).toEqual([]);
  });
});

/** Returns everything that this process has in its context cache. */
function cachedTexts(): string {
  const seen = new WeakSet();
  return JSON.stringify(app.app.get(ScopedCache)['tiers'], (_, value: unknown) => {
    if (value instanceof Map) return [...value];
    if (typeof value === 'object' && value !== null) {
      if (seen.has(value)) return undefined;
      seen.add(value);
      if ('dump' in value && typeof value.dump === 'function')
        return (value.dump as () => unknown)();
    }
    return value;
  });
}
