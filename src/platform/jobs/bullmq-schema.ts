// The tables of the job queue's PostgreSQL back-end. They are BullMQ's own: its migrations keep
// them current, in a schema of their own.
import { type SetupStep, SYSTEM_ROLE_FOUND } from '../database/index.js';
import { bullmq } from './bullmq.js';

export const BULLMQ_SCHEMA = 'bullmq';

/**
 * Only the system's role may use the schema. It may create objects there, because BullMQ makes a
 * sequence when a queue gets its first job.
 */
export const bullmqSchema: SetupStep = {
  async isCurrent() {
    const { LATEST_SCHEMA_VERSION } = await bullmq<'LATEST_SCHEMA_VERSION'>(
      'postgres/migrations/index',
    );
    return `(has_schema_privilege(${SYSTEM_ROLE_FOUND}, '${BULLMQ_SCHEMA}', 'create')
      and (select coalesce(max(version), 0) from ${BULLMQ_SCHEMA}.migration) >= ${LATEST_SCHEMA_VERSION})`;
  },

  async install(client, { system }) {
    const { runMigrations } = await bullmq<'runMigrations'>('postgres/migrator');
    await runMigrations(client, BULLMQ_SCHEMA);
    await client.query(`
    grant usage, create on schema ${BULLMQ_SCHEMA} to ${system};
    grant select, insert, update, delete on all tables in schema ${BULLMQ_SCHEMA} to ${system};
    grant usage, select on all sequences in schema ${BULLMQ_SCHEMA} to ${system};
    revoke execute on all functions in schema ${BULLMQ_SCHEMA} from public;
    grant execute on all functions in schema ${BULLMQ_SCHEMA} to ${system}`);
  },
};
