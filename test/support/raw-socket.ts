// Bytes on a socket, for what no HTTP client would send: broken heads, bodies that end early, answers nobody reads.
import { connect, type Socket } from 'node:net';

const open = (url: string): Socket => {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname);
};

/** All the server says until it closes the connection. */
export function exchange(url: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = open(url);
    socket.on('data', (chunk) => chunks.push(chunk));
    // A server that refuses a body closes while it is still being sent; what it said before is what counts.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
    socket.write(bytes);
  });
}

export type Moment = 'once it is sent' | 'once the answer begins';

/** Sends `bytes` and hangs up without a word. */
export function hangUp(url: string, bytes: string | Buffer, moment: Moment): Promise<void> {
  return new Promise((resolve) => {
    const socket = open(url);
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    if (moment === 'once the answer begins') socket.once('data', () => socket.resetAndDestroy());
    socket.write(bytes, () => {
      if (moment === 'once it is sent') socket.resetAndDestroy();
    });
  });
}

export function head(method: string, path: string, headers: Record<string, string>): string {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
}
