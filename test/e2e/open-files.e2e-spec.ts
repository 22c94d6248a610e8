// Connections of clients leave the process the files that it needs itself.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { PROJECT, plainEnvironment } from '../support/npm.js';
import { Started } from '../support/processes.js';
import { head } from '../support/raw-socket.js';
import { eventually } from '../support/wait.js';

const OPEN_FILES = 1_024;
const ACCEPTED = 824;

describe('a process that may have few files open', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('accepts fewer connections than MAX_CONNECTIONS, says so, and still loads and reads what it needs', async () => {
    const main = join(PROJECT, 'dist/src/main.js');
    const one = Started.program(
      'sh',
      ['-c', `ulimit -n ${OPEN_FILES} && exec "$0" "$1"`, process.execPath, main],
      PROJECT,
      {
        ...plainEnvironment(),
        ...database.logins,
        DATABASE_URL: database.adminUrl,
        PORT: '0',
        LOG_LEVEL: 'warn',
        EMBEDDER: 'none',
        SHUTDOWN_DELAY: '0',
      },
    );
    const { hostname, port } = new URL(await one.url());
    // Another pipe than the one that told the address, so it may come later.
    await eventually(() =>
      Promise.resolve(one.errors.includes(`it accepts ${ACCEPTED} connections.`)),
    );
    const first = connect(Number(port), hostname);
    let said = '';
    first.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(first, 'connect');

    const others: Socket[] = Array.from({ length: OPEN_FILES + 100 }, () =>
      connect(Number(port), hostname).on('error', () => undefined),
    );
    const closed = () => others.filter((socket) => socket.closed).length;
    others.forEach((socket) => socket.resume());
    await eventually(() => Promise.resolve(closed() >= others.length - ACCEPTED));
    for (const path of ['/docs/start', '/health/ready', '/docs/search?q=memory']) {
      said = '';
      first.write(head('GET', path, { connection: 'keep-alive' }));
      await eventually(() => Promise.resolve(said.startsWith('HTTP/1.1 ')));
      expect([path, said.slice(0, 12)]).toEqual([path, 'HTTP/1.1 200']);
    }
    for (const socket of [first, ...others]) socket.destroy();
    expect(await one.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});
