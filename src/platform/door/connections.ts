// The open connections: their limit, closing one whose request was refused unread, and closing all
// when the server stops.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setImmediate as turnOfLoop, setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerNoMore } from '../http/client-errors.js';
import { BodyReader } from './body-reader.js';
import { connectionsOfOpenFiles } from './open-files.js';

/** A stop gives up unread bodies and idle connections after this time. */
const STOP_GRACE_MS = 500;
/**
 * A stop waits this long, or half of its time, for the first request of a connection. Who connects
 * is about to send one, and may be slow.
 */
const FIRST_REQUEST_GRACE_MS = 2_000;
/**
 * The port closes after this time, and `QUIET_TURNS` turns of the event loop, without a new
 * connection: then no client is about to connect. `MAX_QUIET_WAIT_MS` is the latest time. Turns
 * count because each takes one connection from the port's queue, and a turn may be long.
 */
const QUIET_MS = 25;
const QUIET_TURNS = 5;
const MAX_QUIET_WAIT_MS = 1_000;
/**
 * A client may keep sending a refused body for this time, so that it reads the answer instead of
 * getting a reset.
 */
const LINGER_MS = 1_000;
/** A refused body up to this size is read and discarded, which keeps the connection. */
const DRAINED_BYTES = 65_536;

interface ClientConnection {
  /** The response to its latest request. */
  response: ServerResponse | undefined;
  isClosing: boolean;
}

@Injectable()
export class Connections {
  private readonly open = new Map<Socket, ClientConnection>();
  private readonly logger = new Logger('Connections');
  private firstRequestGraceMs = FIRST_REQUEST_GRACE_MS;
  private stopping = false;
  /** Number of connections so far. */
  private opened = 0;
  private portIsClosed!: () => void;
  private readonly portClosed = new Promise<void>((resolve) => (this.portIsClosed = resolve));

  constructor(private readonly bodies: BodyReader) {}

  /**
   * Undefined until the server stops. Then it settles when the port is closed. A client that is
   * answered earlier may connect again at once, and the closing port would reset it.
   */
  get stopped(): Promise<void> | undefined {
    return this.stopping ? this.portClosed : undefined;
  }

  /** @param stopTimeout seconds that a stop may take */
  install(instance: FastifyInstance, maxConnections: number, stopTimeout: number): void {
    const { server } = instance;
    server.maxConnections = this.affordable(maxConnections);
    this.firstRequestGraceMs = Math.min(FIRST_REQUEST_GRACE_MS, (stopTimeout * 1_000) / 2);
    server.on('connection', (socket: Socket) => {
      this.open.set(socket, { response: undefined, isClosing: false });
      socket.once('close', () => this.open.delete(socket));
      this.opened++;
      if (this.stopping) this.closeUnusedLater([socket]);
    });
    // By default, Node asks for the body before the application has seen the head.
    server.on('checkContinue', (request, response) => server.emit('request', request, response));
    instance.addHook(
      'preClose',
      (done) => void this.stop().then(() => this.closePort(server, done)),
    );
  }

  /** @returns false when the connection's last answer was sent already: do not serve the request */
  begin(request: FastifyRequest, reply: FastifyReply): boolean {
    const connection = this.open.get(request.raw.socket);
    if (!connection) return true;
    if (connection.isClosing) return false;
    connection.response = reply.raw;
    return true;
  }

  /**
   * Call it before answering a request whose body is not read. A short body is discarded; with a
   * long one the connection closes.
   */
  refuseBody(request: FastifyRequest, reply: FastifyReply): void {
    const { headers, raw } = request;
    const length =
      headers['transfer-encoding'] === undefined
        ? Number(headers['content-length'] ?? 0)
        : Infinity;
    const { socket } = raw;
    // A call from within the process has no connection.
    if (length === 0 || raw.complete || !this.open.has(socket)) return;
    if (length > DRAINED_BYTES || headers.expect !== undefined) {
      void reply.header('connection', 'close');
      this.closeAfterAnswer(socket);
    } else {
      reply.raw.once('finish', () => destroyUnless(socket, () => raw.complete));
    }
  }

  /**
   * For an answer with `Connection: close` before the request has ended. Node would destroy the
   * socket after the answer; a client that is still sending would get a reset, and might not read
   * the answer.
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

  /** Without files for itself, the process could reach no database and load no code. */
  private affordable(maxConnections: number): number {
    const most = connectionsOfOpenFiles();
    if (most === undefined || most >= maxConnections) return maxConnections;
    this.logger.warn(
      `MAX_CONNECTIONS is ${maxConnections}, but this process may have too few files open: it accepts ${most} connections. Raise the limit (ulimit -n), or set fewer.`,
    );
    return most;
  }

  /**
   * Accepts the connections that are on their way. Requests sent before are served; later ones wait
   * until the port is closed.
   */
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

  /** Call it right after a turn of the event loop that accepted all waiting connections. */
  private closePort(server: FastifyInstance['server'], close: () => void): void {
    const tell = (): void => void (server.listening ? setImmediate(tell) : this.portIsClosed());
    close();
    tell();
  }

  /**
   * Closes unused connections after they had time to send a request, and after what they sent was
   * read.
   */
  private closeUnusedLater(sockets: Socket[]): void {
    const isNew = (socket: Socket): boolean => this.open.get(socket)?.response === undefined;
    this.closeUnusedAfter(this.firstRequestGraceMs, sockets.filter(isNew));
    this.closeUnusedAfter(
      STOP_GRACE_MS,
      sockets.filter((socket) => !isNew(socket)),
    );
  }

  private closeUnusedAfter(milliseconds: number, sockets: Socket[]): void {
    if (sockets.length === 0) return;
    const close = () => setImmediate(() => sockets.forEach((socket) => this.closeUnused(socket)));
    setTimeout(close, milliseconds).unref();
  }

  /** Also closes one that has sent half a head. */
  private closeUnused(socket: Socket): void {
    const response = this.open.get(socket)?.response;
    if (!response || response.writableFinished || response.destroyed) socket.destroy();
  }
}

function destroyUnless(socket: Socket, isDone: () => boolean): void {
  if (!isDone()) setTimeout(() => isDone() || socket.destroy(), LINGER_MS).unref();
}
