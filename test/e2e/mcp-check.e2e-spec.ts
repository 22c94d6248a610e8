// Real MCP servers, good and bad ones, asked as an agent would ask them.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { McpChecker } from '../../src/agent-config/mcp/mcp-check.js';
import type {
  McpCheck,
  McpServer,
  RemoteServer,
  StdioServer,
} from '../../src/agent-config/mcp/mcp-server.js';
import { loadConfig } from '../../src/platform/config/config.js';
import { Egress } from '../../src/platform/egress/egress.js';
import { EgressRules } from '../../src/platform/egress/egress-rules.js';
import { CountingServer, endless } from '../support/counting-server.js';
import {
  answering,
  processesWith,
  REFERENCE,
  ReferenceServer,
  scripted,
} from '../support/mcp-servers.js';
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
  return new McpChecker(config, rules, egress);
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

describe('a check of an MCP command that', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'threadkeep-mcp-'));
    // Whatever user a command becomes.
    await chmod(directory, 0o777);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** A server that is known by its environment. */
  const marked = (body: string): [StdioServer, string] => {
    const marker = `${CANARY}-${randomUUID()}`;
    return [scripted(body, { MARKER_ID: marker }), marker];
  };
  const SERVES = "answerWith(() => ({ tools: [{ name: 'a', inputSchema: { type: 'object' } }] }));";
  const quick = (): McpChecker => checkerWith({ MCP_CHECK_TIMEOUT: '1.5' });

  it('is not allowed is not started', async () => {
    const file = join(directory, 'started');
    const server = scripted(`require('node:fs').writeFileSync(${JSON.stringify(file)}, '');`);
    expect(await checkerWith().check(server, { owner: 'ada', isService: false })).toEqual(
      failed('not_allowed'),
    );
    expect(await checkerWith({ MCP_STDIO_COMMANDS: '' }).check(server, MAY)).toEqual(
      failed('not_allowed'),
    );
    expect(await checkerWith({ MCP_STDIO_COMMANDS: 'node' }).check(server, MAY)).toEqual(
      failed('not_allowed'),
    );
    expect(
      await checkerWith().check({ ...server, env: { NODE_OPTIONS: `--require=${CANARY}` } }, MAY),
    ).toEqual(failed('not_allowed'));
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  it('does not exist', async () => {
    for (const command of ['/nonexistent/server', 'no-such-command']) {
      expect(
        await checkerWith({ MCP_STDIO_COMMANDS: command }).check(
          { transport: 'stdio', command, args: [], env: {} },
          MAY,
        ),
      ).toEqual(failed('unreachable'));
    }
    expect(
      await checkerWith().check({ ...scripted(''), args: ['x'.repeat(4 * 1024 * 1024)] }, MAY),
    ).toEqual(failed('unreachable'));
  });

  it('works has only its own environment variables', async () => {
    process.env['DATABASE_URL'] = `postgres://${CANARY}`;
    const file = join(directory, 'environment');
    const server = scripted(
      `require('node:fs').writeFileSync(${JSON.stringify(file)}, JSON.stringify([Object.keys(process.env), process.cwd()])); ${SERVES}`,
      { TOKEN: 'a' },
    );
    const check = await checkerWith()
      .check(server, MAY)
      .finally(() => delete process.env['DATABASE_URL']);
    expect(check).toMatchObject({
      ok: true,
      protocolVersion: '2025-06-18',
      tools: [{ name: 'a', description: null, inputSchema: { type: 'object' } }],
    });
    const [names, cwd] = JSON.parse(await readFile(file, 'utf8')) as [string[], string];
    // A shell that starts it may say where it is.
    expect([
      new Set(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name))),
      cwd,
    ]).toEqual([new Set(['PATH', 'HOME', 'LANG', 'TZ', 'TOKEN']), '/']);
  });

  /** What a script finds out, told as the description of a tool. */
  const findings = async (script: string, environment: Record<string, string> = {}) => {
    const check = await checkerWith(environment).check(
      scripted(
        `const found = (() => { ${script} })(); answerWith(() => ({ tools: [{ name: 'a', description: JSON.stringify(found), inputSchema: { type: 'object' } }] }));`,
      ),
      MAY,
    );
    expect(check).toMatchObject({ ok: true, isolation: expect.any(String) });
    const { isolation, tools } = check as Extract<McpCheck, { ok: true }>;
    return {
      isolation: isolation!,
      found: JSON.parse(tools[0]!.description!) as Record<string, unknown>,
    };
  };
  const READS = `
    const fs = require('node:fs');
    const attempt = (work) => { try { return work(); } catch { return ''; } };
    const files = (path) => attempt(() => fs.statSync(path).isDirectory()) ? attempt(() => fs.readdirSync(path)) || [] : [];
    const processes = fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));`;

  it("works cannot read the service's environment, data or keys, where the system supports isolation", async () => {
    const [data, keys] = [join(directory, 'data'), join(directory, 'vault.keys')];
    await mkdir(data);
    await writeFile(join(data, 'secrets.json'), CANARY, { mode: 0o600 });
    await writeFile(join(data, 'readable.json'), CANARY, { mode: 0o644 });
    const key = `k1:${Buffer.alloc(32, CANARY).toString('base64')}`;
    await writeFile(keys, key, { mode: 0o600 });
    const sleeper = spawn('sleep', ['600'], {
      env: { PATH: process.env['PATH'], BOOTSTRAP_API_KEY: CANARY },
      stdio: 'ignore',
    });
    try {
      const { isolation, found } = await findings(
        `${READS} return {
          environments: processes.filter((pid) => attempt(() => fs.readFileSync('/proc/' + pid + '/environ', 'latin1')).includes('${CANARY}')),
          secret: attempt(() => fs.readFileSync('${data}/secrets.json', 'utf8')), readable: attempt(() => fs.readFileSync('${data}/readable.json', 'utf8')),
          keys: attempt(() => fs.readFileSync('${keys}', 'utf8')),
          roots: processes.filter((pid) => attempt(() => fs.readdirSync('/proc/' + pid + '/root/proc')) && attempt(() => fs.readFileSync('/proc/' + pid + '/root${data}/secrets.json', 'utf8'))),
          uid: process.getuid(), service: processes.includes('${process.pid}') && attempt(() => fs.readlinkSync('/proc/${process.pid}/exe')) }`,
        { DATA_DIR: data, VAULT_KEYS_FILE: keys },
      );
      const inNamespaces = isolation === 'namespaces' || isolation === 'user_namespace';
      if (isolation !== 'none')
        expect(found).toMatchObject({ environments: [], secret: '', keys: '', roots: [] });
      if (inNamespaces) expect(found).toMatchObject({ readable: '', service: false });
      const root = process.getuid?.() === 0;
      expect([root, isolation]).not.toEqual([true, 'none']);
      if (root) expect([0, 65_534]).not.toContain(found['uid']);
    } finally {
      sleeper.kill('SIGKILL');
    }
  });

  it('works has an empty home that is removed afterwards, and a user id of its own', async () => {
    const script = `${READS} fs.writeFileSync(process.env.HOME + '/mine', 'x'); return { home: process.env.HOME, files: files(process.env.HOME), uid: process.getuid() };`;
    const [one, other] = await Promise.all([findings(script), findings(script)]);
    for (const { found } of [one, other]) expect(found['files']).toEqual(['mine']);
    expect(one.found['home']).not.toBe(other.found['home']);
    const left = await readdir(tmpdir());
    for (const { found } of [one, other])
      expect(left).not.toContain(basename(found['home'] as string));
  });

  it.each([
    [
      'more memory than it may have',
      'const all = []; for (;;) all.push(Buffer.alloc(64 * 1024 * 1024, 1));',
    ],
    [
      'a file that is too large',
      "const fd = require('node:fs').openSync(process.env.HOME + '/large', 'w'); for (;;) require('node:fs').writeSync(fd, Buffer.alloc(16 * 1024 * 1024));",
    ],
    ['more processor time than it may have', 'for (;;);'],
  ])('takes %s is ended', async (_what, script) => {
    const check = await checkerWith({
      MCP_CHECK_TIMEOUT: script === 'for (;;);' ? '1' : '30',
    }).check(scripted(script), MAY);
    expect(check).toMatchObject({ ok: false, reason: expect.stringMatching(/^(exited|timeout)$/) });
  });

  it('forks endlessly is limited, and leaves no process', async () => {
    const [server, marker] = marked(`
      const { spawn } = require('node:child_process');
      let count = 0;
      const more = () => { const child = spawn('sleep', ['60'], { stdio: 'ignore' }); child.on('spawn', () => { count++; if (count < 600) more(); else done(); }); child.on('error', done); };
      const done = () => answerWith(() => ({ tools: [{ name: 'a', description: String(count), inputSchema: { type: 'object' } }] }));
      try { more(); } catch { done(); }`);
    const check = await checkerWith({ MCP_CHECK_TIMEOUT: '60' }).check(server, MAY);
    const { isolation, tools } = check as Extract<McpCheck, { ok: true }>;
    if (isolation === 'namespaces' || isolation === 'user')
      expect(Number(tools[0]!.description)).toBeLessThan(256);
    expect(processesWith(marker)).toEqual([]);
  });

  it.each([
    ['hangs', 'timeout', 'setInterval(() => {}, 1000);'],
    ['ignores SIGTERM', 'timeout', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);"],
    [
      'hangs with children',
      'timeout',
      "require('node:child_process').spawn('sleep', ['60'], { stdio: 'inherit' }); setInterval(() => {}, 1000);",
    ],
    [
      'hangs with a child in a session of its own',
      'timeout',
      "require('node:child_process').spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }); setInterval(() => {}, 1000);",
    ],
    ['ends at once', 'exited', 'process.exit(3);'],
    ['is killed', 'exited', "process.kill(process.pid, 'SIGKILL');"],
    [
      'ends at once and leaves a child',
      'exited',
      "require('node:child_process').spawn('sleep', ['60'], { stdio: 'ignore' }).on('spawn', () => process.exit(3));",
    ],
    [
      'fails and says why',
      'exited',
      `process.stderr.write(process.env.MARKER_ID.repeat(100_000), () => process.exit(1));`,
    ],
    [
      'floods standard error',
      'timeout',
      "const more = () => process.stderr.write('x'.repeat(65536), more); more();",
    ],
    [
      'never ends a line',
      'too_large',
      "const more = () => process.stdout.write('x'.repeat(65536), more); more();",
    ],
    [
      'writes what is no message',
      'protocol',
      "const more = () => process.stdout.write('log\\n'.repeat(10_000), more); more();",
    ],
    [
      'answers with an error',
      'protocol',
      "say({ jsonrpc: '2.0', id: 0, error: { code: -32000, message: process.env.MARKER_ID } }); setInterval(() => {}, 1000);",
    ],
    ['lists tools for ever', 'too_large', "answerWith(() => ({ tools: [], nextCursor: 'a' }));"],
  ])('%s: %s', async (_what, reason, body) => {
    const [server, marker] = marked(body);
    // Only what hangs is to meet the end of its time, on however slow a machine.
    const check = await (reason === 'timeout' ? quick() : checkerWith()).check(server, MAY);
    expect(check).toEqual(failed(reason));
    expect(processesWith(marker)).toEqual([]);
  });

  it('works is ended afterwards, also when it logs to standard output and ignores SIGTERM', async () => {
    const [server, marker] = marked(
      `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready'); ${SERVES}`,
    );
    expect(await checkerWith().check(server, MAY)).toMatchObject({
      ok: true,
      tools: [{ name: 'a' }],
    });
    expect(processesWith(marker)).toEqual([]);
  });

  it('is running is ended when the client leaves', async () => {
    const [server, marker] = marked('setInterval(() => {}, 1000);');
    await expect(checkerWith().check(server, MAY, AbortSignal.timeout(500))).rejects.toThrow(
      'timeout',
    );
    expect(processesWith(marker)).toEqual([]);
  });
});
