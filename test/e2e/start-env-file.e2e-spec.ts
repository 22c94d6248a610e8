import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { freePort, Started } from '../support/processes.js';

describe('the .env file of the working directory', () => {
  let database: TestDatabase;
  let directory: string;
  const started: Started[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
    directory = await mkdtemp(join(tmpdir(), 'threadkeep-env-'));
  });
  afterEach(async () => {
    for (const one of started.splice(0)) if (!one.ended) await one.kill('SIGKILL');
  });
  afterAll(async () => {
    await rm(directory, { recursive: true });
    await database.drop();
  });

  const write = (lines: Record<string, string>) =>
    writeFile(
      join(directory, '.env'),
      Object.entries(lines)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );
  const run = (
    environment: Record<string, string> = {},
    command?: [entry: string, ...args: string[]],
  ): Started => {
    const one = Started.runIn(directory, environment, command);
    started.push(one);
    return one;
  };

  it('sets the port and the database of a start', async () => {
    const port = await freePort();
    await write({ PORT: String(port), DATABASE_URL: database.adminUrl, SHUTDOWN_DELAY: '0' });
    const server = run();
    expect(await server.url()).toBe(`http://127.0.0.1:${port}`);
    await server.kill('SIGTERM');
  });

  it('gives way to the environment', async () => {
    await write({ PORT: '70000', DATABASE_URL: database.adminUrl, SHUTDOWN_DELAY: '0' });
    const server = run({ PORT: '0' });
    await server.url();
    await server.kill('SIGTERM');
  });

  it('is named with every wrong setting, as those of the environment are', async () => {
    await write({ PORT: '70000', LOG_LEVEL: 'loud' });
    const server = run();
    expect((await server.exit).code).toBe(1);
    expect(server.errors).toContain('  PORT: ');
    expect(server.errors).toContain('  LOG_LEVEL: ');
  });

  it('says to migrations whose schema they are to migrate', async () => {
    await write({ DATABASE_ADMIN_URL: database.adminUrl });
    const migrate = run({}, ['cli/threadkeep.js', 'migrate', '--dry-run']);
    expect((await migrate.exit).code).toBe(0);
    // A clone of the template has the migrations; its roles are still those of the template.
    expect(migrate.output).toContain('-- the roles of this database');
  });

  it('says to the command of the vault keys which database has the data keys', async () => {
    await write({ DATABASE_URL: database.adminUrl });
    const keys = run({}, ['cli/threadkeep.js', 'keys', 'status']);
    await keys.exit;
    expect([keys.output, keys.errors]).toEqual([expect.stringMatching(/^Current key: /), '']);
  });

  it('says to the importer where the server is', async () => {
    await write({ THREADKEEP_URL: 'not-an-address', THREADKEEP_API_KEY: 'tk_any' });
    const importer = run({}, ['cli/threadkeep.js', 'import', 'no-such-file']);
    expect((await importer.exit).code).not.toBe(0);
    expect(importer.errors).toContain('THREADKEEP_URL');
  });
});
