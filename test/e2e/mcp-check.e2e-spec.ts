// Checks the MCP reference server and remote MCP servers, well-behaved and hostile ones.
import type { RequestListener } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { McpChecker } from '../../src/agent-config/mcp/mcp-check.js';
import { McpConnector } from '../../src/agent-config/mcp/mcp-connector.js';
import type { McpCheck, McpServer, RemoteServer } from '../../src/agent-config/mcp/mcp-server.js';
import { loadConfig } from '../../src/platform/config/config.js';
import { Egress } from '../../src/platform/egress/egress.js';
import { EgressRules } from '../../src/platform/egress/egress-rules.js';
import { CountingServer, endless } from '../support/counting-server.js';
import { answering, REFERENCE, ReferenceServer } from '../support/mcp-servers.js';
import { freePort } from '../support/processes.js';

const CANARY = 'canary-8c1f';
const MAY = { owner: 'service', isService: true };
const opened: Egress[] = [];

function checkerWith(environment: Record<string, string> = {}): McpChecker {
  const config = loadConfig({
    EGRESS_ALLOW: '127.0.0.1',
    MCP_STDIO_COMMANDS: process.execPath,
    MCP_CHECK_TIMEOUT: '30',
    ...environment,
  });
  const rules = new EgressRules(config);
  const egress = new Egress(rules);
  opened.push(egress);
  return new McpChecker(config, new McpConnector(config, rules, egress));
}

const remote = (
  url: string,
  transport: 'http' | 'sse' = 'http',
  headers: Record<string, string> = {},
): RemoteServer => ({
  transport,
  url: `${url}?key=${CANARY}`,
  headers: { authorization: `Bearer ${CANARY}`, ...headers },
});
const failed = (reason: string) => ({
  ok: false,
  reason,
  detail: expect.not.stringContaining(CANARY),
  ms: expect.any(Number),
});

afterAll(async () => {
  for (const egress of opened) await egress.close();
});

describe('a check of the MCP reference server', () => {
  const servers: ReferenceServer[] = [];
  let http: ReferenceServer;
  let sse: ReferenceServer;

  beforeAll(async () => {
    servers.push(
      (http = await ReferenceServer.start('streamableHttp')),
      (sse = await ReferenceServer.start('sse')),
    );
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  const forms: [string, () => McpServer][] = [
    [
      'stdio',
      () => ({
        transport: 'stdio',
        command: process.execPath,
        args: [REFERENCE, 'stdio'],
        env: {},
      }),
    ],
    ['http', () => remote(`http://127.0.0.1:${http.port}/mcp`)],
    ['sse', () => remote(`http://127.0.0.1:${sse.port}/sse`, 'sse')],
  ];

  it.each(forms)('returns its name, protocol version and tools over %s', async (_form, server) => {
    const check = await checkerWith().check(server(), MAY);
    expect(check).toMatchObject({
      ok: true,
      serverInfo: { name: expect.stringContaining('everything'), version: expect.any(String) },
      protocolVersion: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
    const { tools } = check as Extract<McpCheck, { ok: true }>;
    expect(tools).toContainEqual({
      name: 'echo',
      description: expect.any(String),
      inputSchema: expect.objectContaining({
        type: 'object',
        properties: { message: expect.any(Object) },
      }),
    });
  });

  it('does not connect when the operator does not allow it', async () => {
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '2130706433']) {
      expect(
        await checkerWith({ EGRESS_ALLOW: '' }).check(
          remote(`http://${host}:${http.port}/mcp`),
          MAY,
        ),
      ).toEqual(failed('refused_address'));
    }
  });
});

describe('a check of a remote MCP server that', () => {
  const servers: CountingServer[] = [];
  const serve = async (answer: RequestListener): Promise<CountingServer> => {
    const server = await CountingServer.start(answer);
    servers.push(server);
    return server;
  };
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

  const both = [['http'], ['sse']] as ['http' | 'sse'][];

  it.each(both)('wants other credentials answers unauthorized: %s', async (transport) => {
    const { url } = await serve((_request, response) =>
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${CANARY}"` }).end(CANARY),
    );
    expect(await checkerWith().check(remote(url, transport), MAY)).toEqual(failed('unauthorized'));
  });

  it.each(both)('redirects to another origin is not followed: %s', async (transport) => {
    const inside = await serve((_request, response) => response.end());
    const { url, port } = await serve((_request, response) =>
      response.writeHead(307, { location: inside.url }).end(),
    );
    expect(
      await checkerWith({ EGRESS_ALLOW: `127.0.0.1:${port}` }).check(remote(url, transport), MAY),
    ).toEqual(failed('redirected'));
    expect(await checkerWith().check(remote(url, transport), MAY)).toEqual(failed('redirected'));
    expect(inside.connections).toBe(0);
  });

  it.each(both)('never answers ends by the timeout: %s', async (transport) => {
    const server = await serve(() => {});
    const check = await checkerWith({ MCP_CHECK_TIMEOUT: '0.5' }).check(
      remote(server.url, transport),
      MAY,
    );
    expect(check).toEqual(failed('timeout'));
  });

  it.each([
    ['http', 'application/json', '{"a":"'],
    ['http', 'text/event-stream', ': '],
    ['sse', 'text/event-stream', ': '],
  ] as ['http' | 'sse', string, string][])(
    'answers without end is cut off: %s, %s, %j',
    async (transport, type, start) => {
      const server = await serve((_request, response) => {
        response.writeHead(200, { 'content-type': type }).write(start);
        endless(response, 'x'.repeat(65_536));
      });
      expect(await checkerWith().check(remote(server.url, transport), MAY)).toEqual(
        failed('too_large'),
      );
    },
  );

  it.each([
    ['http', 'protocol', 'x'],
    ['sse', 'protocol', 'x'],
    ['http', 'too_large', '{"jsonrpc":"2.0","method":"a"}'],
    ['sse', 'too_large', '{"jsonrpc":"2.0","id":1,"method":"ping"}'],
  ] as ['http' | 'sse', string, string][])(
    'sends thousands of messages is cut off: %s, %s, %s',
    async (transport, reason, message) => {
      const server = await serve((request, response) => {
        if (request.url!.startsWith('/post')) return void response.writeHead(202).end();
        response
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .write('event: endpoint\ndata: /post\n\n');
        endless(response, `data: ${message}\n\n`.repeat(1_000));
      });
      const check = await checkerWith().check(remote(server.url, transport), MAY);
      expect(check).toEqual(failed(reason));
    },
  );

  it.each([
    ['is not there', 'unreachable', null],
    ['hangs up', 'unreachable', (_request, response) => response.destroy()],
    [
      'answers with a page',
      'protocol',
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(CANARY),
    ],
    [
      'answers with broken JSON',
      'protocol',
      (_request, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(`{"${CANARY}`),
    ],
    ['breaks', 'protocol', (_request, response) => response.writeHead(500).end(CANARY)],
    [
      'speaks another version',
      'protocol',
      (_request, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(
          JSON.stringify({
            jsonrpc: '2.0',
            id: 0,
            result: {
              protocolVersion: CANARY,
              capabilities: {},
              serverInfo: { name: 'a', version: '1' },
            },
          }),
        ),
    ],
    [
      'refuses',
      'protocol',
      (_request, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ jsonrpc: '2.0', id: 0, error: { code: 401, message: CANARY } })),
    ],
    [
      'has too many tools',
      'too_large',
      answering(() => ({
        tools: Array.from({ length: 501 }, (_, i) => ({
          name: `t${i}`,
          inputSchema: { type: 'object' },
        })),
      })),
    ],
    [
      'has too large tools',
      'too_large',
      answering(() => ({
        tools: [
          { name: 'a', description: 'x'.repeat(1024 * 1024), inputSchema: { type: 'object' } },
        ],
      })),
    ],
    ['never runs out of pages', 'too_large', answering(() => ({ tools: [], nextCursor: 'more' }))],
    ['has nameless tools', 'protocol', answering(() => ({ tools: [{ description: CANARY }] }))],
  ] as [string, string, RequestListener | null][])('%s: %s', async (_what, reason, answer) => {
    const url = answer ? (await serve(answer)).url : `http://127.0.0.1:${await freePort()}`;
    expect(await checkerWith({ MCP_CHECK_TIMEOUT: '20' }).check(remote(url), MAY)).toEqual(
      failed(reason),
    );
  });

  it('does not exist is unreachable, also over SSE', async () => {
    expect(
      await checkerWith().check(remote(`http://127.0.0.1:${await freePort()}`, 'sse'), MAY),
    ).toEqual(failed('unreachable'));
  });

  it('has several pages of tools returns all, with any schemas', async () => {
    const pages = [['a', 'b'], ['c'], []];
    const { url } = await serve(
      answering(({ params }) => {
        const page = Number(params?.['cursor'] ?? 0);
        const tools = pages[page]!.map((name) => ({
          name,
          inputSchema: { type: 'object' },
          outputSchema: { type: 'object', properties: { a: { pattern: '(' } } },
        }));
        return { tools, ...(page < 2 ? { nextCursor: String(page + 1) } : {}) };
      }),
    );
    expect(await checkerWith().check(remote(url), MAY)).toMatchObject({
      ok: true,
      serverInfo: { name: 'answering', version: '1' },
      protocolVersion: '2025-06-18',
      tools: ['a', 'b', 'c'].map((name) => ({
        name,
        description: null,
        inputSchema: { type: 'object' },
      })),
    });
  });

  it('is sent the configured headers, except those of framing', async () => {
    const seen: unknown[] = [];
    const { url } = await serve((request, response) => {
      seen.push([request.headers['x-team'], request.headers.authorization]);
      answering(() => ({ tools: [] }))(request, response);
    });
    expect(await checkerWith().check(remote(url, 'http', { 'X-Team': 'a' }), MAY)).toMatchObject({
      ok: true,
      tools: [],
    });
    expect(new Set(seen.map(String))).toEqual(new Set([`a,Bearer ${CANARY}`]));
    const count = seen.length;
    for (const headers of [
      { Host: CANARY },
      { 'transfer-encoding': CANARY },
      { 'x-a': `${CANARY}\r\nb: c` },
      { [`${CANARY} a`]: 'b' },
    ] as Record<string, string>[]) {
      expect(await checkerWith().check(remote(url, 'http', headers), MAY)).toEqual(
        failed('invalid'),
      );
    }
    expect(seen).toHaveLength(count);
  });

  it('gets two concurrent checks of one owner, and other owners are not delayed', async () => {
    const server = await serve(() => {});
    const checker = checkerWith({ MCP_CHECK_TIMEOUT: '1' });
    const checks = Array.from({ length: 7 }, () => checker.check(remote(server.url), MAY));
    expect(await Promise.all(checks)).toEqual(checks.map(() => failed('timeout')));
    expect(server.connections).toBe(2);
    expect((await Promise.all(checks)).every(({ ms }) => ms < 3_000)).toBe(true);
  });

  it('is disconnected when the client leaves or the service stops', async () => {
    const server = await serve(() => {});
    const checker = checkerWith();
    await expect(checker.check(remote(server.url), MAY, AbortSignal.timeout(200))).rejects.toThrow(
      'timeout',
    );
    const check = checker.check(remote(server.url), MAY);
    checker.onApplicationShutdown();
    expect(await check).toEqual(failed('timeout'));
  });
});
