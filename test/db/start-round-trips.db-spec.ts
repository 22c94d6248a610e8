// A start asks the database little: where it is far away, each question after another is time in which nothing is served.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createApplication } from '../../src/application.js';
import { loadConfig } from '../../src/platform/config/config.js';
import { migrate, ScopedDatabase } from '../../src/platform/database/index.js';
import { JobHandlers } from '../../src/platform/jobs/index.js';
import { schema } from '../../src/schema.js';
import { createTestDatabase, type TestDatabase, withClient } from '../support/database.js';
import { TcpProxy } from '../support/proxy.js';
import { eventually } from '../support/wait.js';

/** Long beside what the process does between an answer and its next question. */
const LATE_MS = 300;
const LIMIT = 15;
/** Connections that are opened one after the other, at most: a server that asks for a password asks twice more for each. */
const CONNECTIONS = 6;

describe('a start on a database that needs nothing', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(schema, database.adminUrl);
    proxy = await TcpProxy.inFrontOf(database.adminUrl);
  });
  afterAll(async () => {
    await proxy.close();
    await database.drop();
  });

  const start = async (environment: Record<string, string>): Promise<void> => {
    const app = await createApplication(loadConfig({ LOG_LEVEL: 'silent', ...environment }));
    await app.close();
  };

  /** What a server asks beyond the first answer while a connection is opened. */
  async function askedForPassword(): Promise<number> {
    proxy.delayAnswers(LATE_MS);
    proxy.longestChain = 0;
    await withClient(proxy.through(database.adminUrl), () => Promise.resolve());
    return proxy.longestChain - 1;
  }

  it.each(['DATABASE_ADMIN_URL', 'DATABASE_URL'])(
    `by %s asks fewer than ${LIMIT} times, one after the other, before it can serve, beside what passwords take`,
    async (variable) => {
      const environment = { [variable]: proxy.through(database.adminUrl) };
      // Logins and the first keys are made once.
      await start(environment);
      const forPasswords = CONNECTIONS * (await askedForPassword());
      proxy.longestChain = 0;
      const app = await createApplication(loadConfig({ LOG_LEVEL: 'silent', ...environment }));
      const asked = proxy.longestChain;
      proxy.delayAnswers(0);
      await app.close();
      expect(asked).toBeGreaterThan(3);
      expect(asked).toBeLessThan(LIMIT + forPasswords);
    },
  );

  it('enqueues all recurring jobs by one statement, at the first start and at the next', async () => {
    const write = jest.spyOn(ScopedDatabase.prototype, 'write');
    const environment = { LOG_LEVEL: 'silent', DATABASE_ADMIN_URL: database.adminUrl };
    const names = async () =>
      (await database.admin('select name from threadkeep.job order by name')).rows.map(
        ({ name }) => name as string,
      );
    await database.admin('delete from threadkeep.job');
    try {
      for (const start of ['first', 'next']) {
        write.mockClear();
        const app = await createApplication(loadConfig(environment));
        await app.listen(0, '127.0.0.1');
        const recurring = app
          .get(JobHandlers)
          .recurring.map(({ name }) => name)
          .sort();
        const inserts = () =>
          write.mock.calls
            .map(([{ name }]) => name)
            .filter((name) => /^job\.(insert|find_active)/.test(name));
        await eventually(async () => (await names()).length === recurring.length);
        await eventually(() => Promise.resolve(inserts().length > 0));
        await app.close();
        expect({ start, names: await names(), inserts: inserts() }).toEqual({
          start,
          names: recurring,
          inserts: ['job.insert_recurring'],
        });
        expect(recurring.length).toBeGreaterThan(10);
      }
    } finally {
      write.mockRestore();
    }
  });
});
