// A connection that many requests share. Each request's transaction is one message, so the next is
// sent before the last is answered.
import { Logger } from '@nestjs/common';
import { DatabaseUnreachableError } from './connection-breaker.js';
import type { ScopedStatement } from './scoped-query.js';
import { NOT_PREPARED } from './scoped-query.js';
import {
  LOCK_NOT_AVAILABLE,
  type SessionSetup,
  SharedClient,
  type SharedClientOptions,
} from './shared-client.js';

/** Requests that may wait for one connection. Further ones use the pool. */
const MAX_PENDING = 128;

/**
 * After this time without an answer, no more requests are sent, unless the server usually takes
 * longer. The server may be gone, or busy with one of the requests.
 */
const SILENT_AFTER_MS = 1_000;

/** A timer may fire this much early. */
const TIMER_SLACK_MS = 50;

/**
 * The codes of a transaction that did nothing. A row or a table was locked. Or the statement was
 * not prepared, because a locked table held up the first request that used it.
 */
const NOT_EXECUTED = new Set([LOCK_NOT_AVAILABLE, ...NOT_PREPARED]);

export abstract class PipelinedConnection {
  /** Requests that wait for an answer. */
  pending = 0;
  protected readonly connection: SharedClient;

  constructor(
    private readonly options: SharedClientOptions,
    session: SessionSetup,
  ) {
    this.connection = new SharedClient(options, session);
  }

  private get expected(): number {
    return this.options.breaker?.times.expected ?? 0;
  }

  get isSilent(): boolean {
    return (
      this.pending > 0 &&
      this.connection.silence > SILENT_AFTER_MS &&
      this.connection.silence > this.expected
    );
  }

  /** Lets the circuit breaker probe whether the server is there. */
  suspect(): void {
    const { breaker } = this.options;
    const { connection } = this;
    breaker?.suspect(
      connection.silence,
      () =>
        this.pending > 0 &&
        !connection.isOpening &&
        connection.silence >= breaker.times.limit - TIMER_SLACK_MS,
    );
  }

  dropIfSilent(): void {
    // Nothing tells whether an unused connection is alive: the next request would have to find out.
    if (this.pending === 0 || this.isSilent) this.connection.drop();
  }

  /** Resolves with the rows once the transaction has committed. */
  abstract run(work: ScopedStatement): Promise<object[]>;

  close(): Promise<void> {
    return this.connection.close();
  }
}

/** Distributes transactions over a few pipelined connections. */
export abstract class PipelinedConnections<C extends PipelinedConnection> {
  private readonly logger = new Logger('PipelinedConnections');

  protected constructor(protected readonly connections: C[]) {}

  protected abstract connectionFor(work: ScopedStatement): C;

  /** Whether this work would make the others on the connection wait. */
  protected abstract wouldBlock(connection: C, work: ScopedStatement): boolean;

  /**
   * @returns the rows, or null when the connection is full or silent, or refused the work: run it
   * on a connection of the pool then
   */
  run<Row extends object>(work: ScopedStatement): Promise<Row[] | null> {
    const connection = this.connectionFor(work);
    if (!this.accepts(connection, work)) return Promise.resolve(null);
    return connection.run(work).catch(this.nullWhenNotExecuted) as Promise<Row[] | null>;
  }

  protected accepts(connection: C, work: ScopedStatement): boolean {
    if (connection.isSilent) connection.suspect();
    return !(
      connection.pending >= MAX_PENDING ||
      connection.isSilent ||
      this.wouldBlock(connection, work)
    );
  }

  protected readonly nullWhenNotExecuted = (error: unknown): null => {
    const { code = '' } = error as { code?: string };
    // Without a connection here, the pool may still have one.
    if (!NOT_EXECUTED.has(code) && !(error instanceof DatabaseUnreachableError)) throw error;
    if (code !== LOCK_NOT_AVAILABLE)
      this.logger.debug({ msg: 'a pipelined connection refused a transaction', code });
    return null;
  };

  /** Fails the requests whose answer may never come, and drops unused connections. */
  dropSilent(): void {
    for (const connection of this.connections) connection.dropIfSilent();
  }

  async close(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.close()));
  }
}
