// Begin, scope, statement and commit in one round trip, on pg's pipeline mode.
import type pg from 'pg';
import { connectionOf, ScopedQuery } from './scoped-query.js';

/** The server confirmed no commit: a statement in the pipeline failed, and the rest was rolled back. */
export class NotCommittedError extends Error {
  override readonly name = 'NotCommittedError';
}

export type PreparedConfig = pg.QueryConfig & { values: unknown[] };

/**
 * Runs `query` in a transaction of its own that `scope` opens to one user.
 * @throws the first failure; the connection is left idle, in no transaction.
 */
export function pipelined<Row extends object>(client: pg.PoolClient, scope: PreparedConfig, query: PreparedConfig): Promise<Row[]> {
  // Named statements are prepared by their first use on a connection, which goes the long way.
  const { name } = scope;
  const prepared = name !== undefined && connectionOf(client).parsedStatements[name] !== undefined;
  return prepared ? underOneSync(client, { ...scope, name }, query) : explicitly(client, scope, query);
}

function underOneSync<Row extends object>(client: pg.PoolClient, scope: PreparedConfig & { name: string }, query: PreparedConfig): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const callback = (error: Error | null, result: pg.QueryResult) => (error ? reject(error) : resolve(result.rows as Row[]));
    client.query(new ScopedQuery(scope, query, callback) as unknown as pg.Submittable);
  });
}

/**
 * Sends the four without waiting in between; the replies come in order. The one place where several queries are sent over
 * one client at once: it needs `pipeline: true`.
 */
async function explicitly<Row extends object>(client: pg.PoolClient, scope: PreparedConfig, query: PreparedConfig): Promise<Row[]> {
  const { stream } = connectionOf(client);
  // One write to the socket instead of four.
  stream.cork();
  const sent = [client.query('begin'), client.query(scope), client.query<Row & pg.QueryResultRow>(query), client.query('commit')] as const;
  stream.uncork();
  const [begin, scoped, result, commit] = await Promise.allSettled(sent);
  for (const reply of [begin, scoped, result, commit]) if (reply.status === 'rejected') throw reply.reason;
  if (commit.status === 'rejected' || commit.value.command !== 'COMMIT') throw new NotCommittedError('the server answered ROLLBACK');
  return result.status === 'fulfilled' ? result.value.rows : [];
}
