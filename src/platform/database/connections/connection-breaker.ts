// A circuit breaker for new connections: while the database cannot be reached, requests that need
// one fail at once.
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { CircuitState, circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import pg from 'pg';
import { failureBehind, isConnectionFailure, isTermination } from '../../errors/index.js';
import { ResponseTimes } from './response-times.js';
import { connectionOf } from './scoped-query.js';
import { CONNECT_TIMED_OUT, elapsed, withSilenceTimeout } from './silence-timeout.js';

/** Consecutive failures to connect that open the circuit. */
const MAX_FAILURES = 3;
const PROBE_INTERVAL_MS = 250;
/** The messages of a probe that got no answer at all. A refused connection is an answer. */
const TIMED_OUT = /timeout expired|ETIMEDOUT|EHOSTUNREACH/;

/**
 * The circuit is open. Its code makes it a connection failure: requests answer 503 and do not
 * retry.
 */
export class DatabaseUnreachableError extends Error {
  override readonly name = 'DatabaseUnreachableError';
  readonly code = 'ECONNREFUSED';
}

/** A server that ends connections it had accepted can be reached: the next one may last. */
const isUnreachable = (error: Error): boolean =>
  isConnectionFailure(error) && !isTermination(error);

/**
 * Opens every new connection, of the pool as well as pipelined ones. Connections that are open do
 * not need it: each finds out by itself that its server is gone. While the circuit is open, the
 * breaker probes the database itself, so that no request has to probe it.
 */
export class ConnectionBreaker {
  private readonly logger = new Logger('Database');
  private readonly breaker = circuitBreaker(handleWhen(isUnreachable), {
    halfOpenAfter: PROBE_INTERVAL_MS,
    breaker: new ConsecutiveBreaker(MAX_FAILURES),
  });
  private readonly stopping = new AbortController();
  private readonly where: string;
  private readonly effects = {
    open: [] as (() => void)[],
    pingTimeout: [] as (() => void)[],
    probeTimeout: [] as (() => void)[],
  };
  private isProbing = false;
  private connecting: Promise<boolean> | undefined;
  /** No new suspicion before this time, in milliseconds as Date.now(). */
  private trustedUntil = 0;
  readonly times: ResponseTimes;

  /** @param silenceLimit milliseconds of silence after which the server counts as unreachable */
  constructor(
    private readonly url: string,
    silenceLimit: number,
  ) {
    this.times = new ResponseTimes(silenceLimit);
    // Without the password.
    const { host, pathname } = new URL(url);
    this.where = host + pathname;
    this.breaker.onReset(() => this.logger.log(`PostgreSQL at ${this.where} can be reached again`));
    this.breaker.onBreak((failure) => {
      // A failed probe opens the circuit again.
      if (this.isProbing) return;
      const reason = 'error' in failure ? reasonOf(failure.error) : 'no answer';
      this.logger.error(
        `PostgreSQL at ${this.where} cannot be reached (${reason}): requests that need another connection are refused until it can`,
      );
      this.effects.open.forEach((effect) => effect());
      void this.probeUntilClosed();
    });
  }

  /** True while connections may be opened. */
  get isClosed(): boolean {
    return this.breaker.state === CircuitState.Closed;
  }

  /** @throws DatabaseUnreachableError at once while the circuit is open; what `connect` throws */
  async execute<T>(connect: () => Promise<T>): Promise<T> {
    if (!this.isClosed) throw this.unreachable();
    return this.breaker.execute(connect);
  }

  /** Tries a new connection. Concurrent callers share one attempt. */
  canConnect(): Promise<boolean> {
    this.connecting ??= this.probe()
      .then(
        () => true,
        () => false,
      )
      .finally(() => (this.connecting = undefined));
    return this.connecting;
  }

  /**
   * Opens the circuit because an idle connection did not answer a ping within the limit.
   * @returns the error to throw
   */
  open(): DatabaseUnreachableError {
    const error = this.unreachable();
    for (let n = 0; n < MAX_FAILURES; n++)
      void this.breaker.execute(() => Promise.reject(error)).catch(() => undefined);
    this.effects.pingTimeout.forEach((effect) => effect());
    return error;
  }

  /**
   * Probes the server because an open connection has been silent for `waited` milliseconds. When
   * the probe times out too, and `isSilent` still holds at the limit, it opens the circuit and runs
   * the effects of `onProbeTimeout`.
   */
  suspect(waited: number, isSilent: () => boolean): void {
    if (!this.isClosed || Date.now() < this.trustedUntil) return;
    this.trustedUntil = Date.now() + this.times.limit;
    this.effects.open.forEach((effect) => effect());
    const probe = this.probe().then(
      () => false,
      (error: unknown) => TIMED_OUT.test(String(error)),
    );
    const limit = elapsed(Math.max(0, this.times.limit - waited)).then(() => true);
    void Promise.race([probe, limit]).then((timedOut) => {
      if (!timedOut || !isSilent()) return;
      this.effects.probeTimeout.forEach((effect) => effect());
      this.open();
    });
  }

  private unreachable(): DatabaseUnreachableError {
    return new DatabaseUnreachableError(`PostgreSQL at ${this.where} cannot be reached`);
  }

  /** Calls `effect` when the circuit opens, and when a connection is suspected. */
  onOpen(effect: () => void): void {
    this.effects.open.push(effect);
  }

  /**
   * Calls `effect` when an idle connection was silent as long as a new one. Other idle connections
   * are then dead too.
   */
  onPingTimeout(effect: () => void): void {
    this.effects.pingTimeout.push(effect);
  }

  /**
   * Calls `effect` once per outage when a probe times out (not when it is refused). Drop
   * connections that have been silent since the circuit opened.
   */
  onProbeTimeout(effect: () => void): void {
    this.effects.probeTimeout.push(effect);
  }

  stop(): void {
    this.stopping.abort();
  }

  private async probeUntilClosed(): Promise<void> {
    const { signal } = this.stopping;
    let hasTimedOut = false;
    const onTimeout = () => {
      if (!hasTimedOut) this.effects.probeTimeout.forEach((effect) => effect());
      hasTimedOut = true;
    };
    this.isProbing = true;
    while (!this.isClosed && !signal.aborted) {
      await sleep(PROBE_INTERVAL_MS, undefined, { ref: false, signal }).catch(() => undefined);
      const alarm = setTimeout(onTimeout, this.times.giveUpAfter).unref();
      const reason = signal.aborted
        ? ''
        : await this.breaker.execute(() => this.probe()).then(() => '', String);
      clearTimeout(alarm);
      if (TIMED_OUT.test(reason)) onTimeout();
    }
    this.isProbing = false;
  }

  private async probe(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'threadkeep gate',
    });
    client.on('error', () => undefined);
    try {
      await withSilenceTimeout(client, this.times.limit, CONNECT_TIMED_OUT, client.connect());
      // Not awaited: the server may never answer.
      void client.end();
    } finally {
      setTimeout(() => connectionOf(client).stream.destroy(), PROBE_INTERVAL_MS).unref();
    }
  }
}

function reasonOf(error: Error): string {
  const { message = '', code } = failureBehind(error) ?? {};
  return message || String(code);
}
