// Creates, changes, lists, checks and deletes MCP servers of users and of the service.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { CountingServer } from '../support/counting-server.js';
import { answering, REFERENCE, ReferenceServer } from '../support/mcp-servers.js';
import { expectProblem } from '../support/problem.js';

interface Server {
  id: string;
  version: number;
  [field: string]: unknown;
}

const PATH = '/v1/mcp-servers';
const ADMIN = '/v1/admin/mcp-servers';
const REMOTE = { name: 'remote', transport: 'http', url: 'https://mcp.example/mcp' };
const SECRET = { secret: true };
const CANARY = 'canary-41d0c2';
/** The one command that users' servers may be started with. */
const ALLOWED = [process.execPath, REFERENCE, 'stdio'];
const COMMAND = {
  name: 'everything',
  transport: 'stdio',
  command: ALLOWED[0],
  args: ALLOWED.slice(1),
};

let app: TestApp;
let names = 0;
beforeAll(async () => {
  app = await createTestApp({
    EGRESS_ALLOW: '127.0.0.1',
    MCP_STDIO_COMMANDS: JSON.stringify([process.execPath, ALLOWED]),
    MCP_CHECK_TIMEOUT: '30',
  });
});
afterAll(() => app.close());
const newUser = (): Caller => app.actingFor(`operator ${++names}`);
const create = async (who: Caller, body: object = REMOTE, path = PATH): Promise<Server> =>
  (await who.post(path, body).expect(201)).body as Server;

async function newHouseConfig(): Promise<string> {
  const { id } = (
    await app.service.post('/v1/admin/agent-configs', { name: `house ${++names}` }).expect(201)
  ).body;
  return id as string;
}

describe('an MCP server', () => {
  it('can be created, read, listed, changed and deleted', async () => {
    const who = newUser();
    const response = await who
      .post(PATH, {
        ...REMOTE,
        transport: 'streamable-http',
        headers: { Authorization: `Bearer ${CANARY}` },
        query: { key: CANARY },
      })
      .expect(201);
    const made = response.body as Server;
    expect(made).toEqual({
      ...REMOTE,
      id: expect.any(String),
      agentConfigId: null,
      enabled: true,
      command: null,
      args: [],
      overridable: null,
      headers: { Authorization: SECRET },
      query: { key: SECRET },
      env: {},
      version: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect([response.headers['etag'], response.headers['location']]).toEqual([
      '"1"',
      `${PATH}/${made.id}`,
    ]);
    expect((await who.get(`${PATH}/${made.id}`).expect(200)).body).toEqual(made);
    await who.with({ 'if-none-match': '"1"' }).get(`${PATH}/${made.id}`).expect(304);
    expect((await who.get(`${PATH}?filter[transport]=http`).expect(200)).body.data).toEqual([made]);
    const disabled = (
      await who
        .with({ 'if-match': '"1"' })
        .patch(`${PATH}/${made.id}`, { enabled: false, name: 'other' })
        .expect(200)
    ).body;
    expect(disabled).toMatchObject({
      enabled: false,
      name: 'other',
      version: 2,
      headers: { Authorization: SECRET },
    });
    expect(
      expectProblem(
        await who.with({ 'if-match': '"1"' }).patch(`${PATH}/${made.id}`, { enabled: true }),
        412,
        'request.precondition_failed',
      ),
    ).toMatchObject({ version: 2 });
    expectProblem(
      await who.with({ 'if-match': '"1"' }).delete(`${PATH}/${made.id}`),
      412,
      'request.precondition_failed',
    );
    await who.with({ 'if-match': '"2"' }).delete(`${PATH}/${made.id}`).expect(204);
    expectProblem(await who.get(`${PATH}/${made.id}`), 404, 'mcp_server.not_found');
  });

  it('belongs to all configurations or to one, has a unique name there, and is deleted with its configuration', async () => {
    const [who, other] = [newUser(), newUser()];
    const config = (await who.post('/v1/agent-configs', { name: 'Own' }).expect(201)).body;
    await create(who);
    const ofConfig = await create(who, { ...REMOTE, agentConfigId: config.id });
    for (const agentConfigId of [null, config.id])
      expectProblem(
        await who.post(PATH, { ...REMOTE, agentConfigId }),
        409,
        'mcp_server.name_taken',
      );
    expectProblem(
      await other.post(PATH, { ...REMOTE, agentConfigId: config.id }),
      422,
      'mcp_server.agent_config_not_found',
    );
    await who.delete(`/v1/agent-configs/${config.id}`).expect(204);
    expectProblem(await who.get(`${PATH}/${ofConfig.id}`), 404, 'mcp_server.not_found');
    expect((await who.get(PATH).expect(200)).body.data).toHaveLength(1);
  });

  it('is refused as the 101st of a user', async () => {
    const who = newUser();
    for (let i = 0; i < 100; i++) await create(who, { ...REMOTE, name: `n${i}` });
    expectProblem(await who.post(PATH, REMOTE), 422, 'mcp_server.too_many');
  });

  it('keeps all of 50 concurrent edits, and with If-Match one', async () => {
    const who = newUser();
    const { id } = await create(who);
    const edits = Array.from({ length: 50 }, (_, i) =>
      who.with({ 'if-match': '"1"' }).patch(`${PATH}/${id}`, { headers: { [`X-${i}`]: 'value' } }),
    );
    const statuses = (await Promise.all(edits)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array<number>(49).fill(412)]);
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        who.patch(`${PATH}/${id}`, { query: { [`q${i}`]: 'value' } }).expect(200),
      ),
    );
    expect(Object.keys((await who.get(`${PATH}/${id}`)).body.query as object)).toHaveLength(10);
  });

  const wrong: [string, object, string][] = [
    ['no transport of ours', { ...REMOTE, transport: 'carrier-pigeon' }, '/transport'],
    ['a name with a blank', { ...REMOTE, name: 'a b' }, '/name'],
    ['a field that is none', { ...REMOTE, token: 'x' }, '/token'],
    ['no URL', { name: 'x', transport: 'sse' }, '/url'],
    ['a command for a URL', { ...REMOTE, command: 'node' }, '/command'],
    [
      'a URL for a command',
      { name: 'x', transport: 'stdio', command: 'node', url: REMOTE.url },
      '/url',
    ],
    ['an environment for a URL', { ...REMOTE, env: { A: 'b' } }, '/env'],
    ['a header with a line break', { ...REMOTE, headers: { 'X-A': 'a\r\nX-B: b' } }, '/headers'],
    [
      'a header that the connection sets',
      { ...REMOTE, headers: { Host: 'other.example' } },
      '/headers',
    ],
    [
      'a variable that changes the command',
      { ...COMMAND, env: { NODE_OPTIONS: '--import=x' } },
      '/env',
    ],
    [
      'a header in two spellings',
      { ...REMOTE, headers: { Authorization: 'a', authorization: 'b' } },
      '/headers/authorization',
    ],
    ['a header without a name', { ...REMOTE, headers: { '': 'a' } }, '/headers'],
    ['a query that no address can take', { ...REMOTE, query: { key: 'é'.repeat(400) } }, '/query'],
    [
      'secrets that are too large together',
      {
        ...REMOTE,
        headers: Object.fromEntries(
          Array.from({ length: 20 }, (_, n) => [`X-${n}`, 'x'.repeat(10_000)]),
        ),
      },
      '/headers',
    ],
    [
      'a URL that is long in its plain spelling',
      { ...REMOTE, url: `https://mcp.example/${'é'.repeat(500)}` },
      '/url',
    ],
    [
      'a variable that says where to connect',
      { ...COMMAND, env: { API_URL: 'https://evil.example' } },
      '/env',
    ],
    ['being one that may take its own place', { ...REMOTE, overridable: true }, '/overridable'],
    ['a variable with a bad name', { ...COMMAND, env: { 'A=B': 'c' } }, '/env'],
    ['a secret that is not there', { ...REMOTE, headers: { 'X-A': SECRET } }, '/headers/X-A'],
    ['a query in the URL', { ...REMOTE, url: 'https://mcp.example/mcp?key=secret' }, '/url'],
  ];

  it.each(wrong)('is refused with a pointer for %s', async (_what, body, pointer) => {
    const response = await newUser().post(PATH, body);
    expect([
      response.status,
      [...new Set((response.body.errors as { pointer: string }[]).map((one) => one.pointer))],
    ]).toEqual([422, [pointer]]);
  });
});

describe('POST /v1/mcp-servers/:id/check', () => {
  const servers: (ReferenceServer | CountingServer)[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  it('lists the tools of the reference server over HTTP and SSE', async () => {
    const who = newUser();
    for (const [mode, transport, path] of [
      ['streamableHttp', 'http', 'mcp'],
      ['sse', 'sse', 'sse'],
    ] as const) {
      const reference = await ReferenceServer.start(mode);
      servers.push(reference);
      const { id } = await create(who, {
        name: mode,
        transport,
        url: `http://127.0.0.1:${reference.port}/${path}`,
        headers: { Authorization: `Bearer ${CANARY}` },
        query: { key: CANARY },
      });
      const { body } = await who.post(`${PATH}/${id}/check`).expect(200);
      expect(body).toMatchObject({
        ok: true,
        serverInfo: { name: expect.stringContaining('everything') },
      });
      expect(body.tools.map(({ name }: { name: string }) => name)).toContain('echo');
    }
  });

  it('starts a listed command for the service, and for a user only with the listed arguments', async () => {
    const house = await create(
      app.service,
      { ...COMMAND, agentConfigId: await newHouseConfig(), env: { KEY: CANARY } },
      ADMIN,
    );
    expect((await app.service.post(`${ADMIN}/${house.id}/check`).expect(200)).body).toMatchObject({
      ok: true,
      tools: expect.arrayContaining([expect.objectContaining({ name: 'echo' })]),
    });
    const strange = await create(
      app.service,
      { ...COMMAND, name: 'shell', command: '/bin/sh', agentConfigId: house['agentConfigId'] },
      ADMIN,
    );
    expect((await app.service.post(`${ADMIN}/${strange.id}/check`).expect(200)).body).toMatchObject(
      { ok: false, reason: 'not_allowed' },
    );
    const who = newUser();
    const own = await create(who, { ...COMMAND, env: { API_KEY: CANARY } });
    expect((await who.post(`${PATH}/${own.id}/check`).expect(200)).body).toMatchObject({
      ok: true,
      tools: expect.arrayContaining([expect.objectContaining({ name: 'echo' })]),
    });
    // What was saved before the operator allowed less is looked at again.
    for (const args of ['{}', `{${REFERENCE}}`, `{-e,"${CANARY}"}`]) {
      await app.database.admin('update threadkeep.mcp_server set args = $1 where id = $2', [
        args,
        own.id,
      ]);
      expect((await who.post(`${PATH}/${own.id}/check`).expect(200)).body).toMatchObject({
        ok: false,
        reason: 'not_allowed',
      });
    }
  });

  it('sends the secrets to the server, and redacts them in its answers', async () => {
    const seen: (string | undefined)[] = [];
    const answer = answering(() => ({
      tools: [
        {
          name: 'leak',
          description: `I was told ${CANARY}`,
          inputSchema: { type: 'object', title: CANARY },
        },
      ],
    }));
    const leaky = await CountingServer.start((request, response) => {
      seen.push(request.headers.authorization, request.url);
      return answer(request, response);
    });
    servers.push(leaky);
    const who = newUser();
    const { id } = await create(who, {
      ...REMOTE,
      url: new URL(leaky.url).href,
      headers: { Authorization: `Bearer ${CANARY}` },
      query: { key: 'a b' },
    });
    const { text } = await who.post(`${PATH}/${id}/check`).expect(200);
    expect(JSON.parse(text)).toMatchObject({
      ok: true,
      tools: [{ name: 'leak', description: 'I was told ***' }],
    });
    expect(text).not.toContain(CANARY);
    expect(seen.slice(0, 2)).toEqual([`Bearer ${CANARY}`, expect.stringContaining('?key=a+b')]);
  });
});

describe('an MCP server of the service', () => {
  it('belongs to all its configurations or to one, and users cannot read it', async () => {
    const agentConfigId = await newHouseConfig();
    const forAll = await create(app.service, REMOTE, ADMIN);
    expectProblem(await app.service.post(ADMIN, REMOTE), 409, 'mcp_server.name_taken');
    const made = await create(
      app.service,
      { ...REMOTE, agentConfigId, headers: { A: CANARY } },
      ADMIN,
    );
    expectProblem(await newUser().get(`${PATH}/${made.id}`), 404, 'mcp_server.not_found');
    expect(
      (await app.service.get(`${ADMIN}?filter[agentConfigId]=${agentConfigId}`).expect(200)).body
        .data,
    ).toEqual([made]);
    await app.service.delete(`/v1/admin/agent-configs/${agentConfigId}`).expect(204);
    expectProblem(await app.service.get(`${ADMIN}/${made.id}`), 404, 'mcp_server.not_found');
    await app.service.delete(`${ADMIN}/${forAll.id}`).expect(204);
  });
});
