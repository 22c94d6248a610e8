// A stop answers or serves what was sent, and waits for nothing that does not come.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Started } from '../support/processes.js';
import { head } from '../support/raw-socket.js';
import { eventually } from '../support/wait.js';

const key = `tk_${randomBytes(32).toString('base64url')}`;
const headers = { authorization: `Bearer ${key}`, 'threadkeep-user': 'ada' };
/** Seconds that requests in flight get: far more than a stop may take here. */
const SHUTDOWN_TIMEOUT = 30;

interface Held {
  said: string;
  /** The code of the error that the connection ended with. */
  error: string | undefined;
  closed: Promise<void>;
  socket: Socket;
}

function hold(url: string, bytes: string): Held {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const held: Held = {
    said: '',
    error: undefined,
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
    socket,
  };
  socket.on('data', (chunk: Buffer) => (held.said += chunk.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => (held.error = error.code));
  if (bytes !== '') socket.write(bytes);
  return held;
}

describe('a stop', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());
  const start = () =>
    Started.run({
      DATABASE_URL: database.adminUrl,
      BOOTSTRAP_API_KEY: key,
      SHUTDOWN_TIMEOUT: String(SHUTDOWN_TIMEOUT),
    });

  it('answers a body that has not arrived with 503, lets go of half a head and of silence, and ends with 0', async () => {
    const server = start();
    const url = await server.url();
    const announced = (length: number) =>
      head('POST', '/v1/conversations', {
        ...headers,
        'content-type': 'application/json',
        'content-length': String(length),
      });
    const chunked = head('POST', '/v1/conversations', {
      ...headers,
      'content-type': 'application/json',
      'transfer-encoding': 'chunked',
    });
    const bodies = [
      `${announced(1_000)}{"title":"`,
      announced(200_000),
      `${chunked}5\r\n{"tit\r\n`,
    ].map((bytes) => hold(url, bytes));
    const others = ['', 'POST /v1/conversations HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: '].map(
      (bytes) => hold(url, bytes),
    );
    const served = hold(url, head('GET', '/health/live', {}));
    await eventually(async () => served.said.includes('"ok"'));
    const begun = Date.now();
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(Date.now() - begun).toBeLessThan((SHUTDOWN_TIMEOUT * 1_000) / 2);
    await Promise.all([...bodies, ...others, served].map(({ closed }) => closed));
    for (const { said } of bodies)
      expect(said).toMatch(/^HTTP\/1\.1 503 [^]*"code":"server\.unavailable"/);
    expect(bodies.map(({ said }) => /\r\nconnection: close\r\n/i.test(said))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('resets no connection of clients that make a new one for each request, and answers each of them', async () => {
    const server = start();
    const url = await server.url();
    let asking = true;
    const broken: string[] = [];
    const statuses: Record<string, number> = {};
    const client = async () => {
      while (asking) {
        const held = hold(
          url,
          head('GET', '/v1/conversations', { ...headers, connection: 'close' }),
        );
        await held.closed;
        const status = /^HTTP\/1\.1 (\d{3}) /.exec(held.said)?.[1] ?? held.error ?? 'nothing';
        statuses[status] = (statuses[status] ?? 0) + 1;
        // Once nobody listens there is nobody who could answer.
        if (status === 'ECONNREFUSED') return;
        if (!/^\d/.test(status)) broken.push(status);
      }
    };
    const clients = Array.from({ length: 48 }, client);
    await eventually(async () => (statuses['200'] ?? 0) > 100);
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    asking = false;
    await Promise.all(clients);
    console.log(`answers over a stop: ${JSON.stringify(statuses)}`);
    expect(broken).toEqual([]);
    expect(
      Object.keys(statuses).filter((status) => !['200', '503', 'ECONNREFUSED'].includes(status)),
    ).toEqual([]);
  });
});
