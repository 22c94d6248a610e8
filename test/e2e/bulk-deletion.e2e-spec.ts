// Conversations and memories are deleted by a filter, in a job that can be looked at before and while it runs.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { eventually } from '../support/wait.js';

let api: TestApp;
beforeAll(async () => {
  api = await createTestApp({ JOB_CONCURRENCY: '2' });
});
afterAll(() => api.close());

/** Waits for a job to complete, and returns it. */
async function finished(user: Caller, jobId: string) {
  const read = async () => (await user.get(`/v1/jobs/${jobId}`).expect(200)).body;
  await eventually(async () => (await read()).status === 'completed');
  return (await read()) as { progress: { done: number; total: number } };
}

const titles = async (user: Caller, query = ''): Promise<string[]> => {
  const { body } = await user.get(`/v1/conversations?limit=100&sort=title${query}`).expect(200);
  return body.data.map(({ title }: { title: string }) => title);
};

describe('conversations', () => {
  const make = async (user: Caller, ...named: string[]) => {
    const ids: string[] = [];
    for (const title of named) {
      const { body } = await user.post('/v1/conversations', { title, tags: [title[0]] });
      ids.push(body.id as string);
    }
    return ids;
  };

  it('are counted by a dry run, deleted by the job, and can be restored', async () => {
    const [ada, bob] = [api.actingFor('ada'), api.actingFor('bob')];
    const [first, second] = await make(ada, 'a1', 'a2', 'b1');
    await make(bob, 'a1');
    const filter = { tags: 'a' };
    const { body: preview } = await ada
      .post('/v1/conversations/bulk-delete', { filter, dryRun: true })
      .expect(200);
    expect(preview).toEqual({ count: 2, ids: [first, second] });
    expect(await titles(ada)).toEqual(['a1', 'a2', 'b1']);

    const { body } = await ada.post('/v1/conversations/bulk-delete', { filter }).expect(202);
    const { progress } = await finished(ada, body.jobId as string);
    expect(progress).toEqual({ done: 2, total: 2 });
    expect(await titles(ada)).toEqual(['b1']);
    expect(await titles(ada, '&status=deleted')).toEqual(['a1', 'a2']);
    expect(await titles(bob)).toEqual(['a1']);
    await ada.post(`/v1/conversations/${first!}/restore`).expect(200);
    await bob.get(`/v1/jobs/${body.jobId as string}`).expect(404);
  });

  it('are purged with what was made from them, more than one batch of them', async () => {
    const user = api.actingFor('grace');
    const named = Array.from({ length: 120 }, (_, i) => `a${1000 + i}`);
    const [first] = await make(user, ...named, 'b1');
    await user.post(`/v1/conversations/${first!}/messages`, { role: 'user', content: 'Hello' });
    await user.post('/v1/memories', { content: 'Of one', conversationId: first });
    const { body } = await user
      .post('/v1/conversations/bulk-delete', {
        ...{ filter: { tags: 'a' }, purge: true, derived: 'forget' },
      })
      .expect(202);
    const { progress } = await finished(user, body.jobId as string);
    expect(progress).toEqual({ done: 120, total: 120 });
    expect(await titles(user)).toEqual(['b1']);
    expect(await titles(user, '&status=deleted')).toEqual([]);
    expect((await user.get('/v1/memories')).body.data).toEqual([]);
  });

  it('that are deleted already are purged, and others with the same filter are not', async () => {
    const user = api.actingFor('edsger');
    const [first] = await make(user, 'a1', 'a2');
    await user.delete(`/v1/conversations/${first!}`).expect(204);
    const filter = { deletedAt: { exists: true } };
    const plain = await user.post('/v1/conversations/bulk-delete', { filter }).expect(202);
    expect((await finished(user, plain.body.jobId as string)).progress.done).toBe(0);
    const purge = await user
      .post('/v1/conversations/bulk-delete', { filter, purge: true })
      .expect(202);
    expect((await finished(user, purge.body.jobId as string)).progress.done).toBe(1);
    expect(await titles(user)).toEqual(['a2']);
    expect(await titles(user, '&status=deleted')).toEqual([]);
  });

  it('that are created after the request stay', async () => {
    const idle = await createTestApp({ JOB_CONCURRENCY: '0' });
    const user = idle.actingFor('ada');
    await make(user, 'a1');
    // A source whose clock is wrong.
    const ahead = { importKey: 'ahead', createdAt: '2090-01-01T00:00:00Z', messages: [] };
    await user.post('/v1/conversations/import', { ...ahead, title: 'a0', tags: ['a'] }).expect(201);
    const filter = { tags: 'a' };
    const { body } = await user.post('/v1/conversations/bulk-delete', { filter }).expect(202);
    await make(user, 'a2');
    const imported = { tags: ['a'], createdAt: '2020-01-01T00:00:00Z', messages: [] };
    await user
      .post('/v1/conversations/import', { ...imported, importKey: 'later', title: 'a3' })
      .expect(201);
    const working = await createTestApp({ JOB_CONCURRENCY: '2' }, idle.database);
    try {
      await finished(user, body.jobId as string);
      expect(await titles(user)).toEqual(['a2', 'a3']);
    } finally {
      await working.close();
      await idle.close();
    }
  });
});

describe('memories', () => {
  it('are counted, forgotten with their reason, and stay away', async () => {
    const user = api.actingFor('mary');
    for (const content of ['One canary', 'Two canaries'])
      await user.post('/v1/memories', { content, tags: ['old'] }).expect(201);
    const { body: kept } = await user.post('/v1/memories', { content: 'Three', tags: ['new'] });
    const filter = { or: [{ tags: 'old' }, { kind: 'episode' }] };
    const { body: preview } = await user
      .post('/v1/memories/bulk-forget', { filter, dryRun: true })
      .expect(200);
    expect(preview.count).toBe(2);
    const { body } = await user
      .post('/v1/memories/bulk-forget', { filter, reason: 'They are old.' })
      .expect(202);
    await finished(user, body.jobId as string);
    expect((await user.get('/v1/memories')).body.data).toMatchObject([{ id: kept.id }]);
    expect(JSON.stringify((await user.get('/v1/memories/search?q=canary')).body)).not.toContain(
      'canary',
    );
    const { body: history } = await user
      .get(`/v1/memories/${preview.ids[0] as string}/history`)
      .expect(200);
    expect(history.data[0]).toMatchObject({ action: 'forget', reason: 'They are old.' });
  });
});

describe('a filter', () => {
  it.each([
    ['conversations/bulk-delete', {}],
    ['conversations/bulk-delete', { or: null }],
    ['conversations/bulk-delete', { or: [{}] }],
    ['conversations/bulk-delete', { or: [{ tags: 'a' }, { metadata: {} }] }],
    ['memories/bulk-forget', { not: { not: {} } }],
    ['memories/bulk-forget', {}],
  ])(
    'of %s without a condition (%j) is refused: nothing is deleted by mistake',
    async (path, filter) => {
      for (const dryRun of [true, false]) {
        const { body } = await api
          .actingFor('ada')
          .post(`/v1/${path}`, { filter, dryRun })
          .expect(422);
        expect(body.code).toBe('bulk_deletion.no_condition');
      }
    },
  );

  it.each([
    ['conversations/bulk-delete', {}, '/filter'],
    ['conversations/bulk-delete', { filter: { titel: 'a' } }, '/filter/titel'],
    [
      'conversations/bulk-delete',
      { filter: { createdAt: { lt: 'soon' } } },
      '/filter/createdAt/lt',
    ],
    ['memories/bulk-forget', { filter: [] }, '/filter'],
    ['memories/bulk-forget', { filter: { content: 'a' } }, '/filter/content'],
  ])('of %s with %j is refused, and nothing is deleted', async (path, body, pointer) => {
    const user = api.actingFor('ada');
    const answer = await user.post(`/v1/${path}`, body).expect(422);
    expect(answer.body.errors).toEqual([expect.objectContaining({ pointer })]);
  });
});
