// Begin, scope, statement and commit in one round trip, on pg's pipeline mode.
import type pg from 'pg';
import { connectionOf } from './scoped-query.js';

/** The server confirmed no commit: a statement in the pipeline failed, and the rest was rolled back. */
export class NotCommittedError extends Error {
  override readonly name = 'NotCommittedError';
}

/**
 * Sends the four without waiting in between; the replies come in order. The one place where several queries are sent over
 * one client at once: it needs `pipeline: true`.
 * @param patience `query_timeout` where it is not the client's own
 * @throws the first failure; the connection is left idle, in no transaction.
 */
export async function pipelined<Row extends object>(
  client: pg.PoolClient,
  scope: pg.QueryConfig,
  query: pg.QueryConfig,
  patience: object = {},
): Promise<Row[]> {
  const { stream } = connectionOf(client);
  // One write to the socket instead of four.
  stream.cork();
  // The clock of each begins now.
  const send = <R extends pg.QueryResultRow>(config: pg.QueryConfig) =>
    client.query<R>({ ...config, ...patience });
  const sent = [
    send({ text: 'begin' }),
    send(scope),
    send<Row & pg.QueryResultRow>(query),
    send({ text: 'commit' }),
  ] as const;
  stream.uncork();
  const [begin, scoped, result, commit] = await Promise.allSettled(sent);
  for (const reply of [begin, scoped, result, commit])
    if (reply.status === 'rejected') throw reply.reason;
  if (commit.status === 'rejected' || commit.value.command !== 'COMMIT')
    throw new NotCommittedError('the server answered ROLLBACK');
  return result.status === 'fulfilled' ? result.value.rows : [];
}
