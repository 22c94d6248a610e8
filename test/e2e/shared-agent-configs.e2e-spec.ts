// Configurations of the service: users read, run and copy those that are shared, and nobody but the service changes any.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { testRoles, withClient } from '../support/database.js';
import { expectProblem } from '../support/problem.js';

const PATH = '/v1/agent-configs';
const ADMIN = '/v1/admin/agent-configs';

let app: TestApp;
let service: Caller;
let names = 0;
beforeAll(async () => {
  app = await createTestApp();
  ({ service } = app);
});
afterAll(() => app.close());
const newUser = (): Caller => app.actingFor(`reader ${++names}`);

async function create({ shared = true, ...body }: Record<string, unknown> = {}): Promise<string> {
  const { id } = (
    await service
      .post(ADMIN, { name: `house agent ${++names}`, systemPrompt: 'You serve.', ...body })
      .expect(201)
  ).body;
  if (shared) await service.post(`${ADMIN}/${id}/share`).expect(200);
  return id as string;
}

const listed = async (who: Caller, path: string): Promise<string[]> =>
  (await who.get(path).expect(200)).body.data.map(({ id }: { id: string }) => id);

describe('an agent configuration of the service', () => {
  it("supports versions, diffs, aliases and copies like a user's", async () => {
    const response = await service.post(ADMIN, { name: 'House', systemPrompt: 'One' }).expect(201);
    const { id } = response.body;
    expect([response.headers['location'], response.body.shared]).toEqual([`${ADMIN}/${id}`, false]);
    await service
      .with({ 'if-match': '"1"' })
      .patch(`${ADMIN}/${id}`, { systemPrompt: 'Two' })
      .expect(200);
    expectProblem(
      await service.with({ 'if-match': '"1"' }).patch(`${ADMIN}/${id}`, { systemPrompt: 'Three' }),
      412,
      'request.precondition_failed',
    );
    expect((await service.get(`${ADMIN}/${id}/diff?from=1`).expect(200)).body.changes).toEqual([
      { op: 'replace', path: '/systemPrompt', from: 'One', to: 'Two' },
    ]);
    for (const version of [1, 2])
      await service.put(`${ADMIN}/${id}/aliases/prod`, { version }).expect(200);
    expect(
      (await service.post(`${ADMIN}/${id}/aliases/prod/rollback`).expect(200)).body.targets,
    ).toEqual([{ version: 1, percent: 100 }]);
    expect(
      (await service.post(`${ADMIN}/${id}/copy`, { name: 'House, too' }).expect(201)).body,
    ).toMatchObject({ version: 1, systemPrompt: 'Two', shared: false });
    expectProblem(await service.post(ADMIN, { name: 'House' }), 409, 'agent_config.name_taken');
    expect(await listed(service, `${ADMIN}?filter[name]=House`)).toEqual([id]);
  });

  it('is visible to users only while it is shared', async () => {
    const [who, id] = [newUser(), await create({ shared: false })];
    const absent = async () => {
      for (const path of ['', '/versions', '/diff?from=1', '/aliases', '/effective'])
        expectProblem(await who.get(`${PATH}/${id}${path}`), 404, 'agent_config.not_found');
      expect(await listed(who, `${PATH}/shared`)).not.toContain(id);
    };
    await absent();
    await service.post(`${ADMIN}/${id}/share`).expect(200);
    expect((await who.get(`${PATH}/${id}`).expect(200)).body).toMatchObject({
      id,
      shared: true,
      systemPrompt: 'You serve.',
      author: 'service',
    });
    expect(await listed(who, `${PATH}/shared`)).toContain(id);
    expect(await listed(who, PATH)).toEqual([]);
    expect((await who.get(`${PATH}/${id}/versions`).expect(200)).body.data).toHaveLength(1);
    const { updatedAt } = (await service.post(`${ADMIN}/${id}/share`).expect(200)).body;
    expect((await service.post(`${ADMIN}/${id}/share`).expect(200)).body.updatedAt).toBe(updatedAt);
    await service.post(`${ADMIN}/${id}/unshare`).expect(200);
    await absent();
  });

  it('cannot be changed by users, who can copy it', async () => {
    const [who, id] = [newUser(), await create()];
    await service.put(`${ADMIN}/${id}/aliases/prod`, { version: 1 }).expect(200);
    const changes = [
      who.patch(`${PATH}/${id}`, { systemPrompt: 'Mine' }),
      who.delete(`${PATH}/${id}`),
      who.put(`${PATH}/${id}/aliases/prod`, { version: 1 }),
      who.delete(`${PATH}/${id}/aliases/prod`),
      who.post(`${PATH}/${id}/aliases/prod/rollback`),
    ];
    for (const change of changes) expectProblem(await change, 403, 'agent_config.read_only');
    const copy = (await who.post(`${PATH}/${id}/copy`, { name: 'Mine' }).expect(201)).body;
    expect(copy).toMatchObject({ name: 'Mine', systemPrompt: 'You serve.', shared: null });
    await who.patch(`${PATH}/${copy.id}`, { systemPrompt: 'I serve.' }).expect(200);
    expect((await who.get(`${PATH}/${id}`)).body.version).toBe(1);
  });

  it("is separate: the admin routes do not find a user's configuration", async () => {
    const { id } = (await newUser().post(PATH, { name: 'Own' }).expect(201)).body;
    expectProblem(await service.get(`${ADMIN}/${id}`), 404, 'agent_config.not_found');
    expectProblem(
      await service.patch(`${ADMIN}/${id}`, { systemPrompt: 'x' }),
      404,
      'agent_config.not_found',
    );
  });

  it('cannot be written by a user in the database', async () => {
    const id = await create();
    await withClient(
      app.database.adminUrl,
      async (client) => {
        const refused = (sql: string) =>
          expect(client.query(sql, [id])).rejects.toMatchObject({ code: '42501' });
        await refused('update threadkeep.service_agent_config set shared = true where id = $1');
        await refused('delete from threadkeep.service_agent_config_version where config_id = $1');
        await refused(
          `insert into threadkeep.service_agent_config_move (config_id, alias, number, targets, author) values ($1, 'x', 1, '[]', 'x')`,
        );
      },
      { options: `-c role=${testRoles().app}` },
    );
  });
});

describe('a conversation that uses a shared configuration', () => {
  const prompts = async (who: Caller, id: string): Promise<string[]> =>
    (
      await who.post(`/v1/conversations/${id}/context`, { budgetTokens: 1_000 }).expect(200)
    ).body.messages.map(({ content }: { content: string }) => content);

  it('pins a version or follows an alias, has the prompt in contexts, and keeps it in forks', async () => {
    const [who, id] = [newUser(), await create()];
    await service.put(`${ADMIN}/${id}/aliases/prod`, { version: 1 }).expect(200);
    const talk = (
      await who
        .post('/v1/conversations', { agentConfigId: id, agentConfigAlias: 'prod' })
        .expect(201)
    ).body;
    expect(talk).toMatchObject({
      agentConfigId: id,
      agentConfigVersion: null,
      agentConfigAlias: 'prod',
    });
    expect(
      (await who.get(`/v1/conversations?filter[agentConfigId]=${id}`).expect(200)).body.data,
    ).toMatchObject([{ id: talk.id, agentConfigId: id }]);
    await who
      .post(`/v1/conversations/${talk.id}/messages`, { role: 'user', content: 'Hello' })
      .expect(201);
    expect(await prompts(who, talk.id)).toEqual(['You serve.', 'Hello']);
    await service.patch(`${ADMIN}/${id}`, { systemPrompt: 'You serve well.' }).expect(200);
    await service.put(`${ADMIN}/${id}/aliases/prod`, { version: 2 }).expect(200);
    expect(await prompts(who, talk.id)).toEqual(['You serve well.', 'Hello']);
    expect(
      (await who.post(`/v1/conversations/${talk.id}/fork`, {}).expect(201)).body,
    ).toMatchObject({ agentConfigId: id, agentConfigAlias: 'prod' });
    await service.post(`${ADMIN}/${id}/unshare`).expect(200);
    expect(await prompts(who, talk.id)).toEqual(['Hello']);
  });

  it("can switch between the user's own configuration and a shared one", async () => {
    const [who, id] = [newUser(), await create()];
    const own = (await who.post(PATH, { name: 'Own' }).expect(201)).body;
    const talk = (await who.post('/v1/conversations', { agentConfigId: own.id }).expect(201)).body;
    const led = async (agentConfigId: string | null) =>
      (await who.patch(`/v1/conversations/${talk.id}`, { agentConfigId }).expect(200)).body
        .agentConfigId as string | null;
    for (const next of [id, own.id, id, null]) expect(await led(next)).toBe(next);
    expectProblem(
      await who.post('/v1/conversations', { agentConfigId: await create({ shared: false }) }),
      422,
      'conversation.agent_config_not_found',
    );
  });

  it('prevents its deletion, except with force=true', async () => {
    const [ada, bea, id] = [newUser(), newUser(), await create()];
    const talks = [];
    for (const who of [ada, bea])
      talks.push([
        who,
        (await who.post('/v1/conversations', { agentConfigId: id }).expect(201)).body.id,
      ] as const);
    expect(
      expectProblem(await service.delete(`${ADMIN}/${id}`), 409, 'agent_config.in_use'),
    ).toMatchObject({ conversations: 2 });
    await service.delete(`${ADMIN}/${id}?force=true`).expect(204);
    for (const [who, talk] of talks)
      expect((await who.get(`/v1/conversations/${talk}`).expect(200)).body).toMatchObject({
        agentConfigId: null,
        agentConfigVersion: null,
      });
  });
});
