// Checks MCP servers that are commands: their isolation, their limits, and that nothing of them is left.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { McpChecker } from '../../src/agent-config/mcp/mcp-check.js';
import { McpConnector } from '../../src/agent-config/mcp/mcp-connector.js';
import type { McpCheck, StdioServer } from '../../src/agent-config/mcp/mcp-server.js';
import { loadConfig } from '../../src/platform/config/config.js';
import { Egress } from '../../src/platform/egress/egress.js';
import { EgressRules } from '../../src/platform/egress/egress-rules.js';
import { processesWith, scripted } from '../support/mcp-servers.js';

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

const failed = (reason: string) => ({
  ok: false,
  reason,
  detail: expect.not.stringContaining(CANARY),
  ms: expect.any(Number),
});

afterAll(async () => {
  for (const egress of opened) await egress.close();
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
