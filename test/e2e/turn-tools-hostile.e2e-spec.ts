// MCP servers that misbehave within a turn cost a bounded time, and the model is told.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { CountingServer } from '../support/counting-server.js';
import { McpScripts } from '../support/mcp-scripts.js';
import { answering, processesWith } from '../support/mcp-servers.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { call, calling, ended, resultsIn, talkWith } from '../support/tool-talks.js';
import { eventually } from '../support/wait.js';

const ONE = `{ tools: [{ name: 'a', inputSchema: { type: 'object' } }] }`;
/** A server with one tool, whose call does something. */
const whenCalled = (does: string) =>
  `answerWith((params) => { if (params?.name === undefined) return ${ONE}; ${does} });`;
const result = (text: string) => `({ content: [{ type: 'text', text: ${text} }] })`;

const scripts = new McpScripts();
const SERVERS = {
  silent: scripts.add(whenCalled('for (;;);')),
  gone: scripts.add(whenCalled('process.exit(7);')),
  endless: scripts.add(
    whenCalled(`setInterval(() => { for (let i = 0; i < 64; i++) process.stdout.write('x'.repeat(65536)); }, 1);
      for (let i = 0; i < 400; i++) process.stdout.write('x'.repeat(65536)); return {};`),
  ),
  chatty: scripts.add(
    whenCalled(
      `for (let i = 0; i < 20000; i++) say({ jsonrpc: '2.0', method: 'notifications/x' }); return {};`,
    ),
  ),
  wrong: scripts.add(whenCalled('return { content: 7 };')),
  large: scripts.add(whenCalled(`return ${result("'ä😀'.repeat(100000)")};`)),
  strange: scripts.add(whenCalled(`return ${result(String.raw`'a\0b\ud800c'`)};`)),
  media: scripts.add(
    whenCalled(`return { content: [{ type: 'image', data: 'AAAA', mimeType: 'image/png' }] };`),
  ),
  mirror: scripts.add(whenCalled(`return ${result('process.env.API_TOKEN')};`)),
  mute: scripts.add(`process.stdin.resume();`),
  dead: scripts.add(`process.exit(1);`),
  crowd: scripts.add(
    `answerWith(() => ({ tools: Array.from({ length: 10000 }, (_, i) => ({ name: 't' + i, inputSchema: { type: 'object' } })) }));`,
  ),
  many: scripts.add(
    `answerWith(() => ({ tools: Array.from({ length: 400 }, (_, i) => ({ name: 't' + i, inputSchema: { type: 'object' } })) }));`,
  ),
  odd: scripts.add(`answerWith(() => {
    let deep = {}; for (let i = 0; i < 2000; i++) deep = { properties: deep };
    const schema = (fields) => ({ type: 'object', ...fields });
    return { tools: [
      { name: 'a\\u0000\\nb/ü', description: 'Hi\\u0007\\u202e there.' + 'x'.repeat(9000), inputSchema: schema({}) },
      { name: 'huge', inputSchema: schema({ description: 'x'.repeat(50000) }) },
      { name: 'deep', inputSchema: schema(deep) },
      { name: 'nul', inputSchema: schema({ description: '\\u0000' }) },
      { name: 'a__a', inputSchema: schema({}) },
      { name: 'a'.repeat(100), inputSchema: schema({}) },
      { name: 'a'.repeat(100), inputSchema: schema({}) },
    ] }; });`),
};

let standIn: ModelStandIn;
let api: TestApp;
beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp({
    ...standIn.environment,
    EGRESS_ALLOW: '127.0.0.1',
    MCP_STDIO_COMMANDS: JSON.stringify(scripts.commands),
    MCP_CHECK_TIMEOUT: '15',
    MCP_CALL_TIMEOUT: '3',
  });
  await api.listen();
});
afterAll(async () => {
  await api.close();
  await standIn.close();
  scripts.remove();
});
beforeEach(() => standIn.forget());

const toolsSent = () =>
  (standIn.requests[0]!.body['tools'] ?? []) as {
    function: { name: string; description?: string };
  }[];

describe('a call of a tool of a server that', () => {
  it.each<[keyof typeof SERVERS, RegExp]>([
    ['silent', /did not answer in time/],
    ['gone', /exit code 7/],
    ['endless', /too large|too much|not of the Model Context Protocol/],
    ['chatty', /too many messages/],
    ['wrong', /does not speak/],
  ])('is %s tells the model so, and the turn goes on', async (name, said) => {
    const marker = randomUUID();
    const server = { ...SERVERS[name], env: { MARKER_ID: marker } };
    const talk = await talkWith(api, `calls ${name}`, { s: server });
    standIn.next(calling(call('s__a')), { text: ['Sorry.'] });
    expect(await ended(talk, 'Hi')).toMatchObject({ state: 'completed' });
    expect((await resultsIn(talk))[0]!.output).toEqual({
      type: 'error-text',
      value: expect.stringMatching(said),
    });
    await eventually(async () => processesWith(marker).length === 0);
  });

  it('writes much is cut, and says so', async () => {
    const talk = await talkWith(api, 'large', { s: SERVERS.large });
    standIn.next(calling(call('s__a')));
    await ended(talk, 'Hi');
    const { output } = (await resultsIn(talk))[0]!;
    expect(Buffer.byteLength(JSON.stringify(output.value))).toBeLessThanOrEqual(65_536);
    expect(output.value).toMatch(
      /^(?:ä😀)+ä?\n\[cut: this is the beginning of 300000 characters\]$/u,
    );
  });

  it.each<[keyof typeof SERVERS, string]>([
    ['strange', 'a\uFFFDb\uFFFDc'],
    ['media', '[image image/png, 3 bytes, left out]'],
    ['mirror', '***'],
  ])('gives what is no text for a model is told in one: %s', async (name, value) => {
    const server = { ...SERVERS[name], env: { API_TOKEN: 'very-secret-token' } };
    const talk = await talkWith(api, `gives ${name}`, { s: server });
    standIn.next(calling(call('s__a')));
    expect(await ended(talk, 'Hi')).toMatchObject({ state: 'completed' });
    expect((await resultsIn(talk))[0]!.output).toEqual({ type: 'text', value });
  });

  it('redirects is not followed', async () => {
    const inside = await CountingServer.start((_request, response) => response.end());
    let calls = 0;
    const server = await CountingServer.start((request, response) => {
      const tools = [{ name: 'a', inputSchema: { type: 'object' } }];
      // Initialisation, its notification, and the list.
      if (++calls > 3) response.writeHead(307, { location: inside.url }).end();
      else answering(() => ({ tools }))(request, response);
    });
    const talk = await talkWith(api, 'redirected', { s: { transport: 'http', url: server.url } });
    standIn.next(calling(call('s__a')));
    await ended(talk, 'Hi');
    expect((await resultsIn(talk))[0]!.output.value).toContain('redirects');
    expect(inside.connections).toBe(0);
    await server.stop();
    await inside.stop();
  });

  it('is called many times in one reply runs a part of them', async () => {
    const talk = await talkWith(api, 'many calls', { s: SERVERS.mirror });
    standIn.next(calling(...Array.from({ length: 40 }, (_, i) => call('s__a', {}, `call_${i}`))));
    expect(await ended(talk, 'Hi')).toMatchObject({ state: 'completed' });
    const results = await resultsIn(talk);
    expect(results).toHaveLength(40);
    expect(results.filter(({ output }) => output.value.startsWith('Not run'))).toHaveLength(8);
  });
});

describe('the tools of a server that', () => {
  it.each<[keyof typeof SERVERS]>([['mute'], ['dead'], ['crowd']])(
    'is %s are left out, and the turn goes on with those of others',
    async (name) => {
      const talk = await talkWith(api, `lists ${name}`, { s: SERVERS[name], t: SERVERS.media });
      expect(await ended(talk, 'Hi')).toMatchObject({ state: 'completed' });
      expect(toolsSent().map((tool) => tool.function.name)).toEqual(['t__a']);
      // It is not asked again at once.
      standIn.forget();
      expect(await ended(talk, 'Again')).toMatchObject({ state: 'completed' });
      expect(toolsSent().map((tool) => tool.function.name)).toEqual(['t__a']);
    },
  );

  it('has many are offered up to a number', async () => {
    const talk = await talkWith(api, 'many', { s: SERVERS.many, t: SERVERS.media });
    await ended(talk, 'Hi');
    expect(toolsSent()).toHaveLength(128);
  });

  it('describes them strangely have legal names and plain descriptions', async () => {
    const talk = await talkWith(api, 'odd', { '1.s': SERVERS.odd, s: SERVERS.odd });
    await ended(talk, 'Hi');
    const tools = toolsSent().map((tool) => tool.function);
    const names = tools.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/);
    expect(names).toEqual([
      expect.stringMatching(/^mcp_1_s__a__b___[0-9a-f]{8}$/),
      expect.stringMatching(/^mcp_1_s__a__a_[0-9a-f]{8}$/),
      expect.stringMatching(/^mcp_1_s__a+_[0-9a-f]{8}$/),
      expect.stringMatching(/^s__a__b___[0-9a-f]{8}$/),
      's__a__a',
      expect.stringMatching(/^s__a+_[0-9a-f]{8}$/),
    ]);
    expect(tools[0]!.description).toMatch(/^Hi there\.x+$/);
    expect(tools[0]!.description!.length).toBeLessThanOrEqual(4_000);
  });
});

describe('a turn that is cancelled while a tool runs', () => {
  it('ends at once, and so does the command', async () => {
    const marker = randomUUID();
    const talk = await talkWith(api, 'cancels', {
      s: { ...SERVERS.silent, env: { MARKER_ID: marker } },
    });
    standIn.next(calling(call('s__a')));
    const turn = await talk.turn('Hi');
    await eventually(async () => (await talk.messages())[1]?.status === undefined);
    await eventually(async () => processesWith(marker).length > 0);
    await talk.user.post(`${talk.path}/turns/${turn.id}/cancel`).expect(202);
    expect(await talk.settled(turn)).toMatchObject({
      state: 'cancelled',
      error: { code: 'turn.cancelled' },
      usage: { inputTokens: 10 },
    });
    await eventually(async () => processesWith(marker).length === 0);
    expect((await talk.messages()).map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(await ended(talk, 'Again')).toMatchObject({ state: 'completed' });
  });
});
