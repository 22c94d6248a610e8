// Tells a server that says nothing from a process that did not listen.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { connectionOf } from './scoped-query.js';

/** As pg says it of a connection that could not be opened in time, and of a query. */
export const CONNECT_SILENCE = 'timeout expired';
export const QUERY_SILENCE = 'Query read timeout';

/** Milliseconds have passed, and what arrived in them has been read: sockets are read after timers. */
export async function passed(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { ref: false, ...(signal ? { signal } : {}) });
  await nextTurn();
}

/** Over TLS it is another stream, from some moment on. */
const heardOf = (client: pg.ClientBase): { stream: object; bytes: number } => {
  const { stream } = connectionOf(client);
  return { stream, bytes: stream.bytesRead };
};

/**
 * What `work` on the connection of `client` gives, unless the server says nothing for `limit` milliseconds. Each byte of an
 * answer begins the time anew. An answer that has arrived while the process was busy counts: it is read before the server is
 * judged.
 * @throws Error with `message` when it is silent; the connection is destroyed then
 */
export async function unlessSilent<T>(
  client: pg.ClientBase,
  limit: number,
  message: string,
  work: Promise<T>,
): Promise<T> {
  if (!Number.isFinite(limit)) return work;
  const over = new AbortController();
  void destroyWhenSilent(client, limit, message, over.signal);
  try {
    return await work;
  } finally {
    over.abort();
  }
}

async function destroyWhenSilent(
  client: pg.ClientBase,
  limit: number,
  message: string,
  over: AbortSignal,
): Promise<void> {
  for (;;) {
    const before = heardOf(client);
    await passed(limit, over).catch(() => undefined);
    if (over.aborted) return;
    const now = heardOf(client);
    if (now.stream !== before.stream || now.bytes !== before.bytes) continue;
    connectionOf(client).stream.destroy(new Error(message));
    return;
  }
}
