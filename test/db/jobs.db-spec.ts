import { describe } from '@jest/globals';
import { createLogins, createTestDatabase } from '../support/database.js';
import { createEffects, JobsWorld } from '../support/jobs.js';
import { jobsContract } from '../support/jobs-contract.js';

describe('on PostgreSQL', () => {
  jobsContract({ transport: 'postgres', start: () => JobsWorld.start() });
});

describe('on PostgreSQL behind a transaction pooler, where processes find the jobs of others by the clock', () => {
  jobsContract({
    transport: 'process',
    start: async () => {
      const database = await createTestDatabase();
      await createEffects(database);
      const logins = await createLogins(database);
      const world = await JobsWorld.start({ ...logins, DB_TRANSACTION_POOLER: 'true' }, database);
      const names = Object.values(logins).map((url) => new URL(url).username);
      return Object.assign(world, {
        close: async () => {
          await world.app.app.close();
          await database.admin(`drop role ${names.join(', ')}`);
          await database.drop();
        },
      });
    },
  });
});
