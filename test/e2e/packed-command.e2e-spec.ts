// The command `threadkeep` as it is released: installed from its tarball into an empty folder, on one data directory through its life.
import { execFile } from 'node:child_process';
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PROJECT, systemEnvironment } from '../support/npm.js';
import { DataDirectory, freePort, Started } from '../support/processes.js';

interface Done {
  code: number;
  out: string;
  error: string;
}

const exec = (file: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Done> =>
  new Promise((resolve) => {
    execFile(file, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, out, errors) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, error: errors }),
    );
  });

const KEY = /^tk_[\w-]{43}$/;
const COMMANDS = ['doctor', 'api-keys', 'import', 'export', 'keys', 'migrate', 'backup', 'restore'];

describe('the packed command', () => {
  let directory: string;
  let data: DataDirectory;
  let port: number;
  let packed: string[];
  let key: string;
  const started: Started[] = [];

  const npm = async (args: string[], cwd: string) => {
    const done = await exec('npm', args, cwd, systemEnvironment());
    if (done.code !== 0) throw new Error(`npm ${args.join(' ')}: ${done.error}`);
    return done.out;
  };
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'threadkeep-packed-'));
    await chmod(directory, 0o711);
    data = await DataDirectory.create();
    port = await freePort();
    // Without its script, which would build again, under the feet of other specs.
    const [pack] = JSON.parse(
      await npm(['pack', '--ignore-scripts', '--json', '--pack-destination', directory], PROJECT),
    ) as { filename: string; files: { path: string }[] }[];
    packed = pack!.files.map(({ path }) => path);
    await writeFile(join(directory, 'package.json'), '{"private":true}');
    const options = ['--omit=dev', '--prefer-offline', '--no-audit', '--no-fund'];
    await npm(['install', ...options, `./${pack!.filename}`], directory);
  });
  afterEach(async () => {
    for (const one of started.splice(0)) if (!one.ended) await one.kill('SIGKILL');
  });
  afterAll(async () => {
    await data.remove();
    await rm(directory, { recursive: true, force: true });
  });

  const environment = (more: Record<string, string> = {}) => ({
    ...systemEnvironment(),
    DATA_DIR: data.path,
    PORT: String(port),
    SHUTDOWN_DELAY: '0',
    ...more,
  });
  const threadkeep = (args: string[], more: Record<string, string> = {}): Promise<Done> =>
    exec(join(directory, 'node_modules/.bin/threadkeep'), args, directory, environment(more));
  const start = async (more: Record<string, string> = {}): Promise<Started> => {
    const bin = join(directory, 'node_modules/.bin/threadkeep');
    const one = Started.program(bin, [], directory, environment(more));
    started.push(one);
    expect(await one.url()).toBe(`http://127.0.0.1:${port}`);
    return one;
  };
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${key}`,
        'threadkeep-user': 'ada',
        'content-type': 'application/json',
      },
    });
  const titles = async () =>
    ((await (await call('/v1/conversations')).json()) as { data: { title: string }[] }).data.map(
      ({ title }) => title,
    );

  it('has the build, and no sources, tests or settings', () => {
    expect(packed).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'CHANGELOG.md',
        'dist/src/cli/threadkeep.js',
        'docs/README.md',
        'docs/start.md',
        'docs/errors.md',
      ]),
    );
    expect(packed.some((path) => /^dist\/migrations\/\d+-[\w-]+\.js$/.test(path))).toBe(true);
    expect(packed.some((path) => /^dist\/console\/index\.html$/.test(path))).toBe(true);
    const others = packed.filter(
      (path) =>
        !/^dist\/console\/(index\.html|console\/[\w-]+\.(js|css|svg))$/.test(path) &&
        !/^dist\/(src|migrations)\/[\w./-]+\.js$/.test(path) &&
        !/^docs\/[\w-]+\.md$/.test(path) &&
        !['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json'].includes(path),
    );
    expect(others).toEqual([]);
    expect(packed.filter((path) => /\.spec\.js$/.test(path))).toEqual([]);
  });

  it('says what it can, its version, and how each command is used', async () => {
    const help = await threadkeep(['--help']);
    expect([help.code, help.error]).toEqual([0, '']);
    for (const name of COMMANDS) {
      expect(help.out).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
      const { code, out } = await threadkeep([name, '--help']);
      expect([code, out]).toEqual([0, expect.stringMatching(`^Usage: threadkeep ${name}`)]);
    }
    const { version } = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect((await threadkeep(['--version'])).out).toBe(`${version}\n`);
    const unknown = await threadkeep(['serve']);
    expect([unknown.code, unknown.out]).toEqual([2, '']);
    expect(unknown.error).toMatch(/^threadkeep knows no serve; it knows doctor, .*\n$/);
  });

  it('finds nothing wrong before the first start, and makes nothing', async () => {
    const { code, out } = await threadkeep(['doctor']);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^ok {4}database .*first start makes it/m),
    ]);
    expect(out).toMatch(/^ok {4}embedder .*local/m);
    expect(await readdir(data.path)).toEqual([]);
  });

  it('starts, says in its log what it is, is called, and stops', async () => {
    const server = await start();
    key = /^service key: (tk_\S+)$/m.exec(server.output)![1]!;
    expect(
      (await call('/v1/conversations', { method: 'POST', body: '{"title":"kept"}' })).status,
    ).toBe(201);
    expect(await (await call('/health/ready')).json()).toMatchObject({
      status: 'ok',
      version: expect.any(String),
    });
    for (const page of ['/docs', '/docs/start', '/docs/errors/memory.not_found', '/docs/api'])
      expect([page, (await call(page)).status]).toEqual([page, 200]);
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    const log = server.errors
      .split('\n')
      .flatMap((line) => (line ? [JSON.parse(line) as object] : []));
    expect(log).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          msg: 'started',
          version: expect.stringMatching(/^\d+\.\d+\.\d+/),
          mode: 'embedded',
          postgres: expect.stringMatching(/^\d+\.\d+$/),
          embedder: 'local',
          pool: 20,
          port,
        }),
        expect.objectContaining({ msg: 'stopping', signal: 'SIGTERM' }),
        expect.objectContaining({ msg: 'stopped' }),
      ]),
    );
  });

  it('replaces a lost key while no server runs, and prints nothing but the secret', async () => {
    const made = await threadkeep(['api-keys', 'create', '--name', 'second']);
    expect([made.code, made.out.trim()]).toEqual([0, expect.stringMatching(KEY)]);
    expect(made.error).not.toContain(made.out.trim());
    key = made.out.trim();
    const listed = await threadkeep(['api-keys', 'list', '--json']);
    expect(JSON.parse(listed.out)).toMatchObject([
      { name: 'second', hint: key.slice(-4) },
      { name: 'first' },
    ]);
    expect(listed.out).not.toContain(key);
    const wrong = await threadkeep(['api-keys', 'create', '--scopes', 'everything']);
    expect([wrong.code, wrong.out]).toEqual([1, '']);
    expect(wrong.error).toMatch(/^[^\n]*\/scopes[^\n]*\n$/);
  });

  it('goes through a running server with a key, and says so without one', async () => {
    await start();
    expect(await threadkeep(['doctor'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^ok {4}server .* is ready, Threadkeep \d/m),
    });
    for (const args of [
      ['api-keys', 'list'],
      ['keys', 'status'],
      ['backup', join(directory, 'none')],
    ]) {
      const refused = await threadkeep(args);
      expect([refused.code, refused.out]).toEqual([1, '']);
      expect(refused.error).toMatch(/^[^\n]*(is in use by another|A server runs on)[^\n]*\n$/);
    }
    const through = { THREADKEEP_API_KEY: key, THREADKEEP_URL: `http://127.0.0.1:${port}` };
    const made = await threadkeep(['api-keys', 'create', '--user', 'ada', '--json'], through);
    const { id, key: secret, kind } = JSON.parse(made.out) as Record<string, string>;
    expect([made.code, kind, secret]).toEqual([0, 'user', expect.stringMatching(KEY)]);
    const asAda = () =>
      fetch(`${through.THREADKEEP_URL}/v1/users/me`, {
        headers: { authorization: `Bearer ${secret}` },
      });
    expect((await asAda()).status).toBe(200);
    expect(await threadkeep(['api-keys', 'revoke', id!], through)).toMatchObject({ code: 0 });
    expect((await asAda()).status).toBe(401);
    const lines = (await threadkeep(['api-keys', 'list'], through)).out;
    expect(lines).toMatch(new RegExp(`^${id} .*revoked`, 'm'));
    expect(await threadkeep(['api-keys', 'revoke', 'me'], through)).toMatchObject({
      code: 1,
      out: '',
    });
  });

  it('copies a data directory, and refuses to write over anything', async () => {
    const copy = join(directory, 'copy');
    // What a copy leaves that was killed.
    await mkdir(`${copy}.partial/postgres`, { recursive: true });
    const done = await threadkeep(['backup', copy]);
    expect([done.code, done.error]).toEqual([0, '']);
    expect((await readdir(copy)).sort()).toEqual(['backup.json', 'postgres', 'secrets.json']);
    expect((await readdir(directory)).filter((name) => name.includes('partial'))).toEqual([]);
    expect((await threadkeep(['backup', copy])).error).toMatch(/copy is there already\. [^\n]*\n$/);
    expect((await threadkeep(['backup', join(data.path, 'in')])).error).toMatch(
      /is in the data directory/,
    );
  });

  it('puts the copy into another data directory, with the rights of its files', async () => {
    const copy = join(directory, 'copy');
    const other = await DataDirectory.create();
    try {
      const into = { DATA_DIR: other.path };
      expect((await threadkeep(['restore', copy])).error).toMatch(/is not empty: it has [^\n]*\n$/);
      expect((await threadkeep(['restore', directory], into)).error).toMatch(
        /is no backup: [^\n]*\n$/,
      );
      expect(await threadkeep(['restore', copy], into)).toMatchObject({ code: 0, error: '' });
      for (const name of ['secrets.json', 'postgres', 'postgres/PG_VERSION']) {
        const [from, to] = [await stat(join(data.path, name)), await stat(join(other.path, name))];
        expect([name, to.mode, to.uid]).toEqual([name, from.mode, from.uid]);
      }
      await start(into);
      expect(await titles()).toEqual(['kept']);
    } finally {
      for (const one of started.splice(0)) await one.kill('SIGTERM');
      await other.remove();
    }
  });

  it.each([
    ['changed', (copy: string) => writeFile(join(copy, 'postgres/global/pg_control'), 'x')],
    ['missing', (copy: string) => rm(join(copy, 'postgres/PG_VERSION'))],
    [
      'additional',
      (copy: string) => copyFile(join(copy, 'secrets.json'), join(copy, 'vault.keys')),
    ],
  ])('restores nothing of a copy in which a file is %s', async (_title, damage) => {
    const copy = join(directory, 'damaged');
    await cp(join(directory, 'copy'), copy, { recursive: true });
    const other = await DataDirectory.create();
    try {
      await damage(copy);
      const refused = await threadkeep(['restore', copy], { DATA_DIR: other.path });
      expect([refused.code, refused.out]).toEqual([1, '']);
      expect(refused.error).toMatch(/^The backup [^\n]* is damaged: [^\n]*\n$/);
      expect(await readdir(other.path)).toEqual([]);
    } finally {
      await rm(copy, { recursive: true });
      await other.remove();
    }
  });

  it.each(['backup', 'restore'])(
    'names the tool of a server of your own for a %s',
    async (name) => {
      const { code, error } = await threadkeep([name, 'app.dump'], {
        DATABASE_URL: 'postgres://ada:hunter2@db.example:5433/app',
      });
      expect(code).toBe(1);
      expect(error).toMatch(
        /^[^\n]* pg_(dump|restore) [^\n]*postgres:\/\/postgres@db\.example:5433\/app[^\n]*\n$/,
      );
      expect(error).not.toContain('hunter2');
    },
  );
});
