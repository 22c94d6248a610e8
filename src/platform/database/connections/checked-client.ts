// The client of every connection that serves requests. It finds out quickly that the server behind
// a new or idle connection is gone.
import pg from 'pg';
import type { ConnectionBreaker } from './connection-breaker.js';
import type { ConnectionMetrics } from './connection-metrics.js';
import { connectionOf } from './scoped-query.js';
import {
  CONNECT_TIMED_OUT,
  elapsed,
  QUERY_TIMED_OUT,
  withSilenceTimeout,
} from './silence-timeout.js';

/** A connection that was idle for longer is pinged before it is used. */
export const STALE_AFTER_MS = 500;

export interface CheckedClientConfig extends pg.ClientConfig {
  /** Milliseconds of silence after which the server counts as unreachable. No limit by default. */
  connectTimeout?: number;
  breaker?: ConnectionBreaker;
  /** Accepts a standby, which takes no writes. */
  standby?: boolean;
  metrics?: ConnectionMetrics;
}

/**
 * pg-pool and pg.Client read `connectionTimeoutMillis` differently. Only the pool may read it here:
 * the client has its silence time-out.
 */
function withoutOpenTimeout(config: CheckedClientConfig): pg.ClientConfig {
  return config.connectTimeout === undefined ? config : { ...config, connectionTimeoutMillis: 0 };
}

/**
 * Thrown when a read-write connection reaches a standby. Uses ECONNREFUSED so that callers treat it
 * as an unreachable server.
 */
class StandbyError extends Error {
  override readonly name = 'StandbyError';
  readonly code = 'ECONNREFUSED';
}

export class CheckedClient extends pg.Client {
  private readonly breaker: ConnectionBreaker | undefined;
  private readonly metrics: ConnectionMetrics | undefined;
  private readonly silenceLimit: number;
  private readonly standby: boolean;

  constructor(config: CheckedClientConfig = {}) {
    super(withoutOpenTimeout(config));
    this.breaker = config.breaker;
    this.metrics = config.metrics;
    this.standby = config.standby ?? false;
    this.silenceLimit = config.connectTimeout ?? Infinity;
    // A server may end the connection while nothing else listens for the error (node-postgres
    // #2439).
    this.on('error', () => undefined);
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback: (error: null, client: pg.Client) => void): void;
  override connect(
    callback?: (error: never, client: pg.Client) => void,
  ): Promise<pg.Client> | void {
    const open = () =>
      withSilenceTimeout(
        this,
        this.silenceLimit,
        CONNECT_TIMED_OUT,
        super.connect().then(() => this.requirePrimary()),
      );
    const opening = this.breaker ? this.breaker.execute(open) : open();
    if (!callback) return opening;
    const done = callback as (error: Error | null, client?: pg.Client) => void;
    opening.then((client) => done(null, client), done);
  }

  /**
   * After a failover, a host name may still lead to the former primary. It answers, but takes no
   * writes.
   */
  private async requirePrimary(): Promise<pg.Client> {
    if (this.standby) return this;
    const asked = performance.now();
    const { rows } = await this.query<{ standby: boolean }>(
      'select pg_is_in_recovery() as standby',
    );
    this.breaker?.times.record(performance.now() - asked);
    if (!rows[0]?.standby) return this;
    destroy(this);
    throw new StandbyError('this server is a standby, and takes no writes');
  }

  /**
   * Pings the server. When the answer takes longer than usual, it tries a new connection, and gives
   * this one up when that succeeds.
   * @returns false when this connection must not be used any more
   * @throws DatabaseUnreachableError when neither connection gets an answer within the limit; only
   * with a breaker
   */
  async isAlive(): Promise<boolean> {
    const over = new AbortController();
    try {
      const ping = this.ping();
      const answer = await (this.breaker
        ? Promise.race([ping, this.pingOrReplace(this.breaker, ping, over.signal)])
        : ping);
      if (!answer) this.metrics?.failedPings.inc();
      return answer;
    } catch (error) {
      this.metrics?.failedPings.inc();
      throw error;
    } finally {
      over.abort();
    }
  }

  private async ping(): Promise<boolean> {
    const asked = performance.now();
    try {
      await withSilenceTimeout(this, this.silenceLimit, QUERY_TIMED_OUT, this.query('select 1'));
    } catch (error) {
      if (this.breaker && (error as Error).message === QUERY_TIMED_OUT) throw this.breaker.open();
      return false;
    }
    this.breaker?.times.record(performance.now() - asked);
    return true;
  }

  /**
   * Gives the ping's result, or false when the ping is slow and a new connection succeeds first.
   */
  private async pingOrReplace(
    breaker: ConnectionBreaker,
    ping: Promise<boolean>,
    over: AbortSignal,
  ): Promise<boolean> {
    const isOver = await elapsed(breaker.times.probeAfter, over).then(
      () => false,
      () => true,
    );
    if (isOver || !(await breaker.canConnect())) return ping;
    await elapsed(0);
    return false;
  }
}

/** Closes the socket without waiting for the server, which may be gone. */
export function destroy(client: pg.ClientBase): void {
  connectionOf(client).stream.destroy();
}
