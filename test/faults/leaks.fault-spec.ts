// A mixed load with broken connections on both sides, and then silence: nothing is held that nobody uses.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { createTestApp, type TestApp } from '../support/app.js';
import { hangUp, head } from '../support/raw-socket.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { eventually, HANG_MS } from '../support/wait.js';
import { Wire } from '../support/wire.js';

const SEED = numberFromEnvironment('SEED', Date.now() % 1_000_000);
const SECONDS = numberFromEnvironment('SECONDS', 10);
const CLIENTS = 12;
/** Of all requests, how many are hung up on, and how many have a connection to PostgreSQL broken under them. */
const FAULTS = 0.01;
const OURS = `from pg_stat_activity where datname = current_database() and application_name like 'threadkeep%'`;
const STUCK = `select pid, state ${OURS} and state like 'idle in transaction%' and now() - state_change > interval '5 seconds'`;

describe('a long mixed load with one fault in a hundred', () => {
  let app: TestApp;
  let pool: pg.Pool;
  beforeAll(async () => {
    app = await createTestApp();
    pool = (app.app.get(DataSource).driver as unknown as { master: pg.Pool }).master;
  });
  afterAll(() => app?.close());

  it(
    'leaves no connection checked out, nobody waiting, no transaction open, and the pool as small as it is kept',
    async () => {
      console.log(`SEED=${SEED}`);
      const url = await app.listen();
      const wire = new Wire(url, CLIENTS);
      const headers = { authorization: `Bearer ${app.serviceKey}`, 'threadkeep-user': 'ada' };
      const { id } = JSON.parse(
        (await wire.json('POST', '/v1/conversations', headers, {})).text,
      ) as { id: string };
      const path = `/v1/conversations/${id}`;
      const statuses: Record<string, number> = {};
      const stuck: unknown[] = [];
      const end = Date.now() + SECONDS * 1000;

      const requests: (() => [string, string, unknown?])[] = [
        () => ['POST', `${path}/messages`, { role: 'user', content: 'hello again' }],
        () => ['GET', `${path}/messages?limit=20`],
        () => ['GET', '/v1/conversations?limit=10'],
        () => ['POST', `${path}/context`, { budgetTokens: 500 }],
        () => ['PATCH', path, { title: 'another' }],
        () => ['POST', '/v1/memories', { content: 'Likes plants', kind: 'fact' }],
        () => ['POST', '/v1/memories/search', { query: 'plants' }],
        () => ['GET', '/v1/conversations/00000000-0000-7000-8000-000000000000'],
      ];
      const client = async (random: Seeded) => {
        while (Date.now() < end) {
          const [method, target, body] = random.pick(requests)();
          if (random.chance(FAULTS)) {
            const text = JSON.stringify(body ?? {});
            await hangUp(
              url,
              `${head(method, target, { ...headers, 'content-type': 'application/json', 'content-length': String(text.length) })}${text}`,
              'once it is sent',
            );
          }
          if (random.chance(FAULTS))
            await app.database.admin(
              `select pg_terminate_backend(pid) from (select pid ${OURS} order by random() limit 1) one`,
            );
          const answer = await wire.json(method, target, headers, body).catch(() => null);
          const status = String(answer?.status ?? 'broken');
          statuses[status] = (statuses[status] ?? 0) + 1;
        }
      };
      const watch = async () => {
        for (; Date.now() < end; await sleep(1_000)) {
          stuck.push(...(await app.database.admin(STUCK)).rows);
        }
      };
      await Promise.all([
        watch(),
        ...Array.from({ length: CLIENTS }, (_, i) => client(new Seeded(SEED + i))),
      ]);
      wire.close();
      console.log(JSON.stringify({ statuses, connections: pool.totalCount }));
      expect(
        Object.keys(statuses).filter(
          (status) => !['200', '201', '404', '409', '503'].includes(status),
        ),
      ).toEqual([]);
      expect(stuck).toEqual([]);

      expect(pool.waitingCount).toBe(0);
      await eventually(() => Promise.resolve(pool.idleCount === pool.totalCount));
      const kept = pool.options.min ?? 0;
      await eventually(() => Promise.resolve(pool.totalCount <= kept), HANG_MS);
      expect((await app.database.admin(`select ${OURS} and state <> 'idle'`)).rowCount).toBe(0);
      // Besides the pool: four pipelined connections, the listener for keys, the probe's, and three for the job queue.
      expect((await app.database.admin(`select ${OURS}`)).rowCount).toBeLessThanOrEqual(kept + 9);
    },
    (SECONDS + 120) * 1000,
  );
});
