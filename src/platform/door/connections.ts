// The open connections: how many there may be, how one is closed whose request was refused unread, and how all are let go when the server stops.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerNoMore } from '../http/client-errors.js';
import { BodyReader } from './body-reader.js';

/** Milliseconds for which a stop answers what has already been sent, before the port closes and connections without a request are closed. */
const STOP_GRACE_MS = 500;
/** Milliseconds for which a client may go on to send what is not read, so that it hears the answer instead of a reset. */
const LINGER_MS = 1_000;
/** Bytes of a refused body up to which a connection is kept. */
const DRAINED_BYTES = 65_536;

interface Connection {
  /** The answer to its latest request. */
  response: ServerResponse | undefined;
  isClosing: boolean;
}

@Injectable()
export class Connections {
  private readonly open = new Map<Socket, Connection>();
  /** From now on requests are answered 503, and each on its last connection. */
  stopping = false;

  constructor(private readonly bodies: BodyReader) {}

  install(instance: FastifyInstance, maxConnections: number): void {
    const { server } = instance;
    server.maxConnections = maxConnections;
    server.on('connection', (socket: Socket) => {
      this.open.set(socket, { response: undefined, isClosing: false });
      socket.once('close', () => this.open.delete(socket));
      if (this.stopping) setTimeout(() => this.closeUnused(socket), STOP_GRACE_MS).unref();
    });
    // By default Node asks for the body before anybody has looked at the head.
    server.on('checkContinue', (request, response) => server.emit('request', request, response));
    instance.addHook('preClose', (done) => void this.stop().then(() => setImmediate(done)));
  }

  /** @returns false when the request came after the last answer of its connection, and must not be served. */
  begin(request: FastifyRequest, reply: FastifyReply): boolean {
    const connection = this.open.get(request.raw.socket);
    if (!connection) return true;
    if (connection.isClosing) return false;
    connection.response = reply.raw;
    return true;
  }

  /** Call before an answer to a request whose body nobody will read: what is short is thrown away, with others the connection closes. */
  refuseBody(request: FastifyRequest, reply: FastifyReply): void {
    const { headers, raw } = request;
    const length = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Infinity;
    if (length === 0 || raw.complete) return;
    const { socket } = raw;
    if (length > DRAINED_BYTES || headers.expect !== undefined) {
      void reply.header('connection', 'close');
      this.closeAfterAnswer(socket);
    } else {
      reply.raw.once('finish', () => destroyUnless(socket, () => raw.complete));
    }
  }

  /**
   * For an answer with `Connection: close` before the end of the request. Node would destroy the socket after it: a client that is still sending would
   * be reset, and might never read the answer.
   */
  closeAfterAnswer(socket: Socket): void {
    const connection = this.open.get(socket);
    if (!connection) return;
    connection.isClosing = true;
    answerNoMore(socket);
    socket.destroySoon = () => {
      socket.end();
      destroyUnless(socket, () => false);
    };
  }

  /** What is in a queue or a buffer when the stop begins is read and answered; then whatever has no request under way is let go. */
  private async stop(): Promise<void> {
    this.stopping = true;
    await delay(STOP_GRACE_MS);
    this.bodies.giveUp();
    for (const socket of this.open.keys()) this.closeUnused(socket);
  }

  /** Also one that has sent half a head. */
  private closeUnused(socket: Socket): void {
    const response = this.open.get(socket)?.response;
    if (!response || response.writableFinished || response.destroyed) socket.destroy();
  }
}

function destroyUnless(socket: Socket, isDone: () => boolean): void {
  if (!isDone()) setTimeout(() => isDone() || socket.destroy(), LINGER_MS).unref();
}
