import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/platform/config/config.js';
import { Notifications } from '../../src/platform/database/connections/notifications.js';
import type { PreparedDatabase } from '../../src/platform/database/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/wait.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** One that has heard what is in `heard`. */
async function listening(channel: string, environment: Record<string, string> = {}) {
  const prepared = { connection: { url: database.adminUrl } } as PreparedDatabase;
  const notifications = new Notifications(prepared, loadConfig(environment));
  const heard: (string | boolean)[] = [];
  notifications.subscribe(channel, {
    notified: (payload) => heard.push(payload),
    listeningChanged: (isListening) => heard.push(isListening),
  });
  notifications.onModuleInit();
  await notifications.onApplicationBootstrap();
  return { notifications, heard, stop: () => notifications.onApplicationShutdown() };
}

it('a notification reaches the subscribers of other processes, and not its sender', async () => {
  const [one, two, other] = [await listening('a'), await listening('a'), await listening('b')];
  one.notifications.notify('a');
  await eventually(async () => two.heard.length > 1);
  await database.admin(`notify a, 'later'; notify b, 'later'`);
  for (const { heard } of [one, two, other]) await eventually(async () => heard.at(-1) === 'later');
  expect([one.heard, two.heard, other.heard]).toEqual([
    [true, 'later'],
    [true, '', 'later'],
    [true, 'later'],
  ]);
  for (const { stop } of [one, two, other]) await stop();
});

it('a lost connection is opened again, and subscribers learn both', async () => {
  const { notifications, heard, stop } = await listening('a');
  const [row] = await notifications.query<{ pid: number }>('select pg_backend_pid() as pid', []);
  await database.admin('select pg_terminate_backend($1)', [row!.pid]);
  await eventually(async () => heard.length === 3);
  expect(heard).toEqual([true, false, true]);
  expect(notifications.isListening).toBe(true);
  await database.admin(`notify a, 'again'`);
  await eventually(async () => heard.at(-1) === 'again');
  await stop();
});

it('a notification that the server refuses leaves the connection as it is; a failed statement ends it', async () => {
  const { notifications, heard, stop } = await listening('a');
  notifications.notify('no channel');
  await notifications.query('select 1', []);
  await database.admin(`notify a, 'still'`);
  await eventually(async () => heard.at(-1) === 'still');
  expect(heard).toEqual([true, 'still']);
  await expect(notifications.query('select 1 / 0', [])).rejects.toThrow('division by zero');
  await eventually(async () => heard.length === 4);
  expect(heard).toEqual([true, 'still', false, true]);
  await stop();
});

it('nothing listens behind a transaction pooler', async () => {
  const { notifications, heard, stop } = await listening('a', { DB_TRANSACTION_POOLER: 'true' });
  expect(notifications.isListening).toBe(false);
  notifications.notify('a');
  await expect(notifications.query('select 1', [])).rejects.toThrow('does not listen');
  expect(heard).toEqual([]);
  await stop();
});
