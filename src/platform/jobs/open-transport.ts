// Chooses the transport of jobs: Redis where it is configured, else PostgreSQL, else none.
import { Logger } from '@nestjs/common';
import type { Config } from '../config/config.js';
import type { PreparedDatabase } from '../database/index.js';
import { postgresBackend, redisBackend, type Workers } from './bull-backends.js';
import { BullTransport } from './bull-transport.js';
import type { JobTransport } from './job-transport.js';

/**
 * @returns undefined when no queue can be used, which it logs; each process then runs the jobs that
 * it finds
 */
export async function openTransport(
  { redis, transactionPooler }: Config,
  { system, roles }: PreparedDatabase,
  workers: Workers,
): Promise<JobTransport | undefined> {
  const logger = new Logger('Jobs');
  try {
    if (redis) return new BullTransport(await redisBackend(redis, workers));
    if (!transactionPooler)
      return new BullTransport(await postgresBackend(system, roles.system, workers));
    logger.warn({
      msg: 'Jobs have no queue behind a transaction pooler, because it does not support LISTEN: set REDIS_URL. Each process runs the jobs that it finds.',
    });
  } catch (error) {
    logger.warn({
      msg: "The job queue cannot be used: set REDIS_URL, or migrate with the owner's connection (npm run migrate). Each process runs the jobs that it finds.",
      err: error,
    });
  }
  return undefined;
}
