// A database with pgvector, where nothing is installed. It has one session, so it is talked to as through a transaction pooler.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { type TestDatabase, withClient } from './database.js';
import { PROJECT, plainEnvironment } from './npm.js';

/** For an application on it. */
export const PGLITE_ENVIRONMENT = { DB_TRANSACTION_POOLER: 'true', DB_POOL_SIZE: '4', DB_POOL_OVERFLOW: '0' };

export async function startPglite(): Promise<TestDatabase> {
  const child = fork(join(PROJECT, 'test/support/pglite-server.mjs'), { env: plainEnvironment(), cwd: PROJECT, execArgv: [] });
  const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [{}])])) as [{ port?: number }];
  if (!message.port) throw new Error('PGlite did not start');
  const adminUrl = `postgres://login_of_the_app@127.0.0.1:${message.port}/postgres`;
  return {
    adminUrl,
    name: 'postgres',
    // All connections share the session: who it is is changed for these statements alone, in one message.
    admin: (text, values = []) =>
      withClient(adminUrl, async (client) => {
        const filled = values.reduce<string>((statement, value, i) => statement.replaceAll(`$${i + 1}`, pg.escapeLiteral(String(value))), text);
        const results = (await client.query(`set session authorization postgres; ${filled}; set session authorization login_of_the_app`)) as unknown as pg.QueryResult<Record<string, unknown>>[];
        return results[1]!;
      }),
    drop: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
