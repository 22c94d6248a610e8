// Transactions of one round trip: begin, scope, statements and commit are sent together.
import type pg from 'pg';
import type { Config } from '../config/config.js';
import type { RequestContexts, Scope, TimeLimits } from '../context/index.js';
import type { ConnectionShares } from './connections/connection-shares.js';
import type { LoginConnections } from './connections/login-connections.js';
import {
  bound,
  openingStatement,
  pipelinedScopeStatement,
} from './connections/scope-statements.js';
import type { NamedConfig } from './connections/scoped-query.js';
import type { Read, Statement } from './connections/statement.js';
import type { Retry } from './retry.js';
import { isStaleIdentity, renewIdentity } from './stale-identity.js';

export class RoundTrips {
  constructor(
    private readonly logins: Record<Scope['kind'], LoginConnections>,
    private readonly contexts: RequestContexts,
    private readonly config: Config,
    private readonly shares: ConnectionShares,
    private readonly retry: Retry,
  ) {}

  /** Retries inside, and not in a function around it: an extra promise would cost every read. */
  async run<Row extends object>(
    scope: Scope,
    query: Statement<Row>,
    values: unknown[],
    readOnly: boolean,
    isSecond = false,
  ): Promise<Row[]> {
    try {
      const config = bound(scope, query, values);
      const limits = query.limits ?? this.contexts.current()?.limits;
      const { pipelined } = this.logins[scope.kind];
      if (pipelined && !query.slow && !limits) {
        const rows = await pipelined[readOnly ? 'read' : 'write'].run<Row>({
          scope: pipelinedScopeStatement(scope),
          statement: config,
        });
        if (rows) return rows;
      }
      const [rows] = await this.onPool(scope, [config], readOnly, query.slow, limits);
      return rows as Row[];
    } catch (error) {
      const second = await this.mayRepeat(scope, error, readOnly ? 'always' : 'unsent', isSecond);
      return this.run(scope, query, values, readOnly, second);
    }
  }

  /** Runs several statements that read. */
  async readAll(scope: Scope, reads: readonly Read[], isSecond = false): Promise<object[][]> {
    try {
      const statements = reads.map(({ query, values }) => bound(scope, query, values));
      const isSlow = reads.some(({ query }) => query.slow);
      const limits = this.contexts.current()?.limits;
      const { pipelined } = this.logins[scope.kind];
      if (pipelined && !isSlow && !limits) {
        const opening = pipelinedScopeStatement(scope);
        const rows = await pipelined.read.runAll(
          statements.map((statement) => ({ scope: opening, statement })),
        );
        if (rows) return rows;
      }
      return await this.onPool(scope, statements, true, isSlow, limits);
    } catch (error) {
      return this.readAll(scope, reads, await this.mayRepeat(scope, error, 'always', isSecond));
    }
  }

  /**
   * Leaves the name out behind a transaction pooler: the next transaction may use another
   * connection, which has not prepared it.
   */
  sendable({ name, text, values }: NamedConfig): pg.QueryConfig {
    return this.config.transactionPooler || name === '' ? { text, values } : { name, text, values };
  }

  private onPool(
    scope: Scope,
    statements: readonly NamedConfig[],
    readOnly: boolean,
    isSlow: boolean,
    limits: TimeLimits | undefined,
  ): Promise<object[][]> {
    const opening = this.sendable(openingStatement(scope, readOnly, this.config, limits));
    const queries = statements.map((statement) => this.sendable(statement));
    const run = () => this.logins[scope.kind].runOnPool(opening, queries, clientTimeoutOf(limits));
    return this.shares.run(scope, isSlow || limits !== undefined, run);
  }

  /**
   * Returns when the statements may be run again. The value is whether no further loss of the
   * connection is repeated.
   * @throws `error` when they may not
   */
  private async mayRepeat(
    scope: Scope,
    error: unknown,
    repeatable: Parameters<Retry['afterLoss']>[1],
    isSecond: boolean,
  ): Promise<boolean> {
    // The database refused the statement before it did anything. The repetition here is not the
    // one that is allowed after a lost connection.
    if (isStaleIdentity(error)) {
      await renewIdentity(scope, error);
      return isSecond;
    }
    if (isSecond) throw error;
    await this.retry.afterLoss(error, repeatable);
    return true;
  }
}

/** The client's time-out is longer than the server's, so that the server gives up first. */
export const clientTimeoutOf = ({ statement }: TimeLimits = {}): object =>
  statement === undefined ? {} : { query_timeout: (statement + 5) * 1000 };
