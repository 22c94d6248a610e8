// The connection of a lane (lanes.ts): what is the same for all its transactions is said once, when it opens.
import type pg from 'pg';
import { DatabaseUnreachableError } from './connection-gate.js';
import { destroy, GatedClient, type GatedClientConfig, STALE_AFTER } from './gated-client.js';
import type { NamedConfig } from './scoped-query.js';

/** Milliseconds a lane waits for a row that somebody else holds: those behind it wait too. */
const LOCK_TIMEOUT = 100;
export const LOCK_NOT_AVAILABLE = '55P03';
const TOO_MANY_CONNECTIONS = '53300';
/** Milliseconds from which on it is noted how late an answer was. */
const LATE_MS = 200;

/** What is the same for all transactions of a lane, and so is said once for each connection. */
export interface LaneSession {
  /** Run-time parameters of PostgreSQL. */
  settings: Record<string, string | number>;
  /** Prepared, with harmless values, before the connection is used. */
  scopes: NamedConfig[];
}

export interface LaneOptions extends GatedClientConfig {
  /** Milliseconds after which the connection is replaced; 0 for never. */
  maxLifetime?: number;
}

/** The connection of a lane: opened when it is first needed, and again after it was lost or has become old. */
export class LaneConnection {
  private opening: Promise<pg.Client> | undefined;
  private client: GatedClient | undefined;
  private expiry = Infinity;
  /** When the server was last heard, or something was first asked of it after a pause. In milliseconds, as Date.now(). */
  private heardAt = 0;

  constructor(
    private readonly options: LaneOptions,
    private readonly session: LaneSession,
  ) {}

  /** The client when it can be used at once; otherwise `open` it. `idle`: nothing is under way on it. */
  ready(idle: boolean): pg.Client | undefined {
    const now = Date.now();
    if (this.client && now > this.expiry) this.retire(this.client);
    if (!idle) return this.client;
    if (this.client && now - this.heardAt > STALE_AFTER) void this.adopt(this.checked(this.client));
    this.heardAt = now;
    return this.client;
  }

  open(): Promise<pg.Client> {
    return this.opening ?? this.adopt(this.connect());
  }

  heard(): void {
    const now = Date.now();
    if (now - this.heardAt > LATE_MS) this.options.gate?.times.note(now - this.heardAt);
    this.heardAt = now;
  }

  /** Milliseconds since the server was heard; means something only while something is under way. */
  get silence(): number {
    return Date.now() - this.heardAt;
  }

  /** The client that opens or checks a connection judges the server's silence itself, after each of its round trips. */
  get isOpening(): boolean {
    return this.client === undefined;
  }

  /** Fails all that is under way; what comes next opens another. */
  drop(): void {
    const { client } = this;
    if (!client) return;
    this.forget(client);
    destroy(client);
  }

  async close(): Promise<void> {
    const client = await this.opening?.catch(() => undefined);
    this.client = this.opening = undefined;
    await client?.end();
  }

  private adopt(opening: Promise<GatedClient>): Promise<pg.Client> {
    this.client = undefined;
    this.opening = opening;
    const isCurrent = () => this.opening === opening;
    opening.then(
      (client) => {
        if (!isCurrent()) return;
        this.client = client;
        this.heardAt = Date.now();
      },
      () => isCurrent() && (this.opening = undefined),
    );
    return opening;
  }

  private async checked(client: GatedClient): Promise<GatedClient> {
    const isAlive = await client.answers().catch((error: unknown) => {
      destroy(client);
      throw error;
    });
    if (isAlive) return client;
    destroy(client);
    return this.connect();
  }

  /** What is under way on it is answered first. */
  private retire(client: GatedClient): void {
    this.client = this.opening = undefined;
    void client.end();
  }

  private async connect(): Promise<GatedClient> {
    const client = new GatedClient(this.options);
    const settings = { ...this.session.settings, lock_timeout: LOCK_TIMEOUT };
    try {
      await client.connect();
      client.on('end', () => this.forget(client)).on('error', () => this.forget(client));
      // One round trip: the client is in pipeline mode.
      const set = Object.entries(settings).map(([name, value]) =>
        client.query(`set ${name} = ${value}`),
      );
      await Promise.all([...set, ...this.session.scopes.map((scope) => client.query(scope))]);
    } catch (error) {
      destroy(client);
      throw (error as { code?: string }).code === TOO_MANY_CONNECTIONS
        ? new DatabaseUnreachableError('no connection is left for a lane')
        : error;
    }
    this.expiry = expiryOf(this.options.maxLifetime);
    return client;
  }

  /** A client tells of its end more than once, the last time perhaps when another has taken its place already. */
  private forget(client: GatedClient): void {
    if (this.client === client) this.client = this.opening = undefined;
  }
}

/** Not all at the same moment: up to a tenth earlier. */
const expiryOf = (lifetime = 0): number =>
  lifetime > 0 ? Date.now() + lifetime * (0.9 + Math.random() * 0.1) : Infinity;
