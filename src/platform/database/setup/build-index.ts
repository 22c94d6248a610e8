// Builds indexes beside writers, from migrations. Released migrations call it, so it may only be extended.
import type { QueryRunner } from 'typeorm';
import { LOCK_TIMEOUT_MS } from './migration-lock.js';

/**
 * PostgreSQL waits here for transactions that began before. They lock out no writer, so it may wait
 * longer than for the lock of a table.
 */
const WAIT_MS = 60_000;

/**
 * Builds an index of a large table while it is written. Call it in a migration with
 * `transaction = false`. An index that is whole stays; one that an ended process left half built is
 * built anew.
 * @param on the table, its columns and a condition, as after `on` in SQL
 */
export async function buildIndex(runner: QueryRunner, name: string, on: string): Promise<void> {
  const whole = (await runner.query(
    `select from pg_catalog.pg_index
      where indexrelid = to_regclass('threadkeep.${name}') and indisvalid`,
  )) as unknown[];
  if (whole.length > 0) return;
  try {
    await runner.query(`set lock_timeout = ${WAIT_MS}`);
    await runner.query(`drop index concurrently if exists threadkeep.${name}`);
    await runner.query(`create index concurrently ${name} on threadkeep.${on}`);
  } finally {
    // The migration is tried again in this session, and its other statements do lock out writers.
    await runner.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
  }
}
