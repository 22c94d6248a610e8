// The client behind every connection that serves requests: it finds out quickly whether there is a server, new or idle.
import pg from 'pg';
import type { ConnectionGate } from './connection-gate.js';
import type { ConnectionMetrics } from './connection-metrics.js';
import { connectionOf } from './scoped-query.js';

/** Milliseconds after which an idle connection is asked for a sign of life before it is used. */
export const STALE_AFTER = 500;

/** Milliseconds such a sign may take, at most. */
const PING_TIMEOUT = 500;

export interface GatedClientConfig extends pg.ClientConfig {
  /** Milliseconds to find out that the server cannot be reached, by a ping and a new connection. Without it there is no limit. */
  connectTimeout?: number;
  gate?: ConnectionGate;
  /** A standby will do, which takes no writes. */
  standby?: boolean;
  metrics?: ConnectionMetrics;
}

const pingTimeout = (connectTimeout = Infinity): number => Math.min(PING_TIMEOUT, connectTimeout / 2);

/** Milliseconds for the connection itself. */
export const openTimeout = (connectTimeout: number): number => connectTimeout - pingTimeout(connectTimeout);

/** `connectionTimeoutMillis` means the wait for a free connection to the pool, and the time to open one to the client: here they are two. */
function withOpenTimeout(config: GatedClientConfig): pg.ClientConfig {
  const { connectTimeout } = config;
  return connectTimeout === undefined ? config : { ...config, connectionTimeoutMillis: openTimeout(connectTimeout) };
}

/** To who needs the primary, it is not there. */
class StandbyError extends Error {
  override readonly name = 'StandbyError';
  readonly code = 'ECONNREFUSED';
}

export class GatedClient extends pg.Client {
  private readonly gate: ConnectionGate | undefined;
  private readonly metrics: ConnectionMetrics | undefined;
  private readonly pingTimeout: number;
  private readonly standby: boolean;

  constructor(config: GatedClientConfig = {}) {
    super(withOpenTimeout(config));
    this.gate = config.gate;
    this.metrics = config.metrics;
    this.standby = config.standby ?? false;
    this.pingTimeout = pingTimeout(config.connectTimeout);
    // A server may end the connection at any moment, also between two who would listen for it (node-postgres #2439).
    this.on('error', () => undefined);
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback: (error: null, client: pg.Client) => void): void;
  override connect(callback?: (error: never, client: pg.Client) => void): Promise<pg.Client> | void {
    const open = () => super.connect().then(() => this.requirePrimary());
    const opening = this.gate ? this.gate.pass(open) : open();
    if (!callback) return opening;
    const done = callback as (error: Error | null, client?: pg.Client) => void;
    opening.then((client) => done(null, client), done);
  }

  /** After a failover a name may lead to the server that was the primary: it answers, and takes no writes. */
  private async requirePrimary(): Promise<pg.Client> {
    if (this.standby) return this;
    const { rows } = await this.query<{ standby: boolean }>({ text: 'select pg_is_in_recovery() as standby', query_timeout: this.pingTimeout } as pg.QueryConfig);
    if (!rows[0]?.standby) return this;
    destroy(this);
    throw new StandbyError('this server is a standby, and takes no writes');
  }

  /** Whether the server answers on this connection; if not, use it no more. */
  async answers(): Promise<boolean> {
    try {
      await this.query({ text: 'select 1', query_timeout: this.pingTimeout } as pg.QueryConfig);
      return true;
    } catch {
      this.metrics?.failedPings.inc();
      return false;
    }
  }
}

/** Ends it without waiting for the other side, which may be gone. */
export function destroy(client: pg.ClientBase): void {
  connectionOf(client).stream.destroy();
}
