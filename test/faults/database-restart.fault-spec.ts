// The database is stopped and started again under load, by a server of the test's own.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrivatePostgres, type Shutdown } from '../support/private-postgres.js';
import { Started } from '../support/processes.js';
import { numberFromEnvironment } from '../support/seeded.js';
import { eventually, HANG_MS, untilServed } from '../support/wait.js';
import { Wire } from '../support/wire.js';

/** Of each kind of restart. */
const RESTARTS = numberFromEnvironment('RESTARTS', 1);
/** Milliseconds between two requests, whether or not the last was answered. */
const PACE = 20;
const OUTAGE = 1_500;

interface Sample {
  at: number;
  took: number;
  /** 0 when the connection to the service broke. */
  status: number;
  text: string;
}

describe('when the database is restarted', () => {
  let server: PrivatePostgres;
  let service: Started;
  let wire: Wire;
  let headers: Record<string, string>;
  beforeAll(async () => {
    server = await PrivatePostgres.start();
    const key = `tk_${randomBytes(32).toString('base64url')}`;
    service = Started.run({
      DATABASE_URL: server.url(),
      DATABASE_ADMIN_URL: server.url(),
      BOOTSTRAP_API_KEY: key,
    });
    wire = new Wire(await service.url(), 200);
    headers = { authorization: `Bearer ${key}`, 'threadkeep-user': 'ada' };
    expect((await wire.json('POST', '/v1/conversations', headers, {})).status).toBe(201);
  });
  afterAll(async () => {
    wire?.close();
    if (service && !service.ended) await service.kill('SIGKILL');
    await server?.stop();
  });

  /** Reads, writes and transactions by turns; each request is sent when it is due. */
  function load(): { samples: Sample[]; stop: () => Promise<void> } {
    const samples: Sample[] = [];
    const pending: Promise<unknown>[] = [];
    const send = async (n: number) => {
      const at = Date.now();
      const keyed = n % 3 === 2 ? { ...headers, 'idempotency-key': `${at}-${n}` } : headers;
      const sent =
        n % 3 === 0
          ? wire.json('GET', '/v1/conversations', headers)
          : wire.json('POST', '/v1/conversations', keyed, {});
      const { status, text } = await sent.catch((error: Error) => ({
        status: 0,
        text: error.message,
      }));
      samples.push({ at, took: Date.now() - at, status, text });
    };
    let n = 0;
    const timer = setInterval(() => pending.push(send(n++)), PACE);
    const stop = async () => {
      clearInterval(timer);
      await Promise.all(pending);
    };
    return { samples, stop };
  }

  const kinds = Array.from({ length: RESTARTS }, () => ['fast', 'immediate'] as Shutdown[]).flat();
  it.each(kinds)('%s, it answers 503 meanwhile, and goes on by itself', async (mode) => {
    const { samples, stop } = load();
    await untilServed(samples, 0);
    const stopping = Date.now();
    await server.shutDown(mode);
    await sleep(OUTAGE);
    const accepting = await server.run();
    const served = await untilServed(samples, accepting);
    await stop();
    const answered = (wanted: (sample: Sample) => boolean) =>
      samples.filter(wanted).map(({ status }) => status);
    expect(new Set(answered(({ at, took }) => at + took < stopping))).toEqual(new Set([200, 201]));
    expect(samples.filter(({ status }) => ![200, 201, 503].includes(status))).toEqual([]);
    expect(answered(({ status }) => status === 503).length).toBeGreaterThan(0);
    expect(Math.max(...samples.map(({ took }) => took))).toBeLessThan(HANG_MS);
    const back = samples
      .filter(({ at, took, status }) => at + took > accepting && status < 300)
      .map(({ at, took }) => at + took - accepting);
    process.stdout.write(
      `${mode}: first answer ${Math.min(...back)} ms after the database accepted connections\n`,
    );
    expect(new Set(answered(({ at }) => at > served))).toEqual(new Set([200, 201]));
    expect(samples.filter(({ text }) => /127\.0\.0\.1|unspeakable|postgres:/.test(text))).toEqual(
      [],
    );
  });

  it('refuses at once while it is gone, and its log says which server that is, and no password', async () => {
    await server.shutDown('fast');
    const ask = async () => {
      const begun = Date.now();
      const { status, headers: answered } = await wire.json('GET', '/v1/conversations', headers);
      return { status, retryAfter: answered['retry-after'], took: Date.now() - begun };
    };
    const asked = await Promise.all(Array.from({ length: 50 }, ask));
    expect(
      asked.filter(
        ({ status, retryAfter, took }) => status !== 503 || retryAfter !== '1' || took > HANG_MS,
      ),
    ).toEqual([]);
    const refused = await Promise.all(Array.from({ length: 50 }, ask));
    expect(refused.filter(({ status, took }) => status !== 503 || took > HANG_MS)).toEqual([]);
    expect((await wire.json('GET', '/health/ready', {})).status).toBe(503);
    expect((await wire.json('GET', '/health/live', {})).status).toBe(200);
    await eventually(async () =>
      service.errors.includes(`PostgreSQL at 127.0.0.1:${server.port}/postgres cannot be reached`),
    );
    expect(service.output + service.errors).not.toContain(server.password);
    expect(service.errors).not.toMatch(/server\.internal|[Uu]ncaught|[Uu]nhandled/);
    await server.run();
    await eventually(async () => (await ask()).status === 200);
    expect(service.ended).toBe(false);
  });

  it('takes a server that has become a standby for one that is not there', async () => {
    await server.becomeStandby();
    const write = () => wire.json('POST', '/v1/conversations', headers, {});
    for (let n = 0; n < 10; n++) {
      const answer = await write();
      expect([
        answer.status,
        (JSON.parse(answer.text) as { code: string }).code,
        answer.headers['retry-after'],
      ]).toEqual([503, 'server.unavailable', '1']);
    }
    expect((await wire.json('GET', '/health/live', {})).status).toBe(200);
  });
});
