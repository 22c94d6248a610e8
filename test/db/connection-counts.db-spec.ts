import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/platform/config/config.js';
import { maxConnections } from '../../src/platform/database/connections/connection-counts.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { withClient } from '../support/database.js';

const POOLS = {
  DB_POOL_SIZE: '2',
  DB_POOL_OVERFLOW: '2',
  DB_SYSTEM_POOL_SIZE: '1',
  DB_SYSTEM_POOL_OVERFLOW: '1',
};

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ ...POOLS, DB_TRANSACTION_POOLER: 'false', JOB_CONCURRENCY: '1' });
  await app.listen();
});
afterAll(() => app.close());

it('a process under load opens no more connections than its settings say', async () => {
  const most = maxConnections(loadConfig(POOLS));
  let isWorking = true;
  const counts = withClient(app.database.adminUrl, async (client) => {
    const seen: number[] = [];
    for (; isWorking; await sleep(50)) {
      const { rows } = await client.query<{ count: number }>(
        `select count(*)::int from pg_stat_activity where datname = $1 and backend_type = 'client backend' and pid <> pg_backend_pid()`,
        [app.database.name],
      );
      seen.push(rows[0]!.count);
    }
    return seen;
  });
  const user = (i: number) => app.actingFor(`user ${i % 10}`);
  const work = Promise.all(
    Array.from({ length: 30 }, async (_, i) => {
      await user(i)
        .post('/v1/conversations', { title: `t${i}` })
        .expect(201);
      await user(i).get('/v1/conversations?count=true&filter[title]=t1').expect(200);
      await user(i)
        .post('/v1/tasks', { title: `t${i}` })
        .set('idempotency-key', `k${i}`);
      await app.service.get('/v1/users?count=true').expect(200);
      await app.anonymous.get('/health/ready');
    }),
  );
  await work.finally(() => (isWorking = false));
  const seen = Math.max(...(await counts));
  expect(seen).toBeLessThanOrEqual(most);
  // Fewer would mean that the load was none.
  expect(seen).toBeGreaterThan(most / 2);
});
