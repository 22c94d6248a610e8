// Stores a reply while it grows, in a few writes a second however many deltas come.
import { setTimeout as sleep } from 'node:timers/promises';
import type { UnfinishedMessages } from '../../../conversations/index.js';
import { AppError, toAppError } from '../../../platform/errors/index.js';
import type { Reply } from './reply.js';

/** Milliseconds between two writes of one reply. */
const WRITE_INTERVAL_MS = 250;

/** How often, and how soon again, a piece is sent when the database fails. */
const MAX_ATTEMPTS = 10;
const RETRY_MS = 1_000;

/** The turn's own lease says when the writer of its reply is gone. */
export const REPLY_LEASE_SECONDS = 86_400;

export class ReplyWriter {
  /** Version of the stored message. */
  version: number;
  private part = 0;
  private characters = 0;
  private running: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private failure: Error | undefined;
  private isFull = false;
  /** Pieces that were not acknowledged yet. */
  private readonly unsure: (string | Record<string, unknown>[])[] = [];

  constructor(
    private readonly messages: UnfinishedMessages,
    private readonly place: { conversationId: string; messageId: string; version: number },
    private readonly reply: Reply,
  ) {
    this.version = place.version;
  }

  /** Stores soon what is new. @throws what a write before threw */
  schedule(): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.timer || this.running || this.isFull) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.running = this.store()
        .catch((error: unknown) => {
          // The last write has all of a reply that is too long to be stored while it grows.
          if (isTooLarge(error)) {
            this.isFull = true;
            this.unsure.length = 0;
          } else if (toAppError(error).definition.status < 500) {
            this.unsure.length = 0;
            this.failure = error as Error;
          }
        })
        .finally(() => {
          this.running = null;
        });
    }, WRITE_INTERVAL_MS);
  }

  /** Resolves when nothing is being stored. What is new is left to the last write. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    await this.running;
    // Whether it was stored decides the version of the last write.
    for (let attempt = 1; this.unsure.length > 0 && attempt <= MAX_ATTEMPTS; attempt++) {
      await this.store().catch(() => sleep(RETRY_MS));
    }
  }

  /** Stores what is new by now. What fails is sent again as it was: a write is taken once. */
  private async store(): Promise<void> {
    for (let piece = this.next(); piece !== null; piece = this.next()) this.unsure.push(piece);
    for (let piece = this.unsure[0]; piece !== undefined; piece = this.unsure[0]) {
      const { version } = await this.messages.write(
        this.place.conversationId,
        this.place.messageId,
        {
          expectedVersion: this.version,
          added: piece,
          content: null,
          metadata: undefined,
          status: 'in_progress',
          leaseSeconds: REPLY_LEASE_SECONDS,
        },
      );
      this.version = version!;
      this.unsure.shift();
    }
  }

  /** Takes the next piece that changes no more: a text so far, or a whole part of another kind. */
  private next(): string | Record<string, unknown>[] | null {
    for (;;) {
      const part = this.reply.parts[this.part];
      if (!part) return null;
      const { value, isClosed } = part;
      if (value['type'] !== 'text') {
        if (!isClosed) return null;
        this.part++;
        return [value];
      }
      const text = (value['text'] as string).slice(this.characters);
      this.characters += text.length;
      const isDone = isClosed && this.part < this.reply.parts.length - 1;
      if (isDone) {
        this.part++;
        this.characters = 0;
      }
      if (text !== '') return text;
      if (!isDone) return null;
    }
  }
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'request.invalid_body';
