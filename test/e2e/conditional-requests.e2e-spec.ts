import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let ada: Caller;
let bob: Caller;
beforeAll(async () => {
  app = await createTestApp();
  await app.listen();
  [ada, bob] = [app.actingFor('ada'), app.actingFor('bob')];
  await bob.post('/v1/conversations').expect(201);
});
afterAll(() => app.close());

async function create(): Promise<{ path: string; etag: string }> {
  const { headers } = await ada.post('/v1/conversations', { title: 'first' }).expect(201);
  return { path: headers['location'] as string, etag: headers['etag'] as string };
}

const say = (path: string) =>
  ada.post(`${path}/messages`, { role: 'user', content: 'x' }).expect(201);
const etagNow = async (path: string) => (await ada.get(path).expect(200)).headers['etag'] as string;
const outdated = async (response: PromiseLike<Parameters<typeof expectProblem>[0]>) =>
  expectProblem(await response, 412, 'request.precondition_failed');

describe('If-None-Match on a conversation', () => {
  it('answers 304 without a body when nothing has changed', async () => {
    const { path, etag } = await create();
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const { text, headers } = await ada.with({ 'if-none-match': known }).get(path).expect(304);
      expect(text).toBe('');
      expect(headers['etag']).toBe(etag);
    }
  });

  it('answers 200 with a body after a message and after an edit', async () => {
    const { path, etag } = await create();
    await say(path);
    const afterMessage = await ada.with({ 'if-none-match': etag }).get(path).expect(200);
    expect(afterMessage.body.lastSeq).toBe(1);
    expect(afterMessage.headers['etag']).not.toBe(etag);
    await ada.patch(path, { title: 'second' }).expect(200);
    const afterEdit = await ada
      .with({ 'if-none-match': afterMessage.headers['etag'] as string })
      .get(path)
      .expect(200);
    expect(afterEdit.body.title).toBe('second');
  });

  it("answers 404 for another user's conversation with any tag", async () => {
    const { path, etag } = await create();
    for (const known of [etag, '*'])
      expectProblem(
        await bob.with({ 'if-none-match': known }).get(path),
        404,
        'conversation.not_found',
      );
  });
});

describe('If-Match on a conversation', () => {
  it('accepts an edit of the current version', async () => {
    const { path, etag } = await create();
    const { headers } = await ada
      .with({ 'if-match': etag })
      .patch(path, { title: 'second' })
      .expect(200);
    expect(headers['etag']).not.toBe(etag);
    await ada
      .with({ 'if-match': headers['etag'] as string })
      .patch(path, { title: 'third' })
      .expect(200);
    await ada.with({ 'if-match': '*' }).patch(path, { title: 'fourth' }).expect(200);
  });

  it('accepts an edit after new messages', async () => {
    const { path, etag } = await create();
    await say(path);
    expect(
      (await ada.with({ 'if-match': etag }).patch(path, { title: 'second' }).expect(200)).body,
    ).toMatchObject({ title: 'second', lastSeq: 1 });
  });

  it('answers 412 with the current version and tag for an older version, and changes nothing', async () => {
    const { path, etag } = await create();
    await ada.patch(path, { title: 'second' }).expect(200);
    const problem = await outdated(ada.with({ 'if-match': etag }).patch(path, { title: 'lost' }));
    expect(problem).toMatchObject({ version: 2, etag: await etagNow(path) });
    expect((await ada.get(path)).body).toMatchObject({ title: 'second', version: 2 });
    await ada
      .with({ 'if-match': problem['etag'] as string })
      .patch(path, { title: 'third' })
      .expect(200);
  });

  it('refuses an invalid tag', async () => {
    const { path, etag } = await create();
    for (const tag of ['1', 'garbage', `W/${etag}`, '"99"', `${etag}, "x"`])
      await outdated(ada.with({ 'if-match': tag }).patch(path, { title: 'x' }));
    expect((await ada.get(path)).body.title).toBe('first');
  });

  it('also applies to deleting and purging', async () => {
    const { path, etag } = await create();
    await ada.patch(path, { title: 'second' }).expect(200);
    await outdated(ada.with({ 'if-match': etag }).delete(path));
    await outdated(ada.with({ 'if-match': etag }).delete(`${path}?purge=true`));
    await ada
      .with({ 'if-match': await etagNow(path) })
      .delete(path)
      .expect(204);
    await outdated(ada.with({ 'if-match': etag }).delete(`${path}?purge=true`));
    await ada.with({ 'if-match': '"3"' }).delete(`${path}?purge=true`).expect(200);
  });

  it("answers 404, not 412, for another user's conversation", async () => {
    const { path, etag } = await create();
    for (const tag of [etag, '"99"', '*']) {
      expectProblem(
        await bob.with({ 'if-match': tag }).patch(path, { title: 'x' }),
        404,
        'conversation.not_found',
      );
      expectProblem(
        await bob.with({ 'if-match': tag }).delete(`${path}?purge=true`),
        404,
        'conversation.not_found',
      );
    }
  });

  it('accepts exactly one of many concurrent edits of one version', async () => {
    const { path, etag } = await create();
    const edits = await Promise.all(
      Array.from({ length: 10 }, async (_, i) =>
        ada.with({ 'if-match': etag }).patch(path, { title: `by ${i}` }),
      ),
    );
    expect(edits.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(412)]);
    const winner = edits.find(({ status }) => status === 200)!;
    expect((await ada.get(path)).body).toEqual(winner.body);
  });
});
