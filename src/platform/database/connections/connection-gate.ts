// Whether the database can be reached at all: once it is known not to be, nobody waits to find it out again.
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { CircuitState, circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import pg from 'pg';
import { failureBehind, isConnectionFailure } from '../../errors/index.js';
import { AnswerTimes } from './answer-times.js';
import { connectionOf } from './scoped-query.js';
import { CONNECT_SILENCE, passed, unlessSilent } from './silence.js';

/** Attempts to connect that fail one after the other before no more are made. */
const FAILURES = 3;
/** Milliseconds between two looks whether the database is back. */
const LOOK_EVERY = 250;
/** How a look ends that nobody answers. */
const SILENCE = /timeout expired|ETIMEDOUT|EHOSTUNREACH/;

/** The code makes it a connection failure to whoever looks: 503, and not tried again. */
export class DatabaseUnreachableError extends Error {
  override readonly name = 'DatabaseUnreachableError';
  readonly code = 'ECONNREFUSED';
}

/**
 * Every new connection of the pool and of the lanes passes it. Connections that are open are not its business: each is found dead
 * by itself. While it is shut it looks after the database on its own, so that no request has to be the one that waits.
 */
export class ConnectionGate {
  private readonly logger = new Logger('Database');
  private readonly breaker = circuitBreaker(handleWhen(isConnectionFailure), {
    halfOpenAfter: LOOK_EVERY,
    breaker: new ConsecutiveBreaker(FAILURES),
  });
  private readonly stopping = new AbortController();
  private readonly where: string;
  private readonly effects = {
    shut: [] as (() => void)[],
    distrust: [] as (() => void)[],
    silence: [] as (() => void)[],
  };
  private looking = false;
  private reaching: Promise<boolean> | undefined;
  /** Not suspected again before. In milliseconds, as Date.now(). */
  private trustedUntil = 0;
  readonly times: AnswerTimes;

  /** @param silenceLimit milliseconds of silence after which the server is taken for dead */
  constructor(
    private readonly url: string,
    silenceLimit: number,
  ) {
    this.times = new AnswerTimes(silenceLimit);
    // Without the password.
    const { host, pathname } = new URL(url);
    this.where = host + pathname;
    this.breaker.onReset(() => this.logger.log(`PostgreSQL at ${this.where} can be reached again`));
    this.breaker.onBreak((failure) => {
      // A look that fails breaks it again.
      if (this.looking) return;
      const reason = 'error' in failure ? reasonOf(failure.error) : 'no answer';
      this.logger.error(
        `PostgreSQL at ${this.where} cannot be reached (${reason}): requests that need another connection are refused until it can`,
      );
      this.effects.shut.forEach((effect) => effect());
      void this.lookUntilOpen();
    });
  }

  get isOpen(): boolean {
    return this.breaker.state === CircuitState.Closed;
  }

  /** @throws DatabaseUnreachableError at once while it is shut; what `connect` throws. */
  async pass<T>(connect: () => Promise<T>): Promise<T> {
    if (!this.isOpen) throw this.unreachable();
    return this.breaker.execute(connect);
  }

  /** Whether a new connection gets through. Who asks meanwhile shares the answer. */
  reaches(): Promise<boolean> {
    this.reaching ??= this.look()
      .then(
        () => true,
        () => false,
      )
      .finally(() => (this.reaching = undefined));
    return this.reaching;
  }

  /** For who has heard nothing on an open connection as long as on a new one. @returns what to throw */
  shut(): DatabaseUnreachableError {
    const error = this.unreachable();
    for (let n = 0; n < FAILURES; n++)
      void this.breaker.execute(() => Promise.reject(error)).catch(() => undefined);
    this.effects.distrust.forEach((effect) => effect());
    return error;
  }

  /**
   * For who has been waiting on an open connection for `waited` milliseconds: looks whether the server is there at all. When a new
   * connection is as silent, and `isSilent` still holds at the limit, the gate is shut, and what has not been heard is given up.
   */
  suspect(waited: number, isSilent: () => boolean): void {
    if (!this.isOpen || Date.now() < this.trustedUntil) return;
    this.trustedUntil = Date.now() + this.times.limit;
    this.effects.shut.forEach((effect) => effect());
    const look = this.look().then(
      () => false,
      (error: unknown) => SILENCE.test(String(error)),
    );
    const limit = passed(Math.max(0, this.times.limit - waited)).then(() => true);
    void Promise.race([look, limit]).then((silent) => {
      if (!silent || !isSilent()) return;
      this.effects.silence.forEach((effect) => effect());
      this.shut();
    });
  }

  private unreachable(): DatabaseUnreachableError {
    return new DatabaseUnreachableError(`PostgreSQL at ${this.where} cannot be reached`);
  }

  onShut(effect: () => void): void {
    this.effects.shut.push(effect);
  }

  /** Called when an open connection that was idle is as silent as new ones: others that are idle will be, too. */
  onDistrust(effect: () => void): void {
    this.effects.distrust.push(effect);
  }

  /** Called once each time that a look, too, was not answered: what has not been heard since it was shut is then as dead as new connections. Refused is not silent. */
  onSilence(effect: () => void): void {
    this.effects.silence.push(effect);
  }

  stop(): void {
    this.stopping.abort();
  }

  private async lookUntilOpen(): Promise<void> {
    const { signal } = this.stopping;
    let silent = false;
    const despair = () => {
      if (!silent) this.effects.silence.forEach((effect) => effect());
      silent = true;
    };
    this.looking = true;
    while (!this.isOpen && !signal.aborted) {
      await sleep(LOOK_EVERY, undefined, { ref: false, signal }).catch(() => undefined);
      const alarm = setTimeout(despair, this.times.despair).unref();
      const reason = signal.aborted
        ? ''
        : await this.breaker.execute(() => this.look()).then(() => '', String);
      clearTimeout(alarm);
      if (SILENCE.test(reason)) despair();
    }
    this.looking = false;
  }

  private async look(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'threadkeep gate',
    });
    client.on('error', () => undefined);
    try {
      await unlessSilent(client, this.times.limit, CONNECT_SILENCE, client.connect());
      // Its answer is not waited for, which may never come.
      void client.end();
    } finally {
      setTimeout(() => connectionOf(client).stream.destroy(), LOOK_EVERY).unref();
    }
  }
}

function reasonOf(error: Error): string {
  const { message = '', code } = failureBehind(error) ?? {};
  return message || String(code);
}
