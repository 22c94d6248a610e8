// A few connections that many requests share: each request's transaction is one message, so they can follow each other unasked.
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { connectionOf, type NamedConfig, runScoped } from './scoped-query.js';

/** Transactions that may be under way on one lane; more of them wait for a connection of their own instead. */
const DEPTH = 64;

/** Milliseconds a lane waits for a row that somebody else holds: those behind it wait too. */
const LOCK_TIMEOUT = 100;
export const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Scope, statement and commit are one implicit transaction between two Syncs (see ScopedQuery), and PostgreSQL takes one after
 * the other from the socket. So several can be sent before the first is answered, and those of one turn of the event loop go
 * out in one write: on small statements, waking the other side costs more than the statement. A transaction of several
 * statements must never be run here.
 */
class Lane {
  private opening: Promise<pg.Client> | undefined;
  private corked = false;
  depth = 0;

  constructor(
    private readonly options: pg.ClientConfig,
    private readonly scopes: NamedConfig[],
  ) {}

  async run<Row extends object>(scope: NamedConfig, query: NamedConfig): Promise<Row[]> {
    this.depth++;
    try {
      const client = await (this.opening ?? this.open());
      this.corkThisTurn(client);
      return await runScoped<Row>(client, scope, query);
    } finally {
      this.depth--;
    }
  }

  async close(): Promise<void> {
    const client = await this.opening?.catch(() => undefined);
    this.opening = undefined;
    await client?.end();
  }

  /** A client tells of its end more than once, the last time perhaps when another has taken its place already. */
  private open(): Promise<pg.Client> {
    const client = new pg.Client(this.options);
    const opening = this.connect(client);
    const forget = () => {
      if (this.opening === opening) this.opening = undefined;
    };
    client.on('error', forget).on('end', forget);
    opening.catch(forget);
    return (this.opening = opening);
  }

  private async connect(client: pg.Client): Promise<pg.Client> {
    try {
      await client.connect();
      await client.query(`set lock_timeout = ${LOCK_TIMEOUT}`);
      for (const scope of this.scopes) await client.query(scope);
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  private corkThisTurn(client: pg.Client): void {
    if (this.corked) return;
    const { stream } = connectionOf(client);
    this.corked = true;
    stream.cork();
    setImmediate(() => {
      this.corked = false;
      stream.uncork();
    });
  }
}

export class Lanes {
  private readonly logger = new Logger(Lanes.name);
  private readonly lanes: Lane[];

  /** `scopes` are prepared, with harmless values, on every connection before it is used. */
  constructor(count: number, options: pg.ClientConfig, scopes: NamedConfig[]) {
    this.lanes = Array.from({ length: count }, () => new Lane(options, scopes));
  }

  /** The rows, or null when every lane is full or the row is locked: run it on a connection of its own then. */
  async run<Row extends object>(scope: NamedConfig, query: NamedConfig): Promise<Row[] | null> {
    const lane = this.lanes.reduce((least, other) => (other.depth < least.depth ? other : least));
    if (lane.depth >= DEPTH) return null;
    try {
      return await lane.run<Row>(scope, query);
    } catch (error) {
      // Nothing has happened: the whole transaction was refused.
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
      this.logger.debug({ msg: 'a lane met a locked row' });
      return null;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }
}
