// The client of a pipelined connection. Its session is set up once, when it opens, and not by each
// transaction.
import type pg from 'pg';
import { DatabaseUnreachableError } from './connection-breaker.js';
import {
  destroy,
  CheckedClient,
  type CheckedClientConfig,
  STALE_AFTER_MS,
} from './checked-client.js';
import type { NamedConfig } from './scoped-query.js';

/** The wait for a locked row. The requests behind it on the connection wait too. */
const LOCK_TIMEOUT_MS = 100;
export const LOCK_NOT_AVAILABLE = '55P03';
const TOO_MANY_CONNECTIONS = '53300';
/** Slower answers are recorded. */
const SLOW_MS = 200;

/** What all transactions of the connection have in common. */
export interface SessionSetup {
  /** Run-time parameters of PostgreSQL, by name. */
  settings: Record<string, string | number>;
  /** Statements to prepare before the connection is used, with values that open no scope. */
  scopes: NamedConfig[];
}

export interface SharedClientOptions extends CheckedClientConfig {
  /** Milliseconds after which the connection is replaced; 0 means never. */
  maxLifetime?: number;
}

/** Opens the connection when it is first needed, and again when it was lost or is too old. */
export class SharedClient {
  private opening: Promise<pg.Client> | undefined;
  private client: CheckedClient | undefined;
  private expiry = Infinity;
  /**
   * Time of the last answer, or of the first request after a pause; in milliseconds, as Date.now().
   */
  private lastAnswerAt = 0;

  constructor(
    private readonly options: SharedClientOptions,
    private readonly session: SessionSetup,
  ) {}

  /**
   * @param idle no request is pending on the connection
   * @returns the client, or undefined when `open` must be awaited first
   */
  ready(idle: boolean): pg.Client | undefined {
    const now = Date.now();
    if (this.client && now > this.expiry) this.retire(this.client);
    if (!idle) return this.client;
    if (this.client && now - this.lastAnswerAt > STALE_AFTER_MS)
      void this.adopt(this.checked(this.client));
    this.lastAnswerAt = now;
    return this.client;
  }

  open(): Promise<pg.Client> {
    return this.opening ?? this.adopt(this.connect());
  }

  answered(): void {
    const now = Date.now();
    if (now - this.lastAnswerAt > SLOW_MS)
      this.options.breaker?.times.record(now - this.lastAnswerAt);
    this.lastAnswerAt = now;
  }

  /** Milliseconds since the last answer. Only meaningful while a request is pending. */
  get silence(): number {
    return Date.now() - this.lastAnswerAt;
  }

  /** True while a client connects or pings. It has a silence time-out of its own then. */
  get isOpening(): boolean {
    return this.client === undefined;
  }

  /** Fails all pending requests. The next request opens another connection. */
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

  private adopt(opening: Promise<CheckedClient>): Promise<pg.Client> {
    this.client = undefined;
    this.opening = opening;
    const isCurrent = () => this.opening === opening;
    opening.then(
      (client) => {
        if (!isCurrent()) return;
        this.client = client;
        this.lastAnswerAt = Date.now();
      },
      () => isCurrent() && (this.opening = undefined),
    );
    return opening;
  }

  private async checked(client: CheckedClient): Promise<CheckedClient> {
    const isAlive = await client.isAlive().catch((error: unknown) => {
      destroy(client);
      throw error;
    });
    if (isAlive) return client;
    destroy(client);
    return this.connect();
  }

  /** Closes the connection after its pending requests. */
  private retire(client: CheckedClient): void {
    this.client = this.opening = undefined;
    void client.end();
  }

  private async connect(): Promise<CheckedClient> {
    const client = new CheckedClient(this.options);
    const settings = { ...this.session.settings, lock_timeout: LOCK_TIMEOUT_MS };
    try {
      await client.connect();
      client.on('end', () => this.forget(client)).on('error', () => this.forget(client));
      // One round trip, because the client is in pipeline mode.
      const set = Object.entries(settings).map(([name, value]) =>
        client.query(`set ${name} = ${value}`),
      );
      await Promise.all([...set, ...this.session.scopes.map((scope) => client.query(scope))]);
    } catch (error) {
      destroy(client);
      throw (error as { code?: string }).code === TOO_MANY_CONNECTIONS
        ? new DatabaseUnreachableError(
            'PostgreSQL has no connection left for a pipelined connection',
          )
        : error;
    }
    this.expiry = expiryOf(this.options.maxLifetime);
    return client;
  }

  /** A client reports its end more than once, possibly after another one has replaced it. */
  private forget(client: CheckedClient): void {
    if (this.client === client) this.client = this.opening = undefined;
  }
}

/** Up to a tenth earlier than the lifetime, so that connections are not all replaced at once. */
const expiryOf = (lifetime = 0): number =>
  lifetime > 0 ? Date.now() + lifetime * (0.9 + Math.random() * 0.1) : Infinity;
