// Ends a transaction: by a commit that is believed only when the server says so, or by a rollback.
import type pg from 'pg';
import type { QueryRunner } from 'typeorm';
import { isConnectionLoss, isUnsent } from '../errors/index.js';
import { NotCommittedError } from './connections/pipeline.js';
import { CommitUnknownError } from './retry.js';

/** Rolls a transaction back that has nothing to commit but a new user. */
export class NothingWrittenError extends Error {
  override readonly name = 'NothingWrittenError';
}

/**
 * A statement that failed and was swallowed leaves the transaction failed, and the server answers COMMIT with ROLLBACK. Only
 * that answer tells: the driver rejects a statement before it knows the state of the transaction.
 */
export async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('commit').catch((cause: unknown) => {
    if (isConnectionLoss(cause) && !isUnsent(cause))
      throw new CommitUnknownError('the connection was lost during the commit', { cause });
    throw cause;
  });
  if (command !== 'COMMIT')
    throw new NotCommittedError('a statement of this transaction failed: nothing was committed');
}

export async function rollback(runner: QueryRunner): Promise<void> {
  if (!runner.isTransactionActive) return;
  // When the rollback cannot be sent either, the pool sees an open transaction and destroys the connection.
  await runner.rollbackTransaction().catch(() => undefined);
}
