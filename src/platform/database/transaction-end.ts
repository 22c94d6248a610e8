// Commits a transaction and checks the server's reply, or rolls it back.
import type pg from 'pg';
import type { QueryRunner } from 'typeorm';
import { isConnectionLoss, isUnsent } from '../errors/index.js';
import { NotCommittedError } from './connections/pipeline.js';
import { CommitUnknownError } from './retry.js';

/** Thrown to roll back a transaction that would commit nothing but a new user. */
export class NothingWrittenError extends Error {
  override readonly name = 'NothingWrittenError';
}

/**
 * Checks the reply to COMMIT. When the work caught the error of a failed statement, the server
 * answers COMMIT with ROLLBACK, and nothing else tells.
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
  // If the rollback cannot be sent, the pool finds the transaction open and destroys the
  // connection.
  await runner.rollbackTransaction().catch(() => undefined);
}
