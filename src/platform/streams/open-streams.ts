// The open streams of this process: how many a user may have, and their end when the process stops or
// their credential is no longer valid.
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { type Identity, type Principal, type Proof, RequestContexts } from '../context/index.js';
import { type AppError, RequestErrors, ServerErrors, toAppError } from '../errors/index.js';
import { Announcement } from './announcement.js';

/** Milliseconds between two checks of each credential that has streams. */
const CHECK_INTERVAL_MS = 500;
const RETRY_AFTER_SECONDS = 5;

/** One stream. It announces its end. */
export class OpenStream extends Announcement {
  /** Why it has to end. */
  end: AppError | null = null;

  /** @param close call it when the stream has ended, as often as you like */
  constructor(readonly close: () => void) {
    super();
  }

  stop(end: AppError): void {
    this.end ??= end;
    this.announce();
  }
}

/** Streams of one user by one credential, which are checked together. */
interface Group {
  identity: Identity | undefined;
  streams: Set<OpenStream>;
  isChecking: boolean;
}

@Injectable()
export class OpenStreams implements OnModuleInit, OnModuleDestroy {
  private readonly groups = new Map<string, Group>();
  private readonly counts = new Map<string, number>();
  private readonly credentials = new WeakMap<Proof, number>();
  private lastCredential = 0;
  private timer: NodeJS.Timeout | undefined;
  private isStopping = false;

  constructor(
    private readonly contexts: RequestContexts,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => this.check(), CHECK_INTERVAL_MS).unref();
  }

  /** Streams end before the server waits for its connections. */
  onModuleDestroy(): void {
    this.isStopping = true;
    clearInterval(this.timer);
    for (const { streams } of this.groups.values())
      for (const stream of streams) stream.stop(stopping());
  }

  /** The streams of all users. */
  get size(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /**
   * Counts a stream of the user of the current scope. Call `close` of it in any case.
   * @throws AppError 429 over `STREAMS_PER_USER`
   */
  open(): OpenStream {
    const scope = this.contexts.userScope();
    const { userId } = scope;
    const count = this.counts.get(userId) ?? 0;
    if (count >= this.config.streamsPerUser)
      throw RequestErrors.tooManyStreams({
        detail: `At most ${this.config.streamsPerUser} streams of a user may be open.`,
        retryAfter: RETRY_AFTER_SECONDS,
      });
    this.counts.set(userId, count + 1);
    const key = this.groupOf(userId, this.contexts.current()?.principal);
    const group = this.groups.get(key) ?? {
      identity: undefined,
      streams: new Set(),
      isChecking: false,
    };
    // That of the last request is the most recent one.
    group.identity = scope.identity;
    this.groups.set(key, group);
    const stream: OpenStream = new OpenStream(() => this.close(key, group, userId, stream));
    group.streams.add(stream);
    if (this.isStopping) stream.stop(stopping());
    return stream;
  }

  /** Streams of one user and one credential. The tokens of a user are different credentials. */
  private groupOf(userId: string, principal: Principal | undefined): string {
    if (!principal?.proof) return `${userId} ${principal?.credentialId ?? ''}`;
    const number = this.credentials.get(principal.proof) ?? ++this.lastCredential;
    this.credentials.set(principal.proof, number);
    return `${userId} ${number}`;
  }

  private close(key: string, group: Group, userId: string, stream: OpenStream): void {
    if (!group.streams.delete(stream)) return;
    stream.stop(stopping());
    if (group.streams.size === 0) this.groups.delete(key);
    const left = this.counts.get(userId)! - 1;
    if (left === 0) this.counts.delete(userId);
    else this.counts.set(userId, left);
  }

  /** A check that fails for the database's sake is made again. */
  private check(): void {
    for (const group of this.groups.values()) {
      if (!group.identity || group.isChecking) continue;
      group.isChecking = true;
      group.identity
        .check()
        .catch((error: unknown) => {
          const end = toAppError(error);
          if (end.definition.status < 500) for (const stream of group.streams) stream.stop(end);
        })
        .finally(() => (group.isChecking = false));
    }
  }
}

const stopping = () => ServerErrors.unavailable({ retryAfter: 1 });
