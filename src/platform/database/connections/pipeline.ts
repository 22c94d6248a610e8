// Begin, scope, statements and commit in one round trip, on pg's pipeline mode.
import type pg from 'pg';
import { connectionOf } from './scoped-query.js';

/** A statement failed, so the server rolled the transaction back instead of committing it. */
export class NotCommittedError extends Error {
  override readonly name = 'NotCommittedError';
}

/**
 * Runs all statements in one transaction.
 * @param clientTimeout `{ query_timeout }` in place of the client's own; `{}` to keep that
 * @returns the rows of each query
 * @throws the first failure; the connection is then idle, outside any transaction
 */
export async function runPipelined(
  client: pg.PoolClient,
  scope: pg.QueryConfig,
  queries: readonly pg.QueryConfig[],
  clientTimeout: object = {},
): Promise<object[][]> {
  // The time-out of each query starts now.
  const limited = [BEGIN, scope, ...queries, COMMIT].map((query) => ({
    ...query,
    ...clientTimeout,
  }));
  const results = await sendTogether(client, limited);
  if (results.pop()!.command !== 'COMMIT')
    throw new NotCommittedError('the server answered ROLLBACK');
  return results.slice(2).map(({ rows }) => rows);
}

/** Begins a transaction in its scope. @throws the first failure; the transaction may be open then */
export async function beginPipelined(client: pg.PoolClient, scope: pg.QueryConfig): Promise<void> {
  await sendTogether(client, [BEGIN, scope]);
}

const BEGIN = { text: 'begin' };
const COMMIT = { text: 'commit' };

/**
 * Sends all statements without waiting in between. The replies arrive in order. The client
 * needs `pipeline: true`. Do not send several queries over one client at once anywhere else.
 * @throws the first failure, after all replies
 */
async function sendTogether(
  client: pg.PoolClient,
  queries: readonly pg.QueryConfig[],
): Promise<pg.QueryResult<object>[]> {
  const { stream } = connectionOf(client);
  // One write to the socket instead of one for each statement.
  stream.cork();
  const sent = queries.map((query) => client.query<object>(query));
  stream.uncork();
  const results: pg.QueryResult<object>[] = [];
  for (const reply of await Promise.allSettled(sent)) {
    if (reply.status === 'rejected') throw reply.reason;
    results.push(reply.value);
  }
  return results;
}
