// A database with pgvector, where nothing is installed. It has one session, so it is talked to as through a transaction pooler.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { type TestDatabase, withClient } from './database.js';
import { PROJECT, plainEnvironment } from './npm.js';

/** For an application on it. */
export const PGLITE_ENVIRONMENT = {
  DB_TRANSACTION_POOLER: 'true',
  DB_POOL_SIZE: '4',
  DB_POOL_OVERFLOW: '0',
};

export async function startPglite(): Promise<TestDatabase> {
  const child = fork(join(PROJECT, 'test/support/pglite-server.mjs'), {
    env: plainEnvironment(),
    cwd: PROJECT,
    execArgv: [],
  });
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => [{}]),
  ])) as [{ port?: number }];
  if (!message.port) throw new Error('PGlite did not start');
  const urlOf = (user: string): string => `postgres://${user}@127.0.0.1:${message.port}/postgres`;
  return {
    adminUrl: urlOf('postgres'),
    logins: {
      DATABASE_URL: urlOf('login_of_the_app'),
      DATABASE_SYSTEM_URL: urlOf('login_of_the_system'),
    },
    name: 'postgres',
    // In one message, with the values in it.
    admin: (text, values = []) =>
      withClient(urlOf('postgres'), (client) =>
        client.query(
          values.reduce<string>(
            (statement, value, i) =>
              statement.replaceAll(`$${i + 1}`, pg.escapeLiteral(String(value))),
            text,
          ),
        ),
      ),
    drop: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
