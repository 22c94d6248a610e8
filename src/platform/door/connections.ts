// The open connections: how many there may be, how one is closed whose request was refused unread, and how all are let go when the server stops.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setImmediate as turnOfLoop, setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerNoMore } from '../http/client-errors.js';
import { BodyReader } from './body-reader.js';

/** Milliseconds after which a stop gives up bodies that have not arrived, and connections without a request. */
const STOP_GRACE_MS = 500;
/**
 * How long no new connection may come until the port closes, as nobody is on the way to it, and the longest wait for that. Turns of the event loop count,
 * too: each takes one connection from the queue of the port, and a turn may be long.
 */
const QUIET_MS = 25;
const QUIET_TURNS = 5;
const MAX_QUIET_WAIT_MS = 1_000;
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
  private stopping = false;
  /** Connections so far. */
  private opened = 0;
  private portIsClosed!: () => void;
  private readonly portClosed = new Promise<void>((resolve) => (this.portIsClosed = resolve));

  constructor(private readonly bodies: BodyReader) {}

  /**
   * Undefined until the server stops. Then it settles once the port is closed: who is answered before may connect again at once, and be reset by the
   * closing of the port.
   */
  get stopped(): Promise<void> | undefined {
    return this.stopping ? this.portClosed : undefined;
  }

  install(instance: FastifyInstance, maxConnections: number): void {
    const { server } = instance;
    server.maxConnections = maxConnections;
    server.on('connection', (socket: Socket) => {
      this.open.set(socket, { response: undefined, isClosing: false });
      socket.once('close', () => this.open.delete(socket));
      this.opened++;
      if (this.stopping) this.closeUnusedLater([socket]);
    });
    // By default Node asks for the body before anybody has looked at the head.
    server.on('checkContinue', (request, response) => server.emit('request', request, response));
    instance.addHook(
      'preClose',
      (done) => void this.stop().then(() => this.closePort(server, done)),
    );
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
    const length =
      headers['transfer-encoding'] === undefined
        ? Number(headers['content-length'] ?? 0)
        : Infinity;
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

  /** Takes what is on the way to the port. What was sent before is served, what comes now waits until the port is closed. */
  private async stop(): Promise<void> {
    this.stopping = true;
    this.closeUnusedLater([...this.open.keys()]);
    setTimeout(() => this.bodies.giveUp(), STOP_GRACE_MS).unref();
    const end = performance.now() + MAX_QUIET_WAIT_MS;
    let before: number;
    do {
      before = this.opened;
      await delay(QUIET_MS);
      for (let turn = 0; turn < QUIET_TURNS; turn++) await turnOfLoop();
    } while (this.opened > before && performance.now() < end);
  }

  /** Right after a look at the port, which has taken all connections that were there. */
  private closePort(server: FastifyInstance['server'], close: () => void): void {
    const tell = (): void => void (server.listening ? setImmediate(tell) : this.portIsClosed());
    close();
    tell();
  }

  /** When they have had time to send something, and after what they sent was read. */
  private closeUnusedLater(sockets: Socket[]): void {
    const close = () => setImmediate(() => sockets.forEach((socket) => this.closeUnused(socket)));
    setTimeout(close, STOP_GRACE_MS).unref();
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
