// One process takes over from another under load, as in every release: no request fails, and nothing is left behind.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { numberFromEnvironment } from '../support/seeded.js';
import { Started } from '../support/processes.js';
import { eventually, HANG_MS } from '../support/wait.js';
import { Wire } from '../support/wire.js';

const HANDOVERS = numberFromEnvironment('HANDOVERS', 2);
/** Requests a second, at their time whether or not those before were answered. */
const RATE = 50;
/** How often the balancer asks who is ready. */
const POLL = 250;

interface Instance {
  process: Started;
  url: string;
  wire: Wire;
  ready: boolean;
  /** What readiness has answered, as it changed; 0 is a refused connection. */
  seen: number[];
}

describe('a handover', () => {
  const key = `tk_${randomBytes(32).toString('base64url')}`;
  const headers = { authorization: `Bearer ${key}`, 'threadkeep-user': 'ada' };
  let database: TestDatabase;
  const instances: Instance[] = [];
  let [balancing, loading] = [true, true];

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    balancing = loading = false;
    for (const { process, wire } of instances) {
      if (!process.ended) await process.kill('SIGKILL');
      wire.close();
    }
    await database.drop();
  });

  async function start(): Promise<Instance> {
    const process = Started.run({
      DATABASE_URL: database.adminUrl,
      BOOTSTRAP_API_KEY: key,
      DB_POOL_SIZE: '6',
      SHUTDOWN_DELAY: '1',
    });
    const url = await process.url();
    const instance = { process, url, wire: new Wire(url, 100), ready: true, seen: [] };
    instances.push(instance);
    void poll(instance);
    return instance;
  }

  async function poll(instance: Instance): Promise<void> {
    for (; balancing && instance.seen.at(-1) !== 0; await sleep(POLL)) {
      const status = await fetch(`${instance.url}/health/ready`, {
        headers: { connection: 'close' },
      }).then(
        (answer) => answer.status,
        () => 0,
      );
      instance.ready = status === 200;
      if (instance.seen.at(-1) !== status) instance.seen.push(status);
    }
  }

  it(`fails no request of ${RATE} a second, is told by readiness first, and ends in order within 15 seconds`, async () => {
    await start();
    const conversation = JSON.parse(
      (await instances[0]!.wire.json('POST', '/v1/conversations', headers, {})).text,
    ) as { id: string };
    const path = `/v1/conversations/${conversation.id}/messages`;
    const failures: unknown[] = [];
    let [answered, acknowledged] = [0, 0];
    const fire = async (n: number) => {
      const ready = instances.filter((one) => one.ready);
      // As balancers do when nobody is: it then tries all the same.
      const { wire } = ready[n % ready.length] ?? instances.at(-1)!;
      const writes = n % 2 === 0;
      const answer = await (
        writes
          ? wire.json('POST', path, headers, { role: 'user', content: `m${n}` })
          : wire.json('GET', `${path}?limit=5`, headers)
      ).catch((error: Error) => error);
      answered++;
      if (!('status' in answer) || answer.status >= 300)
        failures.push(answer instanceof Error ? answer.message : answer);
      else if (writes) acknowledged++;
    };
    const load = (async () => {
      const [begun, sent]: [number, Promise<void>[]] = [Date.now(), []];
      for (let n = 0; loading; n++) {
        await sleep(Math.max(0, begun + (n * 1000) / RATE - Date.now()));
        sent.push(fire(n));
      }
      await Promise.all(sent);
    })();

    const took: number[] = [];
    for (let i = 0; i < HANDOVERS; i++) {
      await start();
      await sleep(1_000);
      const old = instances[i]!;
      const begun = Date.now();
      expect(await old.process.kill('SIGTERM')).toEqual({ code: 0, signal: null });
      took.push(Date.now() - begun);
      await eventually(() => Promise.resolve(old.seen.at(-1) === 0));
      expect(old.seen).toEqual([200, 503, 0]);
      // Readiness that says no is logged, and nothing else.
      expect(
        old.process.errors
          .split('\n')
          .filter((line) => line !== '' && !line.includes('"server.unavailable"')),
      ).toEqual([]);
    }
    await sleep(500);
    loading = false;
    await load;
    console.log(
      `${answered} requests over ${HANDOVERS} handovers, ${failures.length} failed; stops took ${took.join(', ')} ms`,
    );
    expect(failures.slice(0, 3)).toEqual([]);
    expect(Math.max(...took)).toBeLessThan(HANG_MS);
    expect((await database.admin('select from threadkeep.message')).rowCount).toBe(acknowledged);

    balancing = false;
    const last = instances.at(-1)!;
    expect(await last.process.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    const left = `select state, application_name from pg_stat_activity where datname = current_database() and application_name like 'threadkeep%'`;
    await eventually(async () => (await database.admin(left)).rowCount === 0);
  });
});
