// The connection of a lane (lanes.ts): what is the same for all its transactions is said once, when it opens.
import pg from 'pg';
import type { NamedConfig } from './scoped-query.js';

/** Milliseconds a lane waits for a row that somebody else holds: those behind it wait too. */
const LOCK_TIMEOUT = 100;
export const LOCK_NOT_AVAILABLE = '55P03';

/** What is the same for all transactions of a lane, and so is said once for each connection. */
export interface LaneSession {
  /** Run-time parameters of PostgreSQL. */
  settings: Record<string, string | number>;
  /** Prepared, with harmless values, before the connection is used. */
  scopes: NamedConfig[];
}

/** The connection of a lane: opened when it is first needed, and again after it was lost. */
export class LaneConnection {
  private opening: Promise<pg.Client> | undefined;
  /** Set while it is connected. */
  client: pg.Client | undefined;

  constructor(
    private readonly options: pg.ClientConfig,
    private readonly session: LaneSession,
  ) {}

  open(): Promise<pg.Client> {
    return this.opening ?? this.reopen();
  }

  async close(): Promise<void> {
    const client = await this.opening?.catch(() => undefined);
    this.client = this.opening = undefined;
    await client?.end();
  }

  /** A client tells of its end more than once, the last time perhaps when another has taken its place already. */
  private reopen(): Promise<pg.Client> {
    const client = new pg.Client(this.options);
    const opening = this.connect(client);
    const isCurrent = () => this.opening === opening;
    const forget = () => {
      if (isCurrent()) this.client = this.opening = undefined;
    };
    client.on('error', forget).on('end', forget);
    opening.then(() => isCurrent() && (this.client = client), forget);
    return (this.opening = opening);
  }

  private async connect(client: pg.Client): Promise<pg.Client> {
    const settings = { ...this.session.settings, lock_timeout: LOCK_TIMEOUT };
    try {
      await client.connect();
      for (const [name, value] of Object.entries(settings)) await client.query(`set ${name} = ${value}`);
      for (const scope of this.session.scopes) await client.query(scope);
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }
}
