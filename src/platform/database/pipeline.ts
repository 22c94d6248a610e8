// Begin, scope, statement and commit in one round trip, on pg's pipeline mode.
import type pg from 'pg';

/** The server confirmed no commit: a statement in the pipeline failed, and the rest was rolled back. */
export class NotCommittedError extends Error {
  override readonly name = 'NotCommittedError';
}

/**
 * Sends the four without waiting in between; the replies come in order. The one place where several queries are sent over
 * one client at once: it needs `pipeline: true`.
 * @throws the first failure; the connection is left idle, in no transaction.
 */
export async function pipelined<Row extends object>(
  client: pg.PoolClient,
  begin: string,
  scope: pg.QueryConfig,
  query: pg.QueryConfig,
): Promise<Row[]> {
  const replies = await Promise.allSettled([
    client.query(begin),
    client.query(scope),
    client.query<Row & pg.QueryResultRow>(query),
    client.query('commit'),
  ]);
  for (const reply of replies) if (reply.status === 'rejected') throw reply.reason;
  const [, , result, commit] = replies as [unknown, unknown, Fulfilled<pg.QueryResult<Row & pg.QueryResultRow>>, Fulfilled<pg.QueryResult>];
  if (commit.value.command !== 'COMMIT') throw new NotCommittedError('the server answered ROLLBACK');
  return result.value.rows;
}

type Fulfilled<T> = PromiseFulfilledResult<T>;
