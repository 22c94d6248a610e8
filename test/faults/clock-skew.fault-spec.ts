// A process whose clock is wrong does what its database's clock says: with a container after sleep, or a host without NTP.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { PROJECT } from '../support/npm.js';
import { Started } from '../support/processes.js';
import { eventually } from '../support/wait.js';
import { Wire } from '../support/wire.js';

const PRELOAD = pathToFileURL(join(PROJECT, 'test/support/skewed-clock.mjs')).href;
/** Long enough for several rounds of the job relay. */
const ROUNDS_MS = 3_000;

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

interface SkewedServer {
  database: TestDatabase;
  call: (
    method: string,
    path: string,
    body?: unknown,
  ) => Promise<{ status: number; body: Record<string, unknown> }>;
}

async function start(skewSeconds: number): Promise<SkewedServer> {
  const database = await createTestDatabase();
  ending.push(() => database.drop());
  const key = `tk_${randomBytes(32).toString('base64url')}`;
  const server = Started.run({
    DATABASE_URL: database.adminUrl,
    BOOTSTRAP_API_KEY: key,
    MEMORY_RETENTION: 'episode:30',
    NODE_OPTIONS: `--import ${PRELOAD}`,
    CLOCK_SKEW_MS: String(skewSeconds * 1_000),
  });
  ending.push(() => server.kill('SIGKILL'));
  const wire = new Wire(await server.url());
  ending.push(async () => wire.close());
  const headers = { authorization: `Bearer ${key}`, 'threadkeep-user': 'ada' };
  const call: SkewedServer['call'] = async (method, path, body) => {
    const { status, text } = await wire.json(method, path, headers, body);
    return { status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  };
  return { database, call };
}

const timesOf = (row: Record<string, unknown>, ...names: string[]) =>
  names.map((name) => Date.parse(String(row[name])));

describe.each([-3_600, -65, 65, 3_600])(
  'a process whose clock is %i seconds off',
  (skewSeconds) => {
    it('runs each recurring job once, and agrees with its database about what is over', async () => {
      const { database, call } = await start(skewSeconds);

      const { body: task } = await call('POST', '/v1/tasks', {
        title: 'Done',
        status: 'completed',
      });
      expect(task['completedAt']).toBe(task['createdAt']);

      const { body: kept } = await call('POST', '/v1/memories', {
        content: 'They met',
        kind: 'episode',
      });
      const [created, expires] = timesOf(kept, 'createdAt', 'expiresAt');
      expect(Math.round((expires! - created!) / 1_000)).toBe(30 * 86_400);

      const { body: imported } = await call('POST', '/v1/conversations/import', {
        importKey: 'k',
        messages: [{ role: 'user', content: 'Hello' }],
      });
      const [importedAt] = timesOf(
        imported['conversation'] as Record<string, unknown>,
        'createdAt',
      );
      expect(Math.abs(importedAt! - Date.now())).toBeLessThan(30_000);

      const { body: lasting } = await call('POST', '/v1/memories', {
        content: 'The badge is blue',
        expiresAt: new Date(Date.now() + 1_800_000).toISOString(),
      });
      const id = String(lasting['id']);
      expect(await found(call, id)).toEqual({ get: 200, list: true, search: true });
      await database.admin(`update threadkeep.memory set expires_at = now() where id = $1`, [id]);
      expect(await found(call, id)).toEqual({ get: 404, list: false, search: false });

      await database.admin(
        `update threadkeep.job set due_at = now(), wake_at = now() where user_id is null`,
      );
      const runs = () =>
        database.admin(
          `select name, array_agg(status order by id) as states from threadkeep.job where user_id is null group by name`,
        );
      const haveRun = async () =>
        (await runs()).rows.every(({ states }) => (states as string[]).includes('completed'));
      await eventually(haveRun);
      await sleep(ROUNDS_MS);
      const { rows } = await runs();
      expect(rows.length).toBeGreaterThan(2);
      // One run, and the next one waits for its time.
      for (const { name, states } of rows)
        expect({ name, states }).toEqual({ name, states: ['completed', 'queued'] });
    });
  },
);

/** Where a memory is to be seen. */
async function found(
  call: SkewedServer['call'],
  id: string,
): Promise<{ get: number; list: boolean; search: boolean }> {
  const { status } = await call('GET', `/v1/memories/${id}`);
  const { body: list } = await call('GET', '/v1/memories');
  const { body: hits } = await call('POST', '/v1/memories/search', { query: 'badge' });
  return {
    get: status,
    list: (list['data'] as { id: string }[]).some((memory) => memory.id === id),
    search: (hits['data'] as { memory: { id: string } }[]).some(({ memory }) => memory.id === id),
  };
}
