// Overrides of agent configurations: what users may override, and where it is applied.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import {
  createConfig,
  createRunnerUser,
  createSharedConfig,
  effectiveConfig,
  PATH,
} from '../support/effective-configs.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let names = 0;
beforeAll(async () => {
  app = await createTestApp({ MCP_STDIO_COMMANDS: '[["/opt/listed","a"]]' });
});
afterAll(() => app.close());

describe('overrides of an agent configuration', () => {
  it('are applied to every version, for this user only', async () => {
    const [ada, bea] = [await createRunnerUser(app), await createRunnerUser(app)];
    const id = await createSharedConfig(app, {
      model: { provider: 'openai', name: 'gpt-5' },
      parameters: { temperature: 0.2, seed: 1 },
      memory: { limit: 8 },
      overridable: ['/parameters', '/memory/limit', '/systemPrompt'],
    });
    const put = await ada.own
      .put(`${PATH}/${id}/overrides`, {
        parameters: { temperature: 1, seed: null, odd: true },
        memory: { limit: 2 },
        systemPrompt: 'You serve Ada.',
      })
      .expect(200);
    expect([put.headers['etag'], put.body.number]).toEqual(['"1"', 1]);
    const laid = {
      systemPrompt: 'You serve Ada.',
      parameters: { temperature: 1, extra: { odd: true } },
      memory: { enabled: true, limit: 2, blocks: true },
      overrides: 1,
    };
    expect(await effectiveConfig(ada.own, id)).toMatchObject({
      ...laid,
      version: 1,
      model: { provider: 'openai', name: 'gpt-5' },
    });
    expect((await effectiveConfig(ada.own, id)).parameters).toEqual(laid.parameters);
    expect(await effectiveConfig(bea.own, id)).toMatchObject({
      systemPrompt: 'You serve.',
      parameters: { temperature: 0.2, seed: 1 },
      overrides: null,
    });
    // As they are shown: what is under `extra` is laid over, too.
    await ada.own
      .put(`${PATH}/${id}/overrides`, { parameters: { extra: { odd: false } } })
      .expect(200);
    await ada.own
      .put(`${PATH}/${id}/overrides`, {
        parameters: { temperature: 1, seed: null, extra: { odd: true } },
        memory: { limit: 2 },
        systemPrompt: 'You serve Ada.',
      })
      .expect(200);
    laid.overrides = 3;
    await app.service.patch(`/v1/admin/agent-configs/${id}`, { tags: ['new'] }).expect(200);
    expect(await effectiveConfig(ada.own, id)).toMatchObject({
      ...laid,
      version: 2,
      tags: ['new'],
    });
    expect((await ada.own.get(`${PATH}/${id}`).expect(200)).body.systemPrompt).toBe('You serve.');
    await ada.own.delete(`${PATH}/${id}/overrides`).expect(204);
    expect(await effectiveConfig(ada.own, id)).toMatchObject({
      systemPrompt: 'You serve.',
      overrides: null,
    });
    expect((await ada.own.get(`${PATH}/${id}/overrides`).expect(200)).body).toEqual({
      number: 4,
      overrides: null,
    });
  });

  it('are refused when the result is invalid, or with an outdated If-Match', async () => {
    const { own } = await createRunnerUser(app);
    const id = await createConfig(own, { model: { provider: 'openai', name: 'gpt-5' } });
    const problem = expectProblem(
      await own.put(`${PATH}/${id}/overrides`, { parameters: { temperature: 9 } }),
      422,
      'agent_config.invalid_content',
    );
    expect(problem['errors']).toMatchObject([{ pointer: '/parameters/temperature' }]);
    expectProblem(
      await own.put(`${PATH}/${id}/overrides`, { name: 'other' }),
      422,
      'request.invalid_body',
    );
    const puts = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        own.with({ 'if-match': '"0"' }).put(`${PATH}/${id}/overrides`, { systemPrompt: `${n}` }),
      ),
    );
    expect(puts.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(19).fill(412)]);
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        own.put(`${PATH}/${id}/overrides`, { systemPrompt: `more ${n}` }).expect(200),
      ),
    );
    expect((await own.get(`${PATH}/${id}/overrides`)).body.number).toBe(11);
    expectProblem(
      await (await createRunnerUser(app)).own.put(`${PATH}/${id}/overrides`, {}),
      404,
      'agent_config.not_found',
    );
  });

  it('can override parameters under extra', async () => {
    const { own } = await createRunnerUser(app);
    const id = await createConfig(own, { parameters: { foo: 1, bar: 2 } });
    await own
      .put(`${PATH}/${id}/overrides`, { parameters: { extra: { foo: 3, bar: null } } })
      .expect(200);
    expect((await effectiveConfig(own, id)).parameters).toEqual({ extra: { foo: 3 } });
  });

  it("are deleted with the configuration, the user's own or a shared one", async () => {
    const { own } = await createRunnerUser(app);
    const id = await createSharedConfig(app);
    await own.put(`${PATH}/${id}/overrides`, { memory: { limit: 1 } }).expect(200);
    await app.service.delete(`/v1/admin/agent-configs/${id}`).expect(204);
    expect(
      (
        await app.database.admin(
          'select from threadkeep.agent_config_override where config_id = $1',
          [id],
        )
      ).rowCount,
    ).toBe(0);
  });

  it('are applied in contexts, which can be replayed with the same overrides', async () => {
    const { own } = await createRunnerUser(app);
    const id = await createConfig(own, { systemPrompt: 'One.' });
    const talk = (await own.post('/v1/conversations', { agentConfigId: id }).expect(201)).body
      .id as string;
    await own
      .post(`/v1/conversations/${talk}/messages`, { role: 'user', content: 'Hi' })
      .expect(201);
    const context = async () =>
      (await own.post(`/v1/conversations/${talk}/context`, {}).expect(200)).body;
    const prompts: string[] = [];
    const made: { messages: unknown[]; manifestId: string }[] = [];
    for (const systemPrompt of [null, 'Two.', 'Three.']) {
      if (systemPrompt) await own.put(`${PATH}/${id}/overrides`, { systemPrompt }).expect(200);
      const built = await context();
      prompts.push(built.messages[0].content as string);
      made.push(built as (typeof made)[0]);
    }
    expect(prompts).toEqual(['One.', 'Two.', 'Three.']);
    for (const { manifestId, messages } of made)
      expect(
        (await own.get(`/v1/conversations/${talk}/context/${manifestId}`).expect(200)).body
          .messages,
      ).toEqual(messages);
    expect(JSON.stringify((await context()).manifest)).toContain(`${id}@1+2`);
  });
});

describe('the overridable parts of a shared configuration', () => {
  const HOUSE = {
    model: { provider: 'openai', name: 'cheap' },
    parameters: { maxOutputTokens: 500, temperature: 0.2 },
    tools: [{ name: 'search' }],
    context: { budgetTokens: 900 },
  };
  const DEAR = { provider: 'openai', name: 'dear' };
  const put = (who: Caller, id: string, overrides: object) =>
    who.put(`${PATH}/${id}/overrides`, overrides);
  const plant = (userId: string, id: string, overrides: object) =>
    app.database.admin(
      `insert into threadkeep.agent_config_override (user_id, config_id, number, changes, author)
      select $1, $2, coalesce(max(number), 0) + 1, $3, 'test' from threadkeep.agent_config_override where user_id = $1 and config_id = $2`,
      [userId, id, JSON.stringify(overrides)],
    );

  it('are memory and a temperature from 0 to 1 by default', async () => {
    const { own } = await createRunnerUser(app);
    const id = await createSharedConfig(app, HOUSE);
    const refused: [object, string][] = [
      [{ systemPrompt: 'You have no rules.' }, '/systemPrompt'],
      [{ systemPrompt: [{ text: 'None.' }] }, '/systemPrompt'],
      [{ tools: [{ name: 'run_shell' }] }, '/tools'],
      [{ tools: [] }, '/tools'],
      [{ model: DEAR }, '/model'],
      [{ parameters: { maxOutputTokens: 501 } }, '/parameters/maxOutputTokens'],
      [{ parameters: { maxOutputTokens: 1 } }, '/parameters/maxOutputTokens'],
      [{ parameters: { maxOutputTokens: null } }, '/parameters/maxOutputTokens'],
      [{ parameters: { extra: { maxOutputTokens: 9_000 } } }, '/parameters/extra/maxOutputTokens'],
      [{ parameters: { extra: { maxOutputTokens: null } } }, '/parameters/extra/maxOutputTokens'],
      [{ parameters: { max_tokens: 9_000 } }, '/parameters/max_tokens'],
      [
        { parameters: { extra: { max_completion_tokens: 1 } } },
        '/parameters/extra/max_completion_tokens',
      ],
      [{ parameters: { 'a/b~': 1 } }, '/parameters/a~1b~0'],
      [{ parameters: { temperature: 1.1 } }, '/parameters/temperature'],
      [{ parameters: { temperature: -0.1 } }, '/parameters/temperature'],
      [{ parameters: { temperature: null } }, '/parameters/temperature'],
      [{ parameters: { extra: { temperature: 2 } } }, '/parameters/extra/temperature'],
      [{ parameters: { temperature: '1' } }, '/parameters/temperature'],
      [{ parameters: { Temperature: 1 } }, '/parameters/Temperature'],
      [{ context: { budgetTokens: 10_000_000 } }, '/context/budgetTokens'],
      [{ memory: { limit: 3 }, parameters: { temperature: 0.5, seed: 1 } }, '/parameters/seed'],
    ];
    for (const [overrides, pointer] of refused) {
      const problem = expectProblem(
        await put(own, id, overrides),
        403,
        'agent_config.not_overridable',
      );
      expect(problem['errors']).toMatchObject([{ pointer }]);
    }
    await put(own, id, {
      memory: { limit: 3, blocks: false },
      parameters: { temperature: 1 },
      model: null,
      systemPrompt: null,
      context: { budgetTokens: null },
    }).expect(200);
    expect(await effectiveConfig(own, id)).toMatchObject({
      ...HOUSE,
      systemPrompt: 'You serve.',
      parameters: { maxOutputTokens: 500, temperature: 1 },
      memory: { enabled: true, limit: 3, blocks: false },
      omittedOverrides: [],
      owners: {
        model: 'service',
        parameters: 'user',
        systemPrompt: 'service',
        tools: 'service',
        memory: 'user',
        context: 'service',
      },
    });
  });

  it('are decided by the effective version, also for overrides stored before', async () => {
    const { id: userId, own } = await createRunnerUser(app);
    const id = await createSharedConfig(app, {
      ...HOUSE,
      overridable: [
        '/systemPrompt',
        '/parameters',
        { path: '/parameters/maxOutputTokens', max: 1_000 },
      ],
    });
    const laid = { systemPrompt: 'I say.', parameters: { maxOutputTokens: 800, seed: 1 } };
    await put(own, id, laid).expect(200);
    expectProblem(
      await put(own, id, { parameters: { maxOutputTokens: 1_001 } }),
      403,
      'agent_config.not_overridable',
    );
    expectProblem(
      await put(own, id, { memory: { limit: 1 } }),
      403,
      'agent_config.not_overridable',
    );
    expect(await effectiveConfig(own, id)).toMatchObject({
      ...laid,
      version: 1,
      omittedOverrides: [],
    });
    await app.service
      .patch(`/v1/admin/agent-configs/${id}`, {
        overridable: [{ path: '/parameters/maxOutputTokens', min: 100, max: 700 }],
      })
      .expect(200);
    const omittedOverrides = [
      { path: '/systemPrompt', reason: 'not_overridable' },
      { path: '/parameters/maxOutputTokens', reason: 'out_of_bounds' },
      { path: '/parameters/seed', reason: 'not_overridable' },
    ];
    const served = await effectiveConfig(own, id);
    expect(served).toMatchObject({
      ...HOUSE,
      systemPrompt: 'You serve.',
      version: 2,
      owners: { systemPrompt: 'service', parameters: 'service' },
    });
    expect(served.omittedOverrides).toEqual(expect.arrayContaining(omittedOverrides));
    expect(await effectiveConfig(own, id, '?version=1')).toMatchObject({
      ...laid,
      version: 1,
      omittedOverrides: [],
    });
    // As from before there was a rule, whichever parts they have.
    await plant(userId, id, {
      systemPrompt: 'None.',
      tools: [{ name: 'run_shell' }],
      model: DEAR,
      parameters: { extra: { maxOutputTokens: 9_000_000, max_tokens: 1 }, temperature: 2 },
      memory: { limit: 50 },
      context: { budgetTokens: 9_000_000 },
    });
    await app.service.patch(`/v1/admin/agent-configs/${id}`, { overridable: [] }).expect(200);
    const bare = await effectiveConfig(own, id);
    expect(bare).toMatchObject({
      ...HOUSE,
      systemPrompt: 'You serve.',
      memory: { enabled: true, limit: 5, blocks: true, blocksAs: 'data' },
      version: 3,
    });
    expect(bare.omittedOverrides.map(({ path }: { path: string }) => path).sort()).toEqual(
      [
        '/context/budgetTokens',
        '/memory/limit',
        '/model',
        '/parameters/max_tokens',
        '/parameters/maxOutputTokens',
        '/parameters/temperature',
        '/systemPrompt',
        '/tools',
      ].sort(),
    );
  });

  it('also apply in contexts, which list the omitted overrides', async () => {
    const { id: userId, own } = await createRunnerUser(app);
    const id = await createSharedConfig(app, HOUSE);
    await plant(userId, id, { systemPrompt: 'None.', context: { budgetTokens: 9_000 } });
    const talk = (await own.post('/v1/conversations', { agentConfigId: id }).expect(201)).body
      .id as string;
    await own
      .post(`/v1/conversations/${talk}/messages`, { role: 'user', content: 'Hi' })
      .expect(201);
    const context = (await own.post(`/v1/conversations/${talk}/context`, {}).expect(200)).body;
    expect([
      context.messages[0].content,
      context.manifest.budgetTokens,
      context.omitted.overrides,
    ]).toEqual(['You serve.', 900, ['/systemPrompt', '/context/budgetTokens']]);
    expect(
      (await own.get(`/v1/conversations/${talk}/context/${context.manifestId}`).expect(200)).body,
    ).toEqual(context);
  });

  it("are part of the version's content, and absent for the default", async () => {
    const { own } = await createRunnerUser(app);
    const { id, digest } = (
      await app.service.post('/v1/admin/agent-configs', { name: `agent ${++names}` }).expect(201)
    ).body;
    const patch = async (changes: object) =>
      (await app.service.patch(`/v1/admin/agent-configs/${id}`, changes).expect(200)).body;
    expect(await patch({ overridable: null })).toMatchObject({
      version: 1,
      digest,
      overridable: null,
    });
    expect(await patch({ overridable: ['/tools'] })).toMatchObject({
      version: 2,
      overridable: ['/tools'],
    });
    expect(await patch({ overridable: null })).toMatchObject({
      version: 3,
      digest,
      overridable: null,
    });
    for (const wrong of [
      ['/name'],
      ['tools'],
      ['/'],
      ['/memory/all'],
      [{ path: '/tools', most: 1 }],
      '/tools',
      Array(51).fill('/tools'),
    ])
      expectProblem(
        await app.service.patch(`/v1/admin/agent-configs/${id}`, { overridable: wrong }),
        422,
        'request.invalid_body',
      );
    expectProblem(
      await own.post(PATH, { name: `agent ${++names}`, overridable: ['/tools'] }),
      422,
      'agent_config.invalid_content',
    );
    await patch({ overridable: [] });
    await app.service.post(`/v1/admin/agent-configs/${id}/share`).expect(200);
    const copy = (await own.post(`${PATH}/${id}/copy`, { name: `agent ${++names}` }).expect(201))
      .body;
    expect(copy.overridable).toBeNull();
    await put(own, copy.id as string, { systemPrompt: 'Mine.', model: DEAR }).expect(200);
    expect(await effectiveConfig(own, copy.id as string)).toMatchObject({
      systemPrompt: 'Mine.',
      owner: 'user',
      owners: { systemPrompt: 'user', tools: 'user', context: 'user' },
      omittedOverrides: [],
    });
  });
});
