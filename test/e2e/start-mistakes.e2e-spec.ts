// Mistakes of a first start, each as a process of its own: one line says what is wrong and what to do.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { PROJECT } from '../support/npm.js';
import { DataDirectory, Started } from '../support/processes.js';

/** `node --import` it, to be taken for another version. */
const asNode = (version: string): string =>
  `--import=data:text/javascript,${encodeURIComponent(`Object.defineProperty(process, 'version', { value: '${version}' })`)}`;

describe('a mistake at the start', () => {
  let directory: string;
  let database: TestDatabase;
  const started: Started[] = [];
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'threadkeep-mistakes-'));
    await chmod(directory, 0o711);
    await writeFile(join(directory, 'file'), '');
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const one of started.splice(0)) if (!one.ended) await one.kill('SIGKILL');
  });
  afterAll(async () => {
    await rm(directory, { recursive: true });
    await database.drop();
  });

  const run = (environment: Record<string, string>): Started => {
    const one = Started.run(environment);
    started.push(one);
    return one;
  };

  async function refusal(environment: Record<string, string>): Promise<string> {
    const one = run(environment);
    expect(await one.exit).toEqual({ code: 1, signal: null });
    expect(one.output).toBe('');
    return one.errors;
  }

  it.each([
    ['is a file', () => join(directory, 'file'), 'is a file. Name a folder.'],
    ['is below a file', () => join(directory, 'file/data'), 'is below a file. Name a folder.'],
    [
      'is below a folder that takes none',
      () => '/proc/threadkeep/data',
      'cannot be used (ENOENT): give the user who starts Threadkeep the right to write there, or set DATA_DIR to another folder.',
    ],
  ])('is told in one line: the data directory %s', async (_title, path, expected) => {
    expect(await refusal({ DATA_DIR: path() })).toBe(`The data directory ${path()} ${expected}\n`);
  });

  it('is told in one line: the secrets of the data directory are missing', async () => {
    const data = join(directory, 'bare');
    await mkdir(join(data, 'postgres'), { recursive: true });
    expect(await refusal({ DATA_DIR: data })).toMatch(/^[^\n]*secrets\.json is missing[^\n]*\n$/);
  });

  it('is none: a lock that a killed process left is taken over', async () => {
    const data = await DataDirectory.create();
    const stale = run({ DATA_DIR: data.path });
    await stale.url();
    await stale.kill('SIGKILL');
    const next = run({ DATA_DIR: data.path });
    await next.url();
    expect(await next.kill('SIGTERM')).toMatchObject({ code: 0 });
    await data.remove();
  });

  it.each(['v18.20.4', 'v20.18.0', 'v23.11.0'])('is told in one line: Node %s', async (version) => {
    for (const entry of ['main.js', 'cli/threadkeep.js']) {
      const script = join(PROJECT, 'dist/src', entry);
      const one = Started.program(process.execPath, [asNode(version), script], directory, {});
      started.push(one);
      expect(await one.exit).toEqual({ code: 1, signal: null });
      expect(one.errors).toMatch(
        new RegExp(
          `^Threadkeep \\S+ needs Node >=20\\.19 [^\\n]*this is ${version}\\. [^\\n]*\\n$`,
        ),
      );
    }
  });

  it.each([
    [{ DATABASE_URL: 'mysql://db/app' }, /\n {2}DATABASE_URL: [^\n]+\n$/],
    [{ PORT: '80000', EMBEDDER: 'big' }, /\n {2}PORT: [^\n]+\n {2}EMBEDDER: [^\n]+\n$/],
    [{ VAULT_KEYS_FILE: '/nowhere/keys' }, /\n {2}VAULT_KEYS_FILE: [^\n]+ no such file\n$/],
    [{ VAULT_KEYS_FILE: '/' }, /\n {2}VAULT_KEYS_FILE: [^\n]+ a folder\n$/],
    [{ VAULT_KEYS_FILE: '/dev/null' }, /\n {2}VAULT_KEYS_FILE: must name a key\n$/],
    [{ JWT_ISSUERS_FILE: '/nowhere/issuers' }, /\n {2}JWT_ISSUERS_FILE: [^\n]+ no such file\n$/],
    [{ USER_SETTINGS_SCHEMA_FILE: '/' }, /\n {2}USER_SETTINGS_SCHEMA_FILE: [^\n]+ a folder\n$/],
    [{ REDIS_URL: 'http://127.0.0.1' }, /\n {2}REDIS_URL: must be a redis:\/\/ [^\n]+\n$/],
    [{ EMBEDDER: 'openai' }, /\n {2}OPENAI_API_KEY: is needed with EMBEDDER=openai\n$/],
    [{ CORS_ORIGINS: 'example.com' }, /\n {2}CORS_ORIGINS: must be origins as in https:[^\n]+\n$/],
    [{ BOOTSTRAP_API_KEY: 'secret' }, /\n {2}BOOTSTRAP_API_KEY: must be tk_ [^\n]+\n/],
    [
      { SHUTDOWN_TIMEOUT: '-1', LOG_LEVEL: 'loud' },
      /\n {2}(SHUTDOWN_TIMEOUT|LOG_LEVEL): [^\n]+\n$/,
    ],
  ])('is told with the names of all settings that are wrong: %j', async (environment, expected) => {
    expect(await refusal(environment)).toMatch(expected);
  });

  it.each([
    ['nobody listens', (url: URL) => void (url.port = '1'), 'Is it running, '],
    [
      'its host has no address',
      (url: URL) => void (url.hostname = 'no.invalid'),
      'Is it running, ',
    ],
    ['it is missing', (url: URL) => void (url.pathname = '/nope'), 'Create it (createdb nope), '],
    [
      'its server has no TLS',
      (url: URL) => url.searchParams.set('sslmode', 'require'),
      'Switch TLS on at the server, ',
    ],
  ])('is told in one line: the database, where %s', async (_title, change, advice) => {
    const url = new URL(database.adminUrl);
    change(url);
    const said = await refusal({ DATABASE_URL: url.href });
    expect(said).toMatch(/^PostgreSQL at [^\n]+ cannot be used: [^\n]+\n$/);
    expect(said).toContain(advice);
  });

  it('is told in one line: the address is none of this machine', async () => {
    const environment = { DATABASE_URL: database.adminUrl, ...database.logins };
    for (const host of ['192.0.2.1', 'no.invalid'])
      expect(await refusal({ ...environment, HOST: host })).toMatch(
        /^HOST is [^\n]+, which is no address of this machine\. Set it to [^\n]+\n$/,
      );
  });

  it.each([
    ['is there already', () => join(directory, 'file'), 'move it away, '],
    ['has no folder', () => join(directory, 'nowhere/key'), 'make the folder, '],
  ])('is told in one line: the file of the first key %s', async (_title, path, advice) => {
    const environment = { DATABASE_URL: database.adminUrl, ...database.logins };
    const said = await refusal({ ...environment, SERVICE_KEY_FILE: path() });
    expect(said).toMatch(/^SERVICE_KEY_FILE is [^\n]+ No key was made\.\n$/);
    expect(said).toContain(advice);
  });

  it('is told in one line: the port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    try {
      expect(await refusal({ DATABASE_URL: database.adminUrl, PORT: String(port) })).toMatch(
        new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is in use\\. [^\\n]*\\n$`),
      );
    } finally {
      taken.close();
    }
  });

  it('is a line of the log: a setting whose name is misspelt', async () => {
    const one = run({
      DATABASE_URL: database.adminUrl,
      REDIS_URI: 'redis://secret',
      LOG_LEVEL: 'warn',
    });
    await one.url();
    await one.kill('SIGTERM');
    const lines = one.errors.split('\n').filter((line) => line.includes('REDIS_URI'));
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { level: 'warn', msg: 'REDIS_URI is no setting of Threadkeep. Did you mean REDIS_URL?' },
    ]);
  });
});
