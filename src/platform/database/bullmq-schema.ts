// The tables of the job queue's PostgreSQL back-end: BullMQ's own, in a schema of their own, kept current by its own migrations.
import type pg from 'pg';
import { bullmq } from './bullmq.js';
import type { DatabaseRoles } from './setup/database-roles.js';

export const BULLMQ_SCHEMA = 'bullmq';

/**
 * As the owner, on a connection of its own. Only the system's role may use them, no request ever does; it may create, because BullMQ
 * makes a sequence for each queue when the first job comes.
 */
export async function installBullmqSchema(
  client: pg.Client,
  { system }: DatabaseRoles,
): Promise<void> {
  const { runMigrations } = await bullmq<'runMigrations'>('postgres/migrator');
  await runMigrations(client, BULLMQ_SCHEMA);
  await client.query(`
    grant usage, create on schema ${BULLMQ_SCHEMA} to ${system};
    grant select, insert, update, delete on all tables in schema ${BULLMQ_SCHEMA} to ${system};
    grant usage, select on all sequences in schema ${BULLMQ_SCHEMA} to ${system};
    revoke execute on all functions in schema ${BULLMQ_SCHEMA} from public;
    grant execute on all functions in schema ${BULLMQ_SCHEMA} to ${system}`);
}
