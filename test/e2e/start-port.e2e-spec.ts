import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Started } from '../support/processes.js';

const KEY = /^service key: tk_\S+$/gm;

describe('a start whose port cannot be opened', () => {
  let database: TestDatabase;
  let taken: Server;
  let port: number;
  const started: Started[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
    taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    ({ port } = taken.address() as AddressInfo);
  });
  afterEach(async () => {
    for (const one of started.splice(0)) if (!one.ended) await one.kill('SIGKILL');
  });
  afterAll(async () => {
    taken.close();
    await database.drop();
  });

  const start = (environment: Record<string, string>): Started => {
    const one = Started.run({ DATABASE_URL: database.adminUrl, ...environment });
    started.push(one);
    return one;
  };

  it.each([
    [
      'PORT is in use',
      () => ({ PORT: String(port) }),
      () =>
        `Port ${port} on 127.0.0.1 is in use. Stop the program that listens there, or set PORT to another port.`,
    ],
    [
      'METRICS_PORT is in use',
      () => ({ METRICS_PORT: String(port) }),
      () =>
        `Port ${port} on 127.0.0.1 is in use. Stop the program that listens there, or set METRICS_PORT to another port.`,
    ],
    [
      'HOST is an address of another machine',
      () => ({ HOST: '192.0.2.1' }),
      () =>
        'HOST is 192.0.2.1, which is no address of this machine. Set it to 127.0.0.1 for clients on this machine, or to 0.0.0.0 for all.',
    ],
  ])('says in one line what to do when %s, and makes no key', async (_title, given, message) => {
    const one = start(given());
    expect(await one.exit).toEqual({ code: 1, signal: null });
    expect([one.output, one.errors]).toEqual(['', `${message()}\n`]);
    const { rowCount } = await database.admin('select from threadkeep.api_key');
    expect(rowCount).toBe(0);
  });

  it('writes no key file either', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'threadkeep-key-'));
    const file = join(directory, 'service.key');
    await start({ PORT: String(port), SERVICE_KEY_FILE: file }).exit;
    const next = start({ SERVICE_KEY_FILE: file });
    await next.url();
    expect(next.output).toContain(`The first service key is in ${file}`);
    await next.kill('SIGTERM');
    await database.admin('delete from threadkeep.api_key');
    await rm(directory, { recursive: true });
  });

  it('shows the first key on the next start, when the port is free', async () => {
    await start({ PORT: String(port) }).exit;
    const next = start({});
    await next.url();
    expect(next.output.match(KEY)).toHaveLength(1);
    await next.kill('SIGTERM');
  });
});
