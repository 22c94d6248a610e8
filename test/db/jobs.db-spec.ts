import { describe } from '@jest/globals';
import { createTestDatabase } from '../support/database.js';
import { createEffects, JobsWorld } from '../support/jobs.js';
import { jobsContract } from '../support/jobs-contract.js';

describe('on the PostgreSQL back-end of BullMQ', () => {
  jobsContract({ transport: 'postgres', start: () => JobsWorld.start() });
});

describe('in the process itself, where there is no queue', () => {
  jobsContract({
    transport: 'process',
    start: async () => {
      const database = await createTestDatabase();
      await createEffects(database);
      await database.admin('drop schema bullmq cascade');
      const world = await JobsWorld.start({ DATABASE_URL: database.adminUrl }, database);
      return Object.assign(world, {
        close: () => world.app.app.close().then(() => database.drop()),
      });
    },
  });
});
