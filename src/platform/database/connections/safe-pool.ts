// A pg.Pool that never hands out a dead connection, or one whose last transaction may still be
// open.
import pg from 'pg';
import { connectionOf } from './scoped-query.js';
import {
  destroy,
  CheckedClient,
  type CheckedClientConfig,
  STALE_AFTER_MS,
} from './checked-client.js';

/** Internals of a client of pg 8.23. test/db/safe-pool.db-spec.ts pins them. */
interface ClientInternals {
  readonly readyForQuery: boolean;
  readonly _activeQuery: unknown;
  readonly _queryQueue: unknown[];
  readonly _sentQueryQueue: unknown[];
}

/** Internals of pg-pool 3.14, pinned by the same test. */
interface PoolInternals {
  readonly _clients: pg.PoolClient[];
  readonly _idle: { client: pg.PoolClient }[];
  readonly _pulseQueue: () => void;
  readonly _remove: (client: pg.PoolClient, callback: () => void) => void;
}

type ReleaseClient = (error?: Error | boolean) => void;
type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: ReleaseClient,
) => void;

export type SafePoolConfig = pg.PoolConfig & CheckedClientConfig;

/** True when nothing is running or queued on the connection and no transaction is open. */
export function isClean(client: pg.PoolClient): boolean {
  const internals = client as unknown as ClientInternals;
  return (
    client.getTransactionStatus() === 'I' &&
    internals.readyForQuery &&
    !internals._activeQuery &&
    internals._queryQueue.length === 0 &&
    internals._sentQueryQueue.length === 0
  );
}

/**
 * pg-pool keeps any client that can still be written to, so a transaction that a time-out left open
 * continues in the next request (node-postgres #3399). This pool destroys a client that is not
 * clean. It pings a client that was idle for a while; when the ping fails, it drops all idle
 * clients. TypeORM gets it by the `driver` option.
 */
export class SafePool extends pg.Pool {
  private readonly idleSince = new WeakMap<pg.PoolClient, number>();
  private readonly metrics;
  /** Bytes that each client had received when the circuit opened. */
  private receivedBytes = new WeakMap<pg.PoolClient, number>();

  constructor(options: SafePoolConfig = {}) {
    super({ ...options, Client: CheckedClient });
    this.metrics = options.metrics;
    options.breaker?.onOpen(() => this.noteReceivedBytes());
    options.breaker?.onPingTimeout(() => this.dropIdle());
    options.breaker?.onProbeTimeout(() => this.dropSilent());
    // Not in guardRelease: the pool also releases a client whose caller stopped waiting for it.
    this.on('release', (_error, client) => this.idleSince.set(client, Date.now()));
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | void {
    const checkout = this.checkout();
    if (!callback) return checkout;
    checkout.then(
      (client) => callback(undefined, client, (error) => client.release(error)),
      (error: Error) => callback(error, undefined, () => undefined),
    );
  }

  private async checkout(): Promise<pg.PoolClient> {
    const stopClock = this.metrics?.waitSeconds.startTimer();
    try {
      for (;;) {
        const client = guardRelease(await super.connect());
        if (!this.isStale(client) || (await this.isAlive(client))) return client;
      }
    } finally {
      stopClock?.();
    }
  }

  /** Pings the client. When it is dead, destroys it and every idle client. */
  private async isAlive(client: pg.PoolClient): Promise<boolean> {
    let isAlive = false;
    try {
      isAlive = await (client as unknown as CheckedClient).isAlive();
      return isAlive;
    } finally {
      if (!isAlive) {
        client.release(true);
        this.dropIdle();
      }
    }
  }

  private isStale(client: pg.PoolClient): boolean {
    return Date.now() - (this.idleSince.get(client) ?? Infinity) > STALE_AFTER_MS;
  }

  private noteReceivedBytes(): void {
    this.receivedBytes = new WeakMap();
    for (const client of (this as unknown as PoolInternals)._clients)
      this.receivedBytes.set(client, connectionOf(client).stream.bytesRead);
  }

  /**
   * Destroys every client that has received no bytes since the circuit opened, so that its queries
   * fail now and not at `query_timeout`. Clients that the server still talks to are kept.
   */
  private dropSilent(): void {
    const isSilent = (client: pg.PoolClient) =>
      this.receivedBytes.get(client) === connectionOf(client).stream.bytesRead;
    (this as unknown as PoolInternals)._clients.filter(isSilent).forEach(destroy);
  }

  private dropIdle(): void {
    const internals = this as unknown as PoolInternals;
    for (const { client } of [...internals._idle]) {
      internals._remove(client, () => internals._pulseQueue());
      destroy(client);
    }
  }
}

function guardRelease(client: pg.PoolClient): pg.PoolClient {
  const release = client.release.bind(client);
  client.release = (error) => {
    const unusable = error || !isClean(client);
    release(unusable);
    // A graceful end waits for the server, and so would the next caller in the pool's queue.
    if (unusable) destroy(client);
  };
  return client;
}
