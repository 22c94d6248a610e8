// One WebSocket of a client. It sends one message at a time, so that nothing is kept for a slow
// reader, and ends when the client answers no more.
import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RawData, WebSocket, WebSocketServer } from 'ws';
import { RequestErrors } from '../errors/index.js';
import { takeUpgrade } from '../http/upgrades.js';
import { writeJson } from '../input/index.js';
import { ws } from '../optional-packages.js';

/** A message of a client names a thing to watch. */
const MAX_MESSAGE_BYTES = 4_096;
/** Messages, pings and pongs of a client. */
const MAX_FRAMES_PER_SECOND = 50;
/** Messages that wait for the one before. */
const MAX_WAITING_MESSAGES = 64;
/** A close that is not answered ends the connection after this time. */
const CLOSE_TIMEOUT_MS = 1_000;

const HEART_BEAT_MS = 5_000;
/** A client is gone, or reads too slowly, when it shows no life for this time. */
const MAX_SILENCE_MS = 15_000;

/** Codes of closes (RFC 6455, section 7.4). */
export const CLOSE_CODES = { goingAway: 1001, refused: 1008, tryAgain: 1013 } as const;

const KEY_FORM = /^[+/0-9A-Za-z]{22}==$/;
const VERSION = '13';
const SWITCHING_PROTOCOLS = 101;

let knownServer: WebSocketServer | undefined;

/** Made, and its package loaded, with the first socket. */
function socketServer(): WebSocketServer {
  return (knownServer ??= new (ws().WebSocketServer)({
    noServer: true,
    clientTracking: false,
    // A compressed socket would cost ten times the memory of a plain one.
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    maxFragments: 16,
    autoPong: false,
  }));
}

/**
 * Opens the WebSocket that a request asks for.
 * @returns null when the client has left
 * @throws AppError 426 for a request that asks for none
 */
export function acceptSocket(request: FastifyRequest, reply: FastifyReply): ClientSocket | null {
  requireHandshake(request, reply);
  const server = socketServer();
  const taken = takeUpgrade(request.raw, reply.raw);
  if (!taken) throw upgradeRequired(reply);
  reply.hijack();
  let opened: ClientSocket | null = null;
  server.handleUpgrade(request.raw, taken.socket, taken.head, (socket) => {
    opened = new ClientSocket(socket);
    // The access log and the metrics count the request when its response is finished, which nobody
    // finishes for a connection that has left HTTP.
    reply.raw.statusCode = SWITCHING_PROTOCOLS;
    void opened.closed.then(() => reply.raw.emit('finish'));
  });
  return opened;
}

function requireHandshake({ headers }: FastifyRequest, reply: FastifyReply): void {
  const isWhole =
    KEY_FORM.test(headers['sec-websocket-key'] ?? '') &&
    headers['sec-websocket-version'] === VERSION;
  if (!isWhole) throw upgradeRequired(reply);
}

function upgradeRequired(reply: FastifyReply): Error {
  void reply.headers({ upgrade: 'websocket', 'sec-websocket-version': VERSION });
  return RequestErrors.upgradeRequired();
}

export class ClientSocket {
  /** Settles when the connection is closed. */
  readonly closed: Promise<void>;
  private sending: Promise<void> = Promise.resolve();
  private isSending = false;
  private waiting = 0;
  private handling: Promise<void> = Promise.resolve();
  private frames = 0;
  private framesSince = performance.now();
  /** Since the last heart-beat. */
  private hasAnswered = true;
  /** Heart-beats without an answer, which repeats them: other pongs do not show that anybody reads. */
  private readonly asked: string[] = [];
  /** The last ping of the client that has no answer yet. */
  private unanswered: Buffer | undefined;
  private hasSent = false;
  private buffered = 0;
  private aliveAt = performance.now();

  constructor(private readonly socket: WebSocket) {
    const timer = setInterval(() => this.beat(), HEART_BEAT_MS).unref();
    // A close follows each error.
    socket.on('error', () => undefined);
    socket.on('ping', (data) => {
      if (!this.count()) return;
      this.unanswered = data;
      this.answerPing();
    });
    socket.on('pong', (data) => this.count() && this.takeAnswer(data.toString('latin1')));
    this.closed = new Promise((resolve) =>
      socket.once('close', () => {
        clearInterval(timer);
        resolve();
      }),
    );
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** Handles one message after another. @param handle must not reject */
  onMessage(handle: (message: Buffer) => Promise<void>): void {
    this.socket.on('message', (message: RawData) => {
      if (!this.count()) return;
      if (this.waiting >= MAX_WAITING_MESSAGES) return this.refuse();
      this.waiting++;
      this.handling = this.handling
        .then(() => (this.isOpen ? handle(message as Buffer) : undefined))
        .finally(() => this.waiting--);
    });
  }

  /**
   * Sends a message as JSON, after those before. Resolves when it has left the process, which may
   * take long: do not hold anything meanwhile.
   * @throws Error when the connection closes first
   */
  send(message: object): Promise<void> {
    this.sending = this.sending.then(() => this.write(message));
    return this.sending;
  }

  /** Also ends a connection whose client does not answer. */
  close(code: number, reason: string): void {
    this.socket.close(code, reason);
    const timer = setTimeout(() => this.socket.terminate(), CLOSE_TIMEOUT_MS).unref();
    void this.closed.then(() => clearTimeout(timer));
  }

  private write(message: object): Promise<void> {
    this.isSending = true;
    return new Promise((resolve, reject) =>
      this.socket.send(writeJson(message), (error) => {
        this.isSending = false;
        this.hasSent = true;
        this.answerPing();
        if (error) reject(error);
        else resolve();
      }),
    );
  }

  /** A client that does not read answers no ping, because it comes behind what waits to be sent. */
  private beat(): void {
    const { bufferedAmount } = this.socket;
    const moves = this.hasSent || bufferedAmount < this.buffered;
    const now = performance.now();
    if (this.isSending ? moves : this.hasAnswered) this.aliveAt = now;
    if (now - this.aliveAt > MAX_SILENCE_MS) return this.socket.terminate();
    this.buffered = bufferedAmount;
    this.hasAnswered = false;
    this.hasSent = false;
    this.answerPing();
    if (!this.isSending && this.isOpen) this.ask();
  }

  private ask(): void {
    const beat = randomBytes(8).toString('hex');
    this.asked.push(beat);
    if (this.asked.length > MAX_SILENCE_MS / HEART_BEAT_MS) this.asked.shift();
    this.socket.ping(beat);
  }

  private takeAnswer(beat: string): void {
    const place = this.asked.indexOf(beat);
    if (place < 0) return;
    this.asked.splice(0, place + 1);
    this.hasAnswered = true;
  }

  /** When nothing waits to be sent. Of several pings, the last alone needs an answer (RFC 6455 5.5.3). */
  private answerPing(): void {
    if (!this.unanswered || this.socket.bufferedAmount > 0 || !this.isOpen) return;
    this.socket.pong(this.unanswered);
    this.unanswered = undefined;
  }

  /** @returns false when the client has sent too much, and is refused */
  private count(): boolean {
    const now = performance.now();
    if (now - this.framesSince > 1_000) [this.frames, this.framesSince] = [0, now];
    this.frames++;
    if (this.frames <= MAX_FRAMES_PER_SECOND) return true;
    this.refuse();
    return false;
  }

  private refuse(): void {
    if (this.isOpen) this.close(CLOSE_CODES.refused, 'Too many messages');
  }
}
