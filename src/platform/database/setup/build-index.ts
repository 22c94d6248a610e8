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
 * `transaction = false`. An index that an ended process left half built is built anew.
 * @param on the table, its columns and a condition, as after `on` in SQL
 */
export async function buildIndex(runner: QueryRunner, name: string, on: string): Promise<void> {
  await runner.query(`set lock_timeout = ${WAIT_MS}`);
  await runner.query(`drop index concurrently if exists threadkeep.${name}`);
  await runner.query(`create index concurrently ${name} on threadkeep.${on}`);
  await runner.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
}
