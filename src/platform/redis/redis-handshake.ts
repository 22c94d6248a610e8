// Opens a TLS connection without writing to it, to read the alert that the server sends.
import { once } from 'node:events';
import { connect } from 'node:tls';
import type { RedisSettings } from '../config/redis-settings.js';

const PATIENCE_MS = 5_000;

/** @returns the error that ended the connection; null when it stayed open */
export async function handshakeError({ url, tls }: RedisSettings): Promise<Error | null> {
  const { hostname, port } = new URL(url);
  const socket = connect({
    ...tls,
    host: hostname,
    port: Number(port) || 6379,
    rejectUnauthorized: true,
  });
  try {
    await once(socket, 'close', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return null;
  } catch (error) {
    return (error as Error).name === 'AbortError' ? null : (error as Error);
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}
