// A pg.Pool that never hands out a connection whose last conversation may be unfinished, or that is dead.
import pg from 'pg';
import { connectionOf } from './scoped-query.js';
import { destroy, GatedClient, type GatedClientConfig, STALE_AFTER } from './gated-client.js';

/** What pg 8.23 knows about a client; the fields with an underscore are its own, pinned by test/db/safe-pool.db-spec.ts. */
interface ClientInternals {
  readonly readyForQuery: boolean;
  readonly _activeQuery: unknown;
  readonly _queryQueue: unknown[];
  readonly _sentQueryQueue: unknown[];
}

/** The same of pg-pool 3.14. */
interface PoolInternals {
  readonly _clients: pg.PoolClient[];
  readonly _idle: { client: pg.PoolClient }[];
  readonly _pulseQueue: () => void;
  readonly _remove: (client: pg.PoolClient, callback: () => void) => void;
}

type Release = (error?: Error | boolean) => void;
type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: Release,
) => void;

export type SafePoolConfig = pg.PoolConfig & GatedClientConfig;

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
 * pg-pool returns any client that can still be written to, so a transaction left open by a time-out goes on in the next
 * request (node-postgres #3399). Here a client that is not clean is destroyed. One that was idle for a while is asked for a sign
 * of life first; when it gives none, the others that are idle are not trusted either. Given to TypeORM by its `driver` option.
 */
export class SafePool extends pg.Pool {
  private readonly idleSince = new WeakMap<pg.PoolClient, number>();
  private readonly metrics;
  /** Bytes that each had received when the gate was shut. */
  private heard = new WeakMap<pg.PoolClient, number>();

  constructor(options: SafePoolConfig = {}) {
    super({ ...options, Client: GatedClient });
    this.metrics = options.metrics;
    options.gate?.onShut(() => this.listen());
    options.gate?.onDistrust(() => this.dropIdle());
    options.gate?.onSilence(() => this.dropUnheard());
    // Also told of releases that do not come from whoever had it, such as after he stopped waiting.
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
        if (!this.isStale(client) || (await this.answers(client))) return client;
      }
    } finally {
      stopClock?.();
    }
  }

  /** Gives it back when it does not, and drops those that are idle: they are not trusted either. */
  private async answers(client: pg.PoolClient): Promise<boolean> {
    let isAlive = false;
    try {
      isAlive = await (client as unknown as GatedClient).answers();
      return isAlive;
    } finally {
      if (!isAlive) {
        client.release(true);
        this.dropIdle();
      }
    }
  }

  private isStale(client: pg.PoolClient): boolean {
    return Date.now() - (this.idleSince.get(client) ?? Infinity) > STALE_AFTER;
  }

  private listen(): void {
    this.heard = new WeakMap();
    for (const client of (this as unknown as PoolInternals)._clients)
      this.heard.set(client, connectionOf(client).stream.bytesRead);
  }

  /** Whoever uses one hears at once what he would hear when his time is up. A server that is slow to take new ones still talks on those it has. */
  private dropUnheard(): void {
    const unheard = (client: pg.PoolClient) =>
      this.heard.get(client) === connectionOf(client).stream.bytesRead;
    (this as unknown as PoolInternals)._clients.filter(unheard).forEach(destroy);
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
    // A polite end waits for the other side, and whoever waits for the place in the pool with it.
    if (unusable) destroy(client);
  };
  return client;
}
