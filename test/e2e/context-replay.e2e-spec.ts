// Contexts are reproduced from their manifests: the same bytes, or the names of what has been
// erased.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { assistant, chat, system, Talk, user } from '../support/talks.js';

let app: TestApp;
let ada: Caller;
let bob: Caller;
beforeAll(async () => {
  app = await createTestApp();
  [ada, bob] = [app.actingFor('ada'), app.actingFor('bob')];
});
afterAll(() => app.close());

const idIn = (text: string) => (JSON.parse(text) as { manifestId: string }).manifestId;
const NOBODYS = '00000000-0000-7000-8000-0000000000ff';

/** Has system messages, pinned messages, tool calls, and more than the budget holds. */
const history = () => [
  system('Be kind.'),
  ...chat(30),
  user('Remember: tea. \u2028 "é漢👍"', { pinned: true }),
  system('It is late.'),
  assistant([
    { type: 'text', text: 'Let me see.' },
    { type: 'tool_call', id: 'c1', name: 'weather', arguments: { b: 1, a: [1.5, null] } },
  ]),
  { role: 'tool', content: [{ type: 'tool_result', tool_call_id: 'c1', content: { z: 1, a: 2 } }] },
  assistant([{ type: 'tool_call', id: 'c2', name: 'nobody answered', arguments: {} }]),
  ...chat(9),
];

const requests = ['openai', 'anthropic'].flatMap((format) =>
  [60, 600, 100_000].map((budgetTokens) => [format, budgetTokens] as const),
);

describe('a context reproduced from its manifest', () => {
  it.each(requests)(
    'a reproduced context has the same bytes for %s in %d tokens, whatever was written since',
    async (format, budgetTokens) => {
      const talk = await Talk.start(ada, history());
      await talk.summary(10, 'They talked of this and that.');
      const first = await talk.contextText({ format, budgetTokens });
      const again = async () => [
        (await talk.repeat(idIn(first)).expect(200)).text,
        (await ada.post(`${talk.path}/context`, { manifestId: idIn(first) }).expect(200)).text,
      ];
      expect(await again()).toEqual([first, first]);
      await talk.say(...chat(80), system('It is later.'), user('pin', { pinned: true }));
      await talk.summary(40, 'They talked on.');
      expect(await again()).toEqual([first, first]);
      await talk.summary(60, 'All of it.', { compact: true });
      expect(await again()).toEqual([first, first]);
      expect(await talk.contextText({ format, budgetTokens })).not.toBe(first);
    },
  );

  it('a key that may only read can reproduce a context, which is JSON', async () => {
    const talk = await Talk.start(ada, [user('Hello')]);
    const { manifestId } = await talk.context();
    const { body: me } = await ada.get('/v1/users/me').expect(200);
    const { body } = await app.service
      .post('/v1/api-keys', { userId: (me as { id: string }).id, readOnly: true })
      .expect(201);
    const reader = talk.as(
      app.anonymous.with({ authorization: `Bearer ${(body as { key: string }).key}` }),
    );
    const { headers } = await reader.repeat(manifestId).expect(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expectProblem(await reader.ask(), 403, 'access.read_only');
  });

  it('a reproduced context has the counts of the first time', async () => {
    const talk = await Talk.start(ada, chat(50));
    await talk.summary(30, 'They talked.');
    const first = await talk.context({ budgetTokens: 500 });
    await talk.say(...chat(10));
    const { body } = await talk.repeat(first.manifestId).expect(200);
    expect(body).toEqual(first);
    expect(first.omitted.summarised).toBeGreaterThan(0);
    expect(first.manifest.lastSeq).toBe(50);
  });

  it('a context with a deleted summary names it', async () => {
    const talk = await Talk.start(ada, chat(50));
    const summaryId = await talk.summary(30, 'They talked.');
    const without = await talk.context({ include: [] });
    const { manifestId } = await talk.context({ budgetTokens: 500 });
    await talk.removeSummary(summaryId).expect(204);
    for (const request of [
      talk.repeat(manifestId),
      ada.post(`${talk.path}/context`, { manifestId }),
    ]) {
      expect(expectProblem(await request, 410, 'context.erased')['erased']).toEqual([
        { summary: summaryId },
      ]);
    }
    await talk.repeat(without.manifestId).expect(200);
  });

  it('a context with a deleted compaction names it', async () => {
    const talk = await Talk.start(ada, chat(10));
    const summaryId = await talk.summary(4, 'They talked.', { compact: true });
    const { manifestId } = await talk.context({ format: 'anthropic' });
    await talk.removeSummary(summaryId).expect(204);
    expect(expectProblem(await talk.repeat(manifestId), 410, 'context.erased')['erased']).toEqual([
      { summary: summaryId },
    ]);
  });

  it('a context that would have other bytes is refused', async () => {
    const talk = await Talk.start(ada, [user('Hello')]);
    const { manifestId, manifest } = await talk.context();
    await app.database.admin(
      'update threadkeep.message set content = $1 where conversation_id = $2',
      ['Goodbye', talk.id],
    );
    expect(
      expectProblem(await talk.repeat(manifestId), 409, 'context.not_reproducible'),
    ).toMatchObject({ contentSha256: manifest.contentSha256 });
  });

  it('a purge of the conversation removes its manifests', async () => {
    const talk = await Talk.start(ada, [user('Hello')]);
    const { manifestId } = await talk.context();
    await ada.delete(`${talk.path}?purge=true`).expect(200);
    expectProblem(await talk.repeat(manifestId), 404, 'context.manifest_not_found');
    await ada.post(`${talk.path}/messages?createIfMissing=true`, user('Again')).expect(201);
    expectProblem(await talk.repeat(manifestId), 404, 'context.manifest_not_found');
  });
});

describe('a manifest of another user or conversation, or of none', () => {
  const answerOf = async (request: PromiseLike<Parameters<typeof expectProblem>[0]>) => {
    const problem = expectProblem(await request, 404, 'context.manifest_not_found');
    return Object.entries(problem).filter(([name]) => !['instance', 'requestId'].includes(name));
  };

  it("every manifest that is not the conversation's is the same 404", async () => {
    const talk = await Talk.start(ada, [user('Hello')]);
    const [other, bobs] = [
      await Talk.start(ada, [user('other')]),
      await Talk.start(bob, [user('of Bob')]),
    ];
    const { manifestId } = await talk.context();
    const expected = await answerOf(bobs.repeat(NOBODYS));
    const attempts = [
      bobs.repeat(manifestId),
      talk.as(bob).repeat(manifestId),
      other.repeat(manifestId),
      bob.post(`${bobs.path}/context`, { manifestId }),
      bob.post(`${talk.path}/context`, { manifestId }),
      bob.get(`/v1/conversations/${NOBODYS}/context/${manifestId}`),
    ];
    for (const attempt of attempts) expect(await answerOf(attempt)).toEqual(expected);
    await talk.repeat(manifestId).expect(200);
  });

  it('a manifest is not returned to a user who has a conversation of the same id', async () => {
    const talk = await Talk.start(ada, [user('Hello')]);
    const bobs = talk.as(bob);
    await bob.post(`${bobs.path}/messages?createIfMissing=true`, user('of Bob')).expect(201);
    await answerOf(bobs.repeat((await talk.context()).manifestId));
  });
});
