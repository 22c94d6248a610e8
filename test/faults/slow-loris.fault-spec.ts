// Hundreds of sockets that send their requests a byte at a time: they are cut, and those who ask properly do not notice.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Started } from '../support/processes.js';
import { head } from '../support/raw-socket.js';
import { numberFromEnvironment } from '../support/seeded.js';
import { HANG_MS } from '../support/wait.js';
import { Wire } from '../support/wire.js';

const SLOW_HEADS = numberFromEnvironment('SLOW_HEADS', 500);
const SLOW_BODIES = numberFromEnvironment('SLOW_BODIES', 200);

interface Loris {
  cut: Promise<{ after: number; said: string }>;
}

function dribble(url: string, start: string): Loris {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  const begun = Date.now();
  let said = '';
  const dribbling = setInterval(() => socket.write('x'), 1_000);
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
  socket.on('error', () => undefined);
  socket.write(start);
  return {
    cut: new Promise((resolve) => {
      socket.on('close', () => {
        clearInterval(dribbling);
        resolve({ after: Date.now() - begun, said });
      });
    }),
  };
}

describe('slow requests', () => {
  const key = `tk_${randomBytes(32).toString('base64url')}`;
  const headers = { authorization: `Bearer ${key}`, 'threadkeep-user': 'ada' };
  let database: TestDatabase;
  let server: Started;
  beforeAll(async () => {
    database = await createTestDatabase();
    server = Started.run({ DATABASE_URL: database.adminUrl, BOOTSTRAP_API_KEY: key });
  });
  afterAll(async () => {
    await server.kill('SIGKILL');
    await database.drop();
  });

  it(`are cut, ${SLOW_HEADS} heads and ${SLOW_BODIES} bodies of them, while others are served`, async () => {
    const url = await server.url();
    const wire = new Wire(url, 5);
    await wire.json('POST', '/v1/conversations', headers, { title: 'first' });
    const begin = `POST /v1/conversations HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: `;
    const whole = head('POST', '/v1/conversations', {
      ...headers,
      'content-type': 'application/json',
      'content-length': '1000',
    });
    const slow = [
      ...Array.from({ length: SLOW_HEADS }, () => dribble(url, begin)),
      ...Array.from({ length: SLOW_BODIES }, () => dribble(url, `${whole}{"title":"`)),
    ];
    let waiting = true;
    const proper: { status: number; took: number }[] = [];
    const asking = (async () => {
      while (waiting) {
        const begun = Date.now();
        const { status } = await wire.json('GET', '/v1/conversations', headers);
        proper.push({ status, took: Date.now() - begun });
        await sleep(50);
      }
    })();
    const cuts = await Promise.all(slow.map(({ cut }) => cut));
    waiting = false;
    await asking;
    wire.close();
    const slowest = Math.max(...cuts.map(({ after }) => after));
    console.log(
      `cut after at most ${slowest} ms; ${proper.length} proper requests, slowest ${Math.max(...proper.map(({ took }) => took))} ms`,
    );
    expect(slowest).toBeLessThan(HANG_MS);
    expect(cuts.filter(({ said }) => said !== '' && !said.startsWith('HTTP/1.1 408 '))).toEqual([]);
    expect(proper.filter(({ status, took }) => status !== 200 || took > HANG_MS)).toEqual([]);
    expect((await database.admin('select from threadkeep.conversation')).rowCount).toBe(1);
  });
});
