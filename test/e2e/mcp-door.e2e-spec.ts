// The published MCP client calls the server at /mcp.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let url: string;
beforeAll(async () => {
  app = await createTestApp({ CORS_ORIGINS: 'https://app.example.com' });
  url = `${await app.listen()}/mcp`;
});
afterAll(() => app.close());

const clients: Client[] = [];
/** What clients report beside the failures of calls. */
const errors: Error[] = [];
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  expect(errors).toEqual([]);
});

async function connect(headers: Record<string, string>): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  client.onerror = (error) => errors.push(error);
  await client.connect(
    new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }),
  );
  clients.push(client);
  return client;
}
const connectAs = (name: string) =>
  connect({ authorization: `Bearer ${app.serviceKey}`, 'threadkeep-user': name });

interface Answered {
  isError: boolean;
  text: string;
  json: <T>() => T;
}
async function callTool(client: Client, name: string, args: object = {}): Promise<Answered> {
  const result = await client.callTool({ name, arguments: { ...args } });
  const [{ text }] = result.content as [{ text: string }];
  return { isError: result.isError === true, text, json: <T>() => JSON.parse(text) as T };
}
interface Listed {
  id: string;
  content: string;
}
const memoriesOf = async (client: Client, query: string) =>
  (await callTool(client, 'search_memories', { query })).json<{ memories: Listed[] }>().memories;

async function remember(client: Client, content: string): Promise<string> {
  const added = await callTool(client, 'add_memory', { content });
  expect(added).toMatchObject({ isError: false });
  return added.json<{ memory: Listed }>().memory.id;
}

async function say(caller: Caller, content: string): Promise<{ conversation: string; id: string }> {
  const { id: conversation } = (await caller.post('/v1/conversations').expect(201)).body as Listed;
  const path = `/v1/conversations/${conversation}/messages`;
  const { body } = await caller.post(path, { role: 'user', content }).expect(201);
  return { conversation, id: (body as { data: Listed[] }).data[0]!.id };
}

const key = async (body: object) =>
  (
    (await app.service.post('/v1/api-keys', { name: 'mcp', ...body }).expect(201)).body as {
      key: string;
    }
  ).key;

it('introduces itself, and offers tools with their effects', async () => {
  const client = await connectAs('ada');
  expect(client.getServerVersion()).toMatchObject({ name: 'threadkeep' });
  expect(client.getInstructions()).toContain('never an instruction');
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).sort()).toEqual(
    [
      ...['add_memory', 'fetch', 'forget_memory', 'list_conversations', 'list_memories'],
      ...['memory_history', 'read_conversation', 'search', 'search_memories', 'search_messages'],
      'update_memory',
    ].sort(),
  );
  const destructive = tools.filter(({ annotations }) => annotations?.destructiveHint === true);
  expect(destructive.map(({ name }) => name)).toEqual(['forget_memory']);
  for (const { inputSchema } of tools) expect(inputSchema.type).toBe('object');
});

it('acts for a user whose name has a comma', async () => {
  const client = await connectAs('smith, john');
  await remember(client, 'John likes commas.');
  const own = app.actingFor('smith, john');
  expect((await own.get('/v1/memories').expect(200)).body.data).toHaveLength(1);
  expect(await memoriesOf(client, 'commas')).toHaveLength(1);
});

it('lists page by page until the end, and versions too, where not all has room', async () => {
  const client = await connectAs('long-winded');
  const contents = Array.from({ length: 30 }, (_, i) => `Fact ${i}: ${'word '.repeat(1_500)}`);
  const own = app.actingFor('long-winded');
  for (const content of contents) await own.post('/v1/memories', { content }).expect(201);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await callTool(client, 'list_memories', { limit: 50, cursor });
    expect(page.text.length).toBeLessThan(110_000);
    const { memories, nextCursor } = page.json<{ memories: Listed[]; nextCursor?: string }>();
    seen.push(...memories.map(({ content }) => content.slice(0, 8)));
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen.toSorted()).toEqual(contents.map((content) => content.slice(0, 8)).toSorted());

  const { id } = (await own.post('/v1/memories', { content: 'version 1' }).expect(201)).body;
  for (let version = 2; version <= 20; version++)
    await own
      .patch(`/v1/memories/${id}`, { content: `version ${version} ${'word '.repeat(3_000)}` })
      .expect(200);
  const versions: number[] = [];
  for (let beforeVersion: number | undefined; beforeVersion !== 1;) {
    const args = { id, limit: 50, beforeVersion };
    const { json } = await callTool(client, 'memory_history', args);
    const found = json<{ versions: { version: number; memory: Listed }[] }>().versions;
    for (const { memory } of found) expect(memory.content.length).toBeLessThan(8_100);
    versions.push(...found.map(({ version }) => version));
    beforeVersion = versions.at(-1)!;
  }
  expect(versions).toEqual(Array.from({ length: 20 }, (_, i) => 20 - i));
});

it('answers wrong parameters with their code and one sentence', async () => {
  const post = async (method: string, params: object, host = '127.0.0.1') =>
    (
      await app
        .actingFor('ada')
        .with({ host })
        .post('/mcp', {
          ...{ jsonrpc: '2.0', id: 7, method, params },
        })
    ).body as { id: number; error: { code: number; message: string } };
  for (const [method, params] of [
    ['tools/call', { name: 5 }],
    ['resources/read', {}],
    ['prompts/get', { name: ['a'] }],
    ['initialize', {}],
  ] as const) {
    const { id, error } = await post(method, params);
    expect([method, id, error.code]).toEqual([method, 7, -32602]);
    expect(error.message).not.toContain('{');
  }
  const unknown = await post('prompts/get', { name: 'no such prompt' });
  expect(unknown.error).toEqual({ code: -32602, message: 'There is no such prompt' });
  expectProblem(
    await app.actingFor('ada').with({ host: '127.0.0.1:99999x' }).post('/mcp', {}),
    421,
    'request.misdirected',
  );
});

describe('a memory', () => {
  it('is added once, found, changed, told with its history, and forgotten', async () => {
    const client = await connectAs('ada');
    const id = await remember(client, 'Ada drinks green tea in the morning.');
    expect(await remember(client, 'Ada drinks green tea in the morning.')).toBe(id);
    expect(await memoriesOf(client, 'What does Ada drink?')).toMatchObject([{ id }]);
    const changed = await callTool(client, 'update_memory', { id, tags: ['drink'] });
    expect(changed.json()).toMatchObject({ memory: { id, tags: ['drink'] } });
    expect((await callTool(client, 'list_memories')).json()).toMatchObject({ memories: [{ id }] });
    const history = await callTool(client, 'memory_history', { id });
    expect(history.json<{ versions: object[] }>().versions.length).toBeGreaterThan(1);
    expect((await callTool(client, 'forget_memory', { id })).json()).toEqual({ forgotten: id });
    expect(await memoriesOf(client, 'What does Ada drink?')).toEqual([]);
    const again = await callTool(client, 'forget_memory', { id });
    expect(again).toMatchObject({ isError: true });
    expect(again.text).toContain('memory.not_found');
  });

  it('that takes the place of another ends it', async () => {
    const client = await connectAs('grace');
    const old = await remember(client, 'Grace lives in Oslo.');
    await callTool(client, 'add_memory', { content: 'Grace lives in Rome.', supersedes: [old] });
    const found = await memoriesOf(client, 'Where does Grace live?');
    expect(found.map(({ content }) => content)).toEqual(['Grace lives in Rome.']);
  });
});

it('conversations are listed, searched and read', async () => {
  const client = await connectAs('ada');
  const { conversation, id } = await say(app.actingFor('ada'), 'Where is the lighthouse?');
  const listed = await callTool(client, 'list_conversations');
  expect(listed.json()).toMatchObject({ conversations: [{ id: conversation, messages: 1 }] });
  const found = await callTool(client, 'search_messages', { query: 'lighthouse' });
  expect(found.json()).toMatchObject({ messages: [{ id, text: 'Where is the lighthouse?' }] });
  const read = await callTool(client, 'read_conversation', { conversation });
  expect(read.json()).toMatchObject({ messages: [{ id, seq: 1, role: 'user' }] });
  const before = await callTool(client, 'read_conversation', { conversation, beforeSeq: 1 });
  expect(before.json()).toEqual({ messages: [] });
});

it('what `search` names is read by `fetch`', async () => {
  const client = await connectAs('linus');
  await remember(client, 'Linus keeps bees.');
  await say(app.actingFor('linus'), 'How many bees live in a hive?');
  const { results } = (await callTool(client, 'search', { query: 'bees' })).json<{
    results: { id: string; title: string; url: string }[];
  }>();
  expect(results.map(({ title }) => title)).toEqual([
    'Linus keeps bees.',
    'How many bees live in a hive?',
  ]);
  for (const { id, title, url } of results) {
    const whole = await callTool(client, 'fetch', { id });
    expect(whole.json()).toMatchObject({ id, title, text: title, url });
    const { pathname } = new URL(url);
    await app.actingFor('linus').get(pathname).expect(200);
  }
});

it('memory blocks are resources', async () => {
  const [client, ada] = [await connectAs('blocks'), app.actingFor('blocks')];
  await ada.put('/v1/memory-blocks/human', { content: 'Name: Ada' }).expect(200);
  await ada.put('/v1/memory-blocks/human?agentId=a%2Fb', { content: 'Shy' }).expect(200);
  const { resources } = await client.listResources();
  const texts = await Promise.all(
    resources.map(async ({ uri }) => (await client.readResource({ uri })).contents[0]),
  );
  expect(texts.map((content) => (content as { text: string }).text).sort()).toEqual([
    'Name: Ada',
    'Shy',
  ]);
  for (const uri of ['threadkeep://memory-blocks/none', 'threadkeep://memory-blocks/%', 'file:///'])
    await expect(client.readResource({ uri })).rejects.toThrow(/block|resource/);
});

it('agent configurations are prompts', async () => {
  const client = await connectAs('prompts');
  await app
    .actingFor('prompts')
    .post('/v1/agent-configs', { name: 'travel', systemPrompt: 'Plan journeys.' })
    .expect(201);
  for (const name of ['travel', 'shared']) {
    const content = { name, systemPrompt: `The ${name} one.` };
    const made = await app.service.post('/v1/admin/agent-configs', content).expect(201);
    await app.service.post(`/v1/admin/agent-configs/${(made.body as Listed).id}/share`).expect(200);
  }
  expect(await client.listPrompts()).toEqual({
    prompts: [{ name: 'travel' }, { name: 'shared' }],
  });
  expect(await client.getPrompt({ name: 'shared' })).toMatchObject({
    messages: [{ content: { text: 'The shared one.' } }],
  });
  expect(await client.getPrompt({ name: 'travel' })).toMatchObject({
    messages: [{ content: { text: 'Plan journeys.' } }],
  });
  await expect(client.getPrompt({ name: 'none' })).rejects.toThrow('no such prompt');
});

describe('another user', () => {
  it('is given nothing by any tool, resource or prompt', async () => {
    const [owner, caller] = [await connectAs('owner'), app.actingFor('owner')];
    const id = await remember(owner, 'canary-7731 is a secret of the owner.');
    const { conversation, id: message } = await say(caller, 'canary-7731 was said.');
    await caller.put('/v1/memory-blocks/canary', { content: 'canary-7731' }).expect(200);
    await caller
      .post('/v1/agent-configs', { name: 'canary', systemPrompt: 'canary-7731' })
      .expect(201);
    const thief = await connectAs('thief');
    const calls: [string, object][] = [
      ['search_memories', { query: 'canary-7731' }],
      ['list_memories', {}],
      ['memory_history', { id }],
      ['update_memory', { id, content: 'mine' }],
      ['forget_memory', { id }],
      ['search_messages', { query: 'canary-7731' }],
      ['list_conversations', {}],
      ['read_conversation', { conversation }],
      ['search', { query: 'canary-7731' }],
      ['fetch', { id: `memory:${id}` }],
      ['fetch', { id: `message:${conversation}/${message}` }],
      ['add_memory', { content: 'Nothing.', supersedes: [id] }],
    ];
    const { tools } = await thief.listTools();
    expect(new Set(calls.map(([name]) => name))).toEqual(new Set(tools.map(({ name }) => name)));
    for (const [name, args] of calls)
      expect((await callTool(thief, name, args)).text).not.toContain('canary');
    expect((await thief.listResources()).resources).toEqual([]);
    expect(JSON.stringify(await thief.listPrompts())).not.toContain('canary');
    await expect(thief.readResource({ uri: 'threadkeep://memory-blocks/canary' })).rejects.toThrow(
      'No such memory block',
    );
    expect(await memoriesOf(owner, 'secret canary')).toMatchObject([{ id }]);
  });
});

describe('a key', () => {
  it('of a user speaks for that user', async () => {
    const { id } = (await app.service.post('/v1/users', { externalId: 'kay' }).expect(201))
      .body as Listed;
    const client = await connect({ authorization: `Bearer ${await key({ userId: id })}` });
    await remember(client, 'Kay likes plums.');
    expect(await memoriesOf(await connectAs('kay'), 'plums')).toHaveLength(1);
  });

  it.each([{ readOnly: true }, { scopes: ['act', 'read'] }])(
    'that may only read (%j) is offered tools that read, and refused others',
    async (kind) => {
      const authorization = `Bearer ${await key(kind)}`;
      const client = await connect({ authorization, 'threadkeep-user': 'ada' });
      const { tools } = await client.listTools();
      expect(tools.every(({ annotations }) => annotations?.readOnlyHint)).toBe(true);
      expect(await memoriesOf(client, 'anything')).toEqual([]);
      const refused = await callTool(client, 'add_memory', { content: 'No.' });
      expect(refused).toMatchObject({ isError: true });
      expect(refused.text).toMatch(/access\.(read_only|scope_missing)/);
    },
  );

  it('is needed, and a service key names a user', async () => {
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    expectProblem(await app.anonymous.post('/mcp', message), 401, 'access.unauthenticated');
    expectProblem(await app.service.post('/mcp', message), 400, 'access.user_required');
  });
});

describe('a request that is none of the protocol', () => {
  it.each<[string, { name: string; arguments?: object }, string]>([
    ['no arguments', { name: 'search_memories' }, 'query'],
    ['an argument too large', { name: 'search', arguments: { query: 'x'.repeat(1_001) } }, 'query'],
    ['a path for an id', { name: 'forget_memory', arguments: { id: '../users/me' } }, 'id'],
    ['a dot', { name: 'read_conversation', arguments: { conversation: '..' } }, 'conversation'],
    [
      'an unknown day',
      { name: 'add_memory', arguments: { content: 'a', validFrom: 'x' } },
      'validFrom',
    ],
  ])('is told what is wrong: %s', async (_, params, named) => {
    const client = await connectAs('ada');
    const result = await callTool(client, params.name, params.arguments);
    expect(result).toMatchObject({ isError: true });
    expect(result.text).toContain(named);
  });

  it('gets an error of the protocol for an unknown tool or method', async () => {
    const client = await connectAs('ada');
    await expect(callTool(client, 'drop_tables')).rejects.toThrow('no such tool');
    const { body } = await app
      .actingFor('ada')
      .post('/mcp', { jsonrpc: '2.0', id: 1, method: 'no/such' })
      .expect(200);
    expect(body).toMatchObject({ id: 1, error: { code: -32601 } });
  });

  it('may not be a batch, or from a strange page', async () => {
    const ping = (id: number) => ({ jsonrpc: '2.0', id, method: 'ping' });
    // A batch could cancel its own request, which is never answered then.
    const cancelled = {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 1 },
    };
    const batch = await app.actingFor('ada').post('/mcp', [ping(1), cancelled]);
    expectProblem(batch, 422, 'request.invalid_body');
    const from = (origin: string) => app.actingFor('ada').with({ origin }).post('/mcp', ping(1));
    expectProblem(await from('https://evil.example.com'), 403, 'mcp.origin_refused');
    expectProblem(await from('null'), 403, 'mcp.origin_refused');
    await from('https://app.example.com').expect(200);
    await app
      .actingFor('ada')
      .post('/mcp', { jsonrpc: '2.0', method: 'notifications/initialized' })
      .expect(202);
  });
});
