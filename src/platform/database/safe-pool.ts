// A pg.Pool that never hands out a connection whose last conversation may be unfinished.
import pg from 'pg';

/** What pg 8.23 knows about a client; the fields with an underscore are its own, pinned by test/db/safe-pool.db-spec.ts. */
interface ClientInternals {
  readonly readyForQuery: boolean;
  readonly _activeQuery: unknown;
  readonly _queryQueue: unknown[];
  readonly _sentQueryQueue: unknown[];
}

type Release = (error?: Error | boolean) => void;
type ConnectCallback = (error: Error | undefined, client: pg.PoolClient | undefined, release: Release) => void;

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
 * request (node-postgres #3399). Here a client that is not clean is destroyed. Given to TypeORM by its `driver` option.
 */
export class SafePool extends pg.Pool {
  constructor(options?: pg.PoolConfig) {
    super(options);
    // A backend that is terminated while its client is checked out emits on the client alone (node-postgres #2439).
    this.on('connect', (client) => client.on('error', () => undefined));
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | void {
    const checkout = super.connect().then(guardRelease);
    if (!callback) return checkout;
    checkout.then(
      (client) => callback(undefined, client, (error) => client.release(error)),
      (error: Error) => callback(error, undefined, () => undefined),
    );
  }
}

function guardRelease(client: pg.PoolClient): pg.PoolClient {
  const release = client.release.bind(client);
  client.release = (error) => release(error || !isClean(client));
  return client;
}
