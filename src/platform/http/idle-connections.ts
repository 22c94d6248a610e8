// Lets go of connections when the server stops: a client may hold one that it does not use for as long as it likes.
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Node closes connections that are idle after a request, but waits for those never used, and for those that go idle later. */
export function closeIdleConnectionsOnStop(instance: FastifyInstance): void {
  const { server } = instance;
  const sockets = new Set<Socket>();
  let stopping = false;
  server.on('connection', (socket: Socket) => {
    if (stopping) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  instance.addHook('preClose', (done) => {
    stopping = true;
    server.keepAliveTimeout = 1;
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    done();
  });
}
