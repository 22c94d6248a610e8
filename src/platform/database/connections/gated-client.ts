// The client behind every connection that serves requests: it finds out quickly whether there is a server, new or idle.
import pg from 'pg';
import type { ConnectionGate } from './connection-gate.js';
import type { ConnectionMetrics } from './connection-metrics.js';
import { connectionOf } from './scoped-query.js';
import { CONNECT_SILENCE, passed, QUERY_SILENCE, unlessSilent } from './silence.js';

/** Milliseconds after which an idle connection is asked for a sign of life before it is used. */
export const STALE_AFTER = 500;

export interface GatedClientConfig extends pg.ClientConfig {
  /** Milliseconds of silence after which the server is taken for dead. Without it there is no limit. */
  connectTimeout?: number;
  gate?: ConnectionGate;
  /** A standby will do, which takes no writes. */
  standby?: boolean;
  metrics?: ConnectionMetrics;
}

/** `connectionTimeoutMillis` means the wait for a free connection to the pool, and the time to open one to the client: here the latter is the server's silence. */
function withoutOpenTimeout(config: GatedClientConfig): pg.ClientConfig {
  return config.connectTimeout === undefined ? config : { ...config, connectionTimeoutMillis: 0 };
}

/** To who needs the primary, it is not there. */
class StandbyError extends Error {
  override readonly name = 'StandbyError';
  readonly code = 'ECONNREFUSED';
}

export class GatedClient extends pg.Client {
  private readonly gate: ConnectionGate | undefined;
  private readonly metrics: ConnectionMetrics | undefined;
  private readonly silenceLimit: number;
  private readonly standby: boolean;

  constructor(config: GatedClientConfig = {}) {
    super(withoutOpenTimeout(config));
    this.gate = config.gate;
    this.metrics = config.metrics;
    this.standby = config.standby ?? false;
    this.silenceLimit = config.connectTimeout ?? Infinity;
    // A server may end the connection at any moment, also between two who would listen for it (node-postgres #2439).
    this.on('error', () => undefined);
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback: (error: null, client: pg.Client) => void): void;
  override connect(
    callback?: (error: never, client: pg.Client) => void,
  ): Promise<pg.Client> | void {
    const open = () =>
      unlessSilent(
        this,
        this.silenceLimit,
        CONNECT_SILENCE,
        super.connect().then(() => this.requirePrimary()),
      );
    const opening = this.gate ? this.gate.pass(open) : open();
    if (!callback) return opening;
    const done = callback as (error: Error | null, client?: pg.Client) => void;
    opening.then((client) => done(null, client), done);
  }

  /** After a failover a name may lead to the server that was the primary: it answers, and takes no writes. */
  private async requirePrimary(): Promise<pg.Client> {
    if (this.standby) return this;
    const asked = performance.now();
    const { rows } = await this.query<{ standby: boolean }>(
      'select pg_is_in_recovery() as standby',
    );
    this.gate?.times.note(performance.now() - asked);
    if (!rows[0]?.standby) return this;
    destroy(this);
    throw new StandbyError('this server is a standby, and takes no writes');
  }

  /**
   * Whether the server answers on this connection; if not, use it no more. When that takes longer than usual, it is not as soon as another
   * connection gets through.
   * @throws DatabaseUnreachableError when there is a gate, and neither does within the limit
   */
  async answers(): Promise<boolean> {
    const over = new AbortController();
    try {
      const ping = this.ping();
      const answer = await (this.gate
        ? Promise.race([ping, this.unlessForsaken(this.gate, ping, over.signal)])
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
      await unlessSilent(this, this.silenceLimit, QUERY_SILENCE, this.query('select 1'));
    } catch (error) {
      if (this.gate && (error as Error).message === QUERY_SILENCE) throw this.gate.shut();
      return false;
    }
    this.gate?.times.note(performance.now() - asked);
    return true;
  }

  /** What the ping gives, but false when there is none yet and the server answers elsewhere. */
  private async unlessForsaken(
    gate: ConnectionGate,
    ping: Promise<boolean>,
    over: AbortSignal,
  ): Promise<boolean> {
    const isOver = await passed(gate.times.doubt, over).then(
      () => false,
      () => true,
    );
    if (isOver || !(await gate.reaches())) return ping;
    await passed(0);
    return false;
  }
}

/** Ends it without waiting for the other side, which may be gone. */
export function destroy(client: pg.ClientBase): void {
  connectionOf(client).stream.destroy();
}
