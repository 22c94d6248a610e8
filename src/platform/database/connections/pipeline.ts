// Begin, scope, statement and commit in one round trip, on pg's pipeline mode.
import type pg from 'pg';
import { connectionOf } from './scoped-query.js';

/** A statement failed, so the server rolled the transaction back instead of committing it. */
export class NotCommittedError extends Error {
  override readonly name = 'NotCommittedError';
}

/**
 * Sends the four statements without waiting in between. The replies arrive in order. The client
 * needs `pipeline: true`. Do not send several queries over one client at once anywhere else.
 * @param clientTimeout `{ query_timeout }` in place of the client's own; `{}` to keep that
 * @throws the first failure; the connection is then idle, outside any transaction
 */
export async function runPipelined<Row extends object>(
  client: pg.PoolClient,
  scope: pg.QueryConfig,
  query: pg.QueryConfig,
  clientTimeout: object = {},
): Promise<Row[]> {
  const { stream } = connectionOf(client);
  // One write to the socket instead of four.
  stream.cork();
  // The time-out of each query starts now.
  const send = <R extends pg.QueryResultRow>(config: pg.QueryConfig) =>
    client.query<R>({ ...config, ...clientTimeout });
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
