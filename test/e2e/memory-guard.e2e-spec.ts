// Secrets in memories, blocks and summaries are refused in every text of a write.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { tablesWith } from '../support/stored-texts.js';
import { Talk, user } from '../support/talks.js';

let app: TestApp;
let ada: Caller;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
  ada = app.actingFor('ada');
});
afterAll(() => app.close());

const newUser = (): Caller => app.actingFor(`user ${++users}`);
const remember = async (who: Caller, content: string, more: object = {}) =>
  (await who.post('/v1/memories', { content, ...more })).body;

describe('a secret in a memory', () => {
  it('a memory with a secret is refused, and the refusal does not repeat the secret', async () => {
    const secret = ['sk', 'proj', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6'].join('-');
    for (const body of [
      { content: `My key is ${secret}` },
      { content: 'ok', metadata: { deep: [{ key: secret }] } },
    ]) {
      const refused = await ada.post('/v1/memories', body);
      expectProblem(refused, 422, 'memory.refused');
      expect(refused.text).not.toContain(secret);
    }
  });
});

describe('a secret in any text of a write', () => {
  const token = `gh${'p'}_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`;
  const hidden = [...token].join('\u200b');

  type Write = (
    who: Caller,
    id: string,
    text: string,
  ) => PromiseLike<{ status: number; text: string }>;
  const query = (text: string): string => encodeURIComponent(text);
  const FIELDS: [field: string, pointer: string, write: Write][] = [
    [
      'the content of a memory',
      '/content',
      (who, _, content) => who.post('/v1/memories', { content }),
    ],
    [
      'a tag',
      '/tags',
      (who, _, tag) => who.post('/v1/memories', { content: 'x', tags: ['a', tag] }),
    ],
    [
      'an agent',
      '/agentId',
      (who, _, agentId) => who.post('/v1/memories', { content: 'x', agentId }),
    ],
    ['a reason', '/reason', (who, _, reason) => who.post('/v1/memories', { content: 'x', reason })],
    [
      'a name in metadata',
      '/metadata',
      (who, _, name) => who.post('/v1/memories', { content: 'x', metadata: { [name]: 1 } }),
    ],
    [
      'one of many memories',
      '/memories/1/tags',
      (who, _, tag) =>
        who.post('/v1/memories', { memories: [{ content: 'x' }, { content: 'y', tags: [tag] }] }),
    ],
    [
      'a tag of a change',
      '/tags',
      (who, id, tag) => who.patch(`/v1/memories/${id}`, { tags: [tag] }),
    ],
    [
      'the reason of a change',
      '/reason',
      (who, id, reason) => who.patch(`/v1/memories/${id}`, { reason }),
    ],
    [
      'the reason of forgetting',
      '?reason',
      (who, id, reason) => who.delete(`/v1/memories/${id}?reason=${query(reason)}`),
    ],
    [
      'the reason of a rollback',
      '/reason',
      (who, _, reason) => who.post('/v1/memories/rollback', { asOf: 1, reason }),
    ],
    [
      'the reason of a rollback of one',
      '/reason',
      (who, id, reason) => who.post(`/v1/memories/${id}/rollback`, { version: 1, reason }),
    ],
    [
      'the content of a block',
      '/content',
      (who, _, content) => who.put('/v1/memory-blocks/persona', { content }),
    ],
    [
      'the reason of a block',
      '/reason',
      (who, _, reason) => who.put('/v1/memory-blocks/persona', { content: 'x', reason }),
    ],
    [
      'the agent of a block',
      '?agentId',
      (who, _, agent) =>
        who.put(`/v1/memory-blocks/persona?agentId=${query(agent)}`, { content: 'x' }),
    ],
  ];

  it.each(FIELDS)('a secret is refused in %s', async (_, pointer, write) => {
    const who = newUser();
    const { id } = await remember(who, 'Likes tea');
    for (const text of [token, hidden]) {
      const refused = await write(who, id, text);
      const { errors } = expectProblem(refused as never, 422, 'memory.refused') as {
        errors: object[];
      };
      expect(errors).toEqual([{ pointer, message: 'holds what looks like: github_token' }]);
      expect(refused.text).not.toContain(text);
    }
    expect((await who.get('/v1/memories')).body.data).toHaveLength(1);
    expect((await who.get('/v1/memory-blocks')).body.data).toEqual([]);
    expect(await tablesWith(app, token)).toEqual([]);
  });

  it('a secret is refused as the label of a block', async () => {
    expectProblem(
      await ada.put(`/v1/memory-blocks/${token}`, { content: 'x' }),
      422,
      'memory.refused',
    );
  });

  it('a secret is refused in a summary', async () => {
    const talk = await Talk.start(newUser(), [user('hello')]);
    const refused = await talk.caller.post(`${talk.path}/summaries`, {
      toSeq: 1,
      content: `They said ${hidden}`,
    });
    const { errors } = expectProblem(refused, 422, 'summary.refused') as { errors: object[] };
    expect(errors).toEqual([
      { pointer: '/content', message: 'holds what looks like: github_token' },
    ]);
    await talk.caller
      .post(`${talk.path}/summaries`, { toSeq: 1, content: 'They said hello' })
      .expect(201);
  });
});
