// Whether the database can be reached at all: once it is known not to be, nobody waits to find it out again.
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { CircuitState, circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import pg from 'pg';
import { isConnectionFailure } from '../errors/index.js';

/** Attempts to connect that fail one after the other before no more are made. */
const FAILURES = 3;
/** Milliseconds between two looks whether the database is back, and that a look may take. */
const LOOK_EVERY = 250;
const LOOK_TIMEOUT = 1_000;

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
  private readonly breaker = circuitBreaker(handleWhen(isConnectionFailure), { halfOpenAfter: LOOK_EVERY, breaker: new ConsecutiveBreaker(FAILURES) });
  private readonly stopping = new AbortController();
  private readonly where: string;

  constructor(private readonly url: string) {
    // Without the password.
    const { host, pathname } = new URL(url);
    this.where = host + pathname;
    this.breaker.onReset(() => this.logger.log(`PostgreSQL at ${this.where} can be reached again`));
    this.onShut((reason) => {
      this.logger.error(`PostgreSQL at ${this.where} cannot be reached (${reason}): requests that need another connection are refused until it can`);
      void this.lookUntilOpen();
    });
  }

  get isOpen(): boolean {
    return this.breaker.state === CircuitState.Closed;
  }

  /** @throws DatabaseUnreachableError at once while it is shut; what `connect` throws. */
  async pass<T>(connect: () => Promise<T>): Promise<T> {
    if (!this.isOpen) throw new DatabaseUnreachableError(`PostgreSQL at ${this.where} cannot be reached`);
    return this.breaker.execute(connect);
  }

  /** Not called when it is still shut after a look. */
  onShut(effect: (reason: string) => void): void {
    let shut = false;
    this.breaker.onReset(() => (shut = false));
    this.breaker.onBreak((failure) => {
      if (shut) return;
      shut = true;
      effect('error' in failure ? failure.error.message : 'no answer');
    });
  }

  stop(): void {
    this.stopping.abort();
  }

  private async lookUntilOpen(): Promise<void> {
    const { signal } = this.stopping;
    while (!this.isOpen && !signal.aborted) {
      await sleep(LOOK_EVERY, undefined, { ref: false, signal }).catch(() => undefined);
      if (!signal.aborted) await this.breaker.execute(() => this.look()).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: LOOK_TIMEOUT, application_name: 'threadkeep health' });
    client.on('error', () => undefined);
    await client.connect();
    await client.end();
  }
}
