// Attacks over connections that stay open: WebSockets and streams of events.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { KnownAttack } from './known-attacks.js';
import { hangUp, head } from './raw-socket.js';

/** Milliseconds for which one connection goes on, unless the server ends it. */
const CONNECTION_MS = 2_000;
const FRAMES_AT_ONCE = 200;

interface Attacker {
  headers: Record<string, string>;
}

/** @param conversation one of the watcher's, to which much is appended meanwhile */
export function streamAttacks(
  url: string,
  flooder: Attacker,
  watcher: Attacker,
  conversation: string,
): KnownAttack[] {
  const watch = JSON.stringify({ type: 'watch', conversationId: conversation });
  return [
    {
      name: 'messages and pings over WebSockets without end',
      width: 4,
      send: () =>
        overSocket(url, flooder, (socket) => {
          for (let frame = 0; frame < FRAMES_AT_ONCE; frame++) {
            socket.ping('x'.repeat(100));
            socket.send(watch.padEnd(4_000));
          }
        }),
    },
    {
      name: 'messages of many fragments over WebSockets',
      width: 2,
      send: () =>
        overSocket(url, flooder, (socket) => {
          for (let frame = 0; frame < FRAMES_AT_ONCE; frame++) socket.send('x', { fin: false });
        }),
    },
    {
      name: 'WebSockets that watch and do not read',
      width: 8,
      send: () =>
        overSocket(url, watcher, (socket) => {
          if (socket.isPaused) return;
          socket.send(watch);
          socket.pause();
        }),
    },
    {
      name: 'streams of events that nobody reads to their end',
      width: 8,
      send: () =>
        hangUp(
          url,
          head('GET', `/v1/conversations/${conversation}/events`, {
            ...watcher.headers,
            accept: 'text/event-stream',
          }),
          'once the answer begins',
        ),
    },
  ];
}

/** Opens a WebSocket, and does the harm again and again. @returns the status of the upgrade */
async function overSocket(
  url: string,
  { headers }: Attacker,
  harm: (socket: WebSocket) => void,
): Promise<{ status: number }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, { headers });
  let status = 0;
  socket.on('error', () => undefined);
  socket.on('unexpected-response', (_, answer) => {
    status = answer.statusCode ?? 0;
    socket.terminate();
  });
  socket.on('open', () => (status = 101));
  const closed = once(socket, 'close');
  const until = performance.now() + CONNECTION_MS;
  await Promise.race([once(socket, 'open').catch(() => undefined), closed]);
  while (socket.readyState === WebSocket.OPEN && performance.now() < until) {
    harm(socket);
    await sleep(20);
  }
  socket.terminate();
  await closed;
  return { status };
}
