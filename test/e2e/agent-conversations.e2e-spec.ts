// Conversations that are led with an agent configuration: pinned or following, in their contexts, and what holds the configuration.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { textsOf } from '../support/recalled-texts.js';
import { Talk, user } from '../support/talks.js';

const PATH = '/v1/agent-configs';

let app: TestApp;
let count = 0;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());
const newUser = (): Caller => app.actingFor(`led ${++count}`);
const create = async (who: Caller, body: object): Promise<string> =>
  ((await who.post(PATH, { name: `agent ${++count}`, ...body }).expect(201)).body as { id: string })
    .id;

async function ledTalk(who: Caller, pin: object): Promise<Talk> {
  const talk = await Talk.start(who, [user('What do I like?')]);
  await who.patch(talk.path, pin).expect(200);
  return talk;
}

describe('the agent configuration of a conversation', () => {
  it('is pinned to the newest or a given version, or follows an alias', async () => {
    const who = newUser();
    const agentConfigId = await create(who, { systemPrompt: 'one' });
    await who.patch(`${PATH}/${agentConfigId}`, { systemPrompt: 'two' }).expect(200);
    await who.put(`${PATH}/${agentConfigId}/aliases/prod`, { version: 1 }).expect(200);
    const start = async (pin: object) =>
      (await who.post('/v1/conversations', { agentConfigId, ...pin }).expect(201)).body as Record<
        string,
        unknown
      >;
    expect(await start({})).toMatchObject({
      agentConfigId,
      agentConfigVersion: 2,
      agentConfigAlias: null,
    });
    expect(await start({ agentConfigVersion: 1 })).toMatchObject({ agentConfigVersion: 1 });
    const following = await start({ agentConfigAlias: 'prod' });
    expect(following).toMatchObject({ agentConfigVersion: null, agentConfigAlias: 'prod' });
    const { data } = (
      await who.get(`/v1/conversations?filter[agentConfigId]=${agentConfigId}`).expect(200)
    ).body as { data: unknown[] };
    expect(data).toHaveLength(3);
    const fork = (await who.post(`/v1/conversations/${following['id'] as string}/fork`).expect(201))
      .body as object;
    expect(fork).toMatchObject({ agentConfigId, agentConfigAlias: 'prod' });
    expect(
      (
        await who
          .patch(`/v1/conversations/${following['id'] as string}`, { agentConfigId: null })
          .expect(200)
      ).body,
    ).toMatchObject({ agentConfigId: null, agentConfigAlias: null });
  });

  it('is refused when the user cannot read the configuration, version or alias', async () => {
    const [who, other] = [newUser(), newUser()];
    const agentConfigId = await create(other, {});
    const own = await create(who, {});
    for (const body of [
      { agentConfigId },
      { agentConfigId: own, agentConfigVersion: 9 },
      { agentConfigId: own, agentConfigAlias: 'none' },
    ]) {
      expectProblem(
        await who.post('/v1/conversations', body),
        422,
        'conversation.agent_config_not_found',
      );
    }
    expectProblem(
      await who.post('/v1/conversations', { agentConfigVersion: 1 }),
      422,
      'conversation.agent_config_id_required',
    );
    expectProblem(
      await who.post('/v1/conversations', {
        agentConfigId: own,
        agentConfigVersion: 1,
        agentConfigAlias: 'prod',
      }),
      422,
      'agent_config.ambiguous',
    );
  });

  it('cannot be deleted while in use, except with force=true', async () => {
    const who = newUser();
    const agentConfigId = await create(who, { systemPrompt: 'You are Kit.' });
    const talk = await ledTalk(who, { agentConfigId });
    expect(
      expectProblem(await who.delete(`${PATH}/${agentConfigId}`), 409, 'agent_config.in_use'),
    ).toMatchObject({ conversations: 1 });
    expect(textsOf(await talk.context())).toContain('You are Kit.');
    await who.delete(`${PATH}/${agentConfigId}?force=true`).expect(204);
    expect((await who.get(talk.path)).body).toMatchObject({ agentConfigId: null });
    expect(textsOf(await talk.context())).toEqual(['What do I like?']);
  });

  it('is deleted with its user', async () => {
    const who = newUser();
    const { id } = (await app.service.post('/v1/users', { externalId: `led ${count}` }).expect(201))
      .body as { id: string };
    const agentConfigId = await create(who, {});
    await ledTalk(who, { agentConfigId });
    await app.service.delete(`/v1/users/${id}`).expect(204);
    expect(
      (await app.database.admin('select from threadkeep.agent_config where user_id = $1', [id]))
        .rowCount,
    ).toBe(0);
  });
});

describe('a context with an agent configuration', () => {
  it("starts with the version's system prompt, names it in the manifest, and follows an alias at once", async () => {
    const who = newUser();
    const agentConfigId = await create(who, {
      systemPrompt: [{ text: 'You are Kit.' }, { text: 'Be brief.' }],
    });
    await who.put(`${PATH}/${agentConfigId}/aliases/prod`, { version: 1 }).expect(200);
    const talk = await ledTalk(who, { agentConfigId, agentConfigAlias: 'prod' });
    const first = await talk.context();
    expect(textsOf(first)).toEqual(['You are Kit.\n\nBe brief.', 'What do I like?']);
    expect(first.manifest.sources).toMatchObject([
      { part: 'agentConfig', ref: `${agentConfigId}@1` },
    ]);
    await who.patch(`${PATH}/${agentConfigId}`, { systemPrompt: 'You are Kat.' }).expect(200);
    expect((await talk.context()).prefixSha256).toBe(first.prefixSha256);
    await who.put(`${PATH}/${agentConfigId}/aliases/prod`, { version: 2 }).expect(200);
    expect(textsOf(await talk.context())[0]).toBe('You are Kat.');
    await who.post(`${PATH}/${agentConfigId}/aliases/prod/rollback`).expect(200);
    expect(textsOf(await talk.context())[0]).toBe('You are Kit.\n\nBe brief.');
    expect(
      textsOf(
        (await talk.ask({ manifestId: first.manifestId, budgetTokens: undefined }).expect(200))
          .body,
      ),
    ).toEqual(textsOf(first));
  });

  it("has memories and blocks by the configuration's policy, those of the agent included", async () => {
    const who = newUser();
    const agentConfigId = await create(who, { memory: { limit: 2 } });
    const other = await create(who, { memory: { blocks: false, limit: 0 } });
    for (const [content, agentId] of [
      ['I like tea', null],
      ['I like boats', agentConfigId],
      ['I like snakes', other],
    ] as const)
      await who.post('/v1/memories', { content, agentId }).expect(201);
    await who.put('/v1/memory-blocks/persona', { content: 'for all' }).expect(200);
    const talk = await ledTalk(who, { agentConfigId });
    expect(textsOf(await talk.context()).sort()).toEqual([
      'I like boats',
      'I like tea',
      'What do I like?',
      'persona:\nfor all',
    ]);
    await who
      .put(`/v1/memory-blocks/persona?agentId=${agentConfigId}`, { content: 'for this one' })
      .expect(200);
    expect(textsOf(await talk.context()).join()).not.toContain('for all');
    expect(textsOf(await talk.context()).join()).toContain('for this one');
    const voiced = await create(who, { memory: { blocksAs: 'system' } });
    await who.patch(talk.path, { agentConfigId: voiced }).expect(200);
    const asSystem = await talk.context();
    expect(asSystem.messages).toContainEqual({
      role: 'system',
      content: 'persona:\nfor all',
    });
    expect(
      (await talk.ask({ manifestId: asSystem.manifestId, budgetTokens: undefined }).expect(200))
        .body.messages,
    ).toEqual(asSystem.messages);
    await who.patch(talk.path, { agentConfigId: other }).expect(200);
    expect(textsOf(await talk.context())).toEqual(['What do I like?']);
    expect(textsOf(await talk.context({ memories: { limit: 5 } })).sort()).toEqual([
      'I like snakes',
      'I like tea',
      'What do I like?',
    ]);
  });
});
