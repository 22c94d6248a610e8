// A time-out on silence: it distinguishes a server that sends nothing from a process that was too
// busy to read.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { connectionOf } from './scoped-query.js';

/**
 * The messages of pg for the same failures. Code that recognises the driver's errors recognises
 * these.
 */
export const CONNECT_TIMED_OUT = 'timeout expired';
export const QUERY_TIMED_OUT = 'Query read timeout';

/**
 * Resolves after the time, once the data that arrived meanwhile has been read. Node reads sockets
 * after timers.
 */
export async function elapsed(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { ref: false, ...(signal ? { signal } : {}) });
  await nextTurn();
}

/** TLS replaces the stream while the connection is opened. */
const receivedBy = (client: pg.ClientBase): { stream: object; bytes: number } => {
  const { stream } = connectionOf(client);
  return { stream, bytes: stream.bytesRead };
};

/**
 * Gives the result of `work`, which uses the connection of `client`, unless the server sends
 * nothing for `limit` milliseconds. Each byte starts the time anew. An answer that arrived while
 * the process was busy counts: it is read before the time-out is decided.
 * @throws Error with `message` when the server is silent; the connection is destroyed then
 */
export async function withSilenceTimeout<T>(
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
    const before = receivedBy(client);
    await elapsed(limit, over).catch(() => undefined);
    if (over.aborted) return;
    const now = receivedBy(client);
    if (now.stream !== before.stream || now.bytes !== before.bytes) continue;
    connectionOf(client).stream.destroy(new Error(message));
    return;
  }
}
