// Begin, scope, statements and commit in one round trip, on pg's pipeline mode.
import type pg from 'pg';
import { connectionOf } from './scoped-query.js';

/** A statement failed, so the server rolled the transaction back instead of committing it. */
export class NotCommittedError extends Error {
  override readonly name = 'NotCommittedError';
}

/**
 * Sends all statements without waiting in between. The replies arrive in order. The client
 * needs `pipeline: true`. Do not send several queries over one client at once anywhere else.
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
  const { stream } = connectionOf(client);
  // One write to the socket instead of one for each statement.
  stream.cork();
  // The time-out of each query starts now.
  const send = (config: pg.QueryConfig) => client.query<object>({ ...config, ...clientTimeout });
  const sent = [
    send({ text: 'begin' }),
    send(scope),
    ...queries.map(send),
    send({ text: 'commit' }),
  ];
  stream.uncork();
  const results: pg.QueryResult<object>[] = [];
  for (const reply of await Promise.allSettled(sent)) {
    if (reply.status === 'rejected') throw reply.reason;
    results.push(reply.value);
  }
  if (results.pop()!.command !== 'COMMIT')
    throw new NotCommittedError('the server answered ROLLBACK');
  return results.slice(2).map(({ rows }) => rows);
}
