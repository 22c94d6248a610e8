// What a client watches over one WebSocket.
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import {
  type AppError,
  problemDocument,
  RequestErrors,
  toAppError,
} from '../../platform/errors/index.js';
import { type ClientSocket, CLOSE_CODES, type OpenStream } from '../../platform/streams/index.js';
import type { Beat } from '../turns/streams/stream-formats.js';
import { leaveReasonOf } from '../turns/streams/turn-streams.js';
import { readSocketMessage, type WatchMessage } from './socket-messages.js';
import { StreamErrors } from './stream-socket.errors.js';

/** Watches of one socket. Each is one of the streams of its user. */
const MAX_WATCHES = 32;
/** The last events of watches may take this time, when the socket ends. */
const LEAVE_MS = 250;

/** What a session needs of the request that opened it. */
export interface SessionRequest {
  id: string;
  url: string;
  /** Runs work in the context of the request. */
  run: <T>(work: () => T) => T;
  /** Counts a message. @throws AppError 429 over the limit */
  countMessage: () => void;
  /** Opens a stream of the user. @throws AppError 429 over the limit */
  openStream: () => OpenStream;
  eventsOf: (message: WatchMessage, stream: OpenStream) => Promise<AsyncGenerator<Beat>>;
}

interface Watch {
  stream: OpenStream;
  /** Settles after the last event. Never rejects. */
  done: Promise<void>;
}

export class StreamSession {
  private readonly logger = new Logger('Streams');
  private readonly watches = new Map<string, Watch>();

  /** @param stream the socket itself, which is closed with it */
  constructor(
    private readonly socket: ClientSocket,
    private readonly stream: OpenStream,
    private readonly request: SessionRequest,
  ) {}

  /** Serves the socket until it is closed. */
  async serve(): Promise<void> {
    const { socket, stream } = this;
    void socket.closed.then(() => stream.close());
    socket.onMessage((bytes) => this.request.run(() => this.receive(bytes)));
    const end = await endOf(stream);
    const watches = [...this.watches.values()];
    for (const watch of watches) watch.stream.stop(end);
    const reason = leaveReasonOf(stream);
    const left = Promise.all(watches.map(({ done }) => done))
      .then(() => socket.send({ type: 'leave', reason }))
      .catch(() => undefined);
    await Promise.race([left, delay(LEAVE_MS)]);
    const isRefused = end.definition.status < 500;
    socket.close(isRefused ? CLOSE_CODES.refused : CLOSE_CODES.goingAway, reason);
  }

  private async receive(bytes: Buffer): Promise<void> {
    let id: string | undefined;
    try {
      this.request.countMessage();
      const message = readSocketMessage(bytes);
      ({ id } = message);
      if (message.type === 'unwatch') await this.unwatch(message.id);
      else {
        id ??= message.turnId ?? message.modelCallId ?? message.conversationId!;
        await this.watch(id, message);
      }
    } catch (error) {
      await this.tell(error, id);
    }
  }

  private async watch(id: string, message: WatchMessage): Promise<void> {
    if (this.watches.has(id)) throw StreamErrors.watchOpen();
    if (this.watches.size >= MAX_WATCHES)
      throw RequestErrors.tooManyStreams({
        detail: `At most ${MAX_WATCHES} things can be watched over one WebSocket.`,
      });
    const stream = this.request.openStream();
    try {
      const events = await this.request.eventsOf(message, stream);
      await this.socket.send({ type: 'watching', watch: id });
      const watch = { stream, done: Promise.resolve() };
      this.watches.set(id, watch);
      watch.done = this.pass(id, stream, events);
      if (this.stream.end) stream.stop(this.stream.end);
    } catch (error) {
      stream.close();
      throw error;
    }
  }

  /** Waits for the end, so that the id can be used again. */
  private async unwatch(id: string): Promise<void> {
    const watch = this.watches.get(id);
    if (!watch) throw StreamErrors.noWatch();
    this.watches.delete(id);
    watch.stream.close();
    await watch.done;
  }

  /** Passes events on at the pace of the client. */
  private async pass(id: string, stream: OpenStream, events: AsyncGenerator<Beat>): Promise<void> {
    const isWatched = () => this.watches.get(id)?.stream === stream;
    try {
      for await (const event of events) {
        if (!isWatched()) break;
        if (event) await this.socket.send({ type: 'event', watch: id, ...event });
      }
      if (isWatched()) this.watches.delete(id);
      await this.socket.send({ type: 'end', watch: id });
    } catch (error) {
      await this.tell(error, id);
    } finally {
      if (isWatched()) this.watches.delete(id);
      stream.close();
    }
  }

  /** After a fault of ours the client begins anew, as with any stream that breaks. */
  private async tell(error: unknown, id: string | undefined): Promise<void> {
    if (!this.socket.isOpen) return;
    const known = toAppError(error);
    const isFault = known.definition.status >= 500;
    if (isFault) this.logger.error({ err: error, requestId: this.request.id, code: known.code });
    const message = { ...this.problemOf(known), type: 'error', watch: id ?? null };
    await this.socket.send(message).catch(() => undefined);
    if (isFault) this.socket.close(CLOSE_CODES.tryAgain, known.definition.title);
  }

  private problemOf(error: AppError): Record<string, unknown> {
    const { retryAfter } = error.details;
    const problem = problemDocument(error, this.request);
    return { ...problem, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }
}

async function endOf(stream: OpenStream): Promise<AppError> {
  while (!stream.end) await new Promise<void>((resolve) => stream.next(resolve));
  return stream.end;
}
