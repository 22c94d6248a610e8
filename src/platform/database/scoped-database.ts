// The only way to the database: short transactions in the scope of one user, or of the system for a
// stated reason.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { type DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { Config } from '../config/config.js';
import {
  RequestContexts,
  type Scope,
  SupersededScopeError,
  type TimeLimits,
} from '../context/index.js';
import { ConnectionShares } from './connections/connection-shares.js';
import { LoginConnections, sessionSetup } from './connections/login-connections.js';
import { beginPipelined } from './connections/pipeline.js';
import { SYSTEM_SOURCE } from './data-source.js';
import { PREPARED_DATABASE, type PreparedDatabase } from './setup/prepare-database.js';
import { Replicas } from './connections/replicas.js';
import { type Repeatable, Retry } from './retry.js';
import { clientTimeoutOf, RoundTrips } from './round-trips.js';
import { bound, openingStatement } from './connections/scope-statements.js';
import { withFreshIdentity } from './stale-identity.js';
import type { Read, RowsOf, Statement } from './connections/statement.js';
import { noteError } from '../telemetry/tracing/error-type.js';
import type { Span } from '../telemetry/tracing/span.js';
import { StatementObservers } from './statement-observers.js';
import { commit, NothingWrittenError, rollback } from './transaction-end.js';

export interface TransactionOptions {
  readOnly?: boolean;
  /**
   * Time limits that replace those of the route and the configuration. Ignored when the transaction
   * joins an open one.
   */
  limits?: TimeLimits;
  /**
   * True when it may take long: it then leaves a part of the pool to short work. Implied on a route
   * with limits of its own.
   */
  slow?: boolean;
  /**
   * True when `work` does nothing if it was committed before. It is then run again after a commit
   * whose outcome is unknown.
   */
  idempotent?: boolean;
}

interface OpenTransaction {
  readonly scope: Scope;
  readonly runner: QueryRunner;
  readonly readOnly: boolean;
  readonly limits: TimeLimits;
  readonly afterCommit: (() => void)[];
  /** The span of this transaction. Undefined when nothing is traced. */
  readonly span: Span | undefined;
}

@Injectable()
export class ScopedDatabase implements OnApplicationShutdown {
  private readonly logger = new Logger(ScopedDatabase.name);
  private readonly open = new AsyncLocalStorage<OpenTransaction>();
  private readonly logins: Record<Scope['kind'], LoginConnections>;
  private readonly retry: Retry;
  private readonly roundTrips: RoundTrips;
  private readonly replicas: Replicas | undefined;
  private readonly observers: StatementObservers | undefined;

  constructor(
    @InjectDataSource() dataSource: DataSource,
    @InjectDataSource(SYSTEM_SOURCE) systemSource: DataSource,
    private readonly contexts: RequestContexts,
    private readonly config: Config,
    @Inject(PREPARED_DATABASE) { connection, system }: PreparedDatabase,
    private readonly shares: ConnectionShares,
  ) {
    this.retry = new Retry(connection.metrics);
    this.observers = StatementObservers.of(config, contexts);
    this.logins = {
      user: new LoginConnections(dataSource, 'user', connection, config),
      system: new LoginConnections(systemSource, 'system', system, config),
    };
    this.roundTrips = new RoundTrips(this.logins, contexts, config, shares, this.retry);
    if (config.replicaUrls.length > 0)
      this.replicas = new Replicas(config, connection, sessionSetup(config, 'user', true));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.replicas?.close();
    await Promise.all(Object.values(this.logins).map((login) => login.close()));
  }

  /**
   * Runs one statement in a read-only transaction of the scope, in one round trip. Inside
   * `transaction()` it joins the open transaction.
   * @param values without the owner, which is bound here
   * @throws ScopeMissingError without a scope, and in a scope of the other kind than the
   * statement's owner; the driver's error when the statement fails
   */
  read<Row extends object>(query: Statement<Row>, values: unknown[]): Promise<Row[]> {
    return this.observed(query, () => this.single(query, values, true));
  }

  /**
   * Runs several statements that read, in one round trip, in one transaction of the scope. They run
   * in their order, each with a snapshot of its own: a later one sees at least what an earlier one
   * saw. Time limits of a statement's own do not apply.
   * @returns the rows of each
   * @throws as `read`
   */
  readAll<const R extends readonly Read[]>(reads: R): Promise<RowsOf<R>> {
    if (reads.length < 2 || this.joined(true))
      return this.oneAfterTheOther(reads) as Promise<RowsOf<R>>;
    const scope = this.contexts.scope();
    const rows = this.roundTrips.readAll(scope, reads);
    this.observers?.noteAll(reads, scope, rows);
    return rows as Promise<RowsOf<R>>;
  }

  /**
   * As `read`, but from a replica unless the request asks for the primary. The rows may be stale,
   * so do not cache them.
   */
  readReplica<Row extends object>(query: Statement<Row>, values: unknown[]): Promise<Row[]> {
    const { replicas } = this;
    return replicas && this.contexts.allowsReplica && !this.inTransaction
      ? this.observed(query, () => this.replicated(replicas, query, values))
      : this.read(query, values);
  }

  /** As `read`, for a statement that writes. Resolves when the server has confirmed the commit. */
  write<Row extends object>(query: Statement<Row>, values: unknown[]): Promise<Row[]> {
    return this.observed(query, () => this.single(query, values, false));
  }

  /**
   * Runs several statements in one transaction of the scope; joins the open one. Repeats the whole
   * of `work` on a serialization failure, and once when the connection is lost before the commit.
   * Make no HTTP or model call inside. Do not run two statements at once: they share one
   * connection.
   */
  transaction<T>(work: () => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const joined = this.joined(options.readOnly === true);
    if (joined) return work();
    const scope = this.contexts.scope();
    const repeatable: Repeatable =
      options.readOnly || options.idempotent ? 'always' : 'uncommitted';
    const ofRoute = this.contexts.current()?.limits;
    const limits = { ...ofRoute, ...options.limits };
    const isSlow = options.slow === true || (ofRoute ?? options.limits) !== undefined;
    const begin = () =>
      this.shares.run(scope, isSlow, () => this.begin(scope, { ...options, limits }, work));
    const attempt = () =>
      this.retry.lostConnection(repeatable, () => withFreshIdentity(scope, begin));
    return this.settled(scope, () => this.retry.serializationFailures(attempt));
  }

  /**
   * Creates the user of the scope if it does not exist yet. Call it when the final id is needed
   * before the first write.
   */
  async settle(): Promise<void> {
    const scope = this.contexts.scope();
    if (scope.kind === 'user' && scope.provision && !this.inTransaction)
      await this.transaction(async () => undefined);
  }

  /**
   * The id of the user of the scope, for filters of entities: statements have theirs bound. Read it
   * inside the transaction that may create the user.
   * @throws ScopeMissingError outside a user's scope
   */
  get userId(): string {
    return this.contexts.userScope().userId;
  }

  /** Picks by the kind of the scope, where users and the system do the same in different tables. */
  byScope<T>(choices: Record<Scope['kind'], T>): T {
    return choices[this.contexts.scope().kind];
  }

  /** The entity manager of the open transaction. @throws Error outside `transaction()` */
  get manager(): EntityManager {
    const open = this.joined(true);
    if (!open) throw new Error('an entity manager exists only inside ScopedDatabase.transaction()');
    return open.runner.manager;
  }

  /** True when a caller's transaction is open, which may still be rolled back. */
  get inTransaction(): boolean {
    return this.open.getStore() !== undefined;
  }

  /**
   * Runs `effect` after the open transaction has committed; at once without one; never after a
   * rollback.
   */
  afterCommit(effect: () => void): void {
    const open = this.open.getStore();
    if (open) open.afterCommit.push(effect);
    else effect();
  }

  /**
   * Runs `work` as the system, whose login may touch every row. This is the only bypass of
   * ownership.
   * @throws Error inside a transaction, because it would need a second connection while it holds
   * the first
   */
  runAsSystem<T>(reason: string, work: () => Promise<T>): Promise<T> {
    if (this.open.getStore()) throw new Error('runAsSystem cannot run inside a transaction');
    this.logger.debug({ msg: 'system scope', reason });
    return this.contexts.runIn({ kind: 'system', reason }, work);
  }

  private observed<Row extends object>(
    query: Statement<Row>,
    run: () => Promise<Row[]>,
  ): Promise<Row[]> {
    const { observers } = this;
    return observers ? observers.run(query, this.open.getStore()?.span, run) : run();
  }

  private async oneAfterTheOther(reads: readonly Read[]): Promise<object[][]> {
    const rows: object[][] = [];
    for (const { query, values } of reads) rows.push(await this.read(query, values));
    return rows;
  }

  private single<Row extends object>(
    query: Statement<Row>,
    values: unknown[],
    readOnly: boolean,
  ): Promise<Row[]> {
    const open = this.joined(readOnly);
    if (open) return this.inOpen(open, query, values);
    const scope = this.contexts.scope();
    if (scope.kind === 'user' && scope.provision && !readOnly)
      return this.firstWrite(query, values);
    // A single read uses one snapshot and waits for no lock, so PostgreSQL never aborts it.
    if (readOnly) return this.roundTrips.run(scope, query, values, true);
    const writing = this.retry.serializationFailures(() =>
      this.roundTrips.run(scope, query, values, false),
    );
    return this.replicas ? writing.finally(() => this.replicas?.noteWrite(scope)) : writing;
  }

  /**
   * Runs the first write of a user who does not exist yet, and creates the user in the same
   * transaction. Creates nobody when the statement writes nothing, for example when its
   * conversation does not exist.
   */
  private async firstWrite<Row extends object>(
    query: Statement<Row>,
    values: unknown[],
  ): Promise<Row[]> {
    try {
      return await this.transaction(async () => {
        const { rows, rowCount } = await this.sendOpen(this.open.getStore()!, query, values);
        if (rowCount === 0) throw new NothingWrittenError();
        return rows;
      });
    } catch (error) {
      if (error instanceof NothingWrittenError) return [];
      throw error;
    }
  }

  private async replicated<Row extends object>(
    replicas: Replicas,
    query: Statement<Row>,
    values: unknown[],
  ): Promise<Row[]> {
    const scope = this.contexts.scope();
    const read = () =>
      replicas.read<Row>({
        scope,
        statement: bound(scope, query, values),
        slow: query.slow,
        limits: query.limits,
      });
    const rows = await (query.slow ? this.shares.run(scope, true, read) : read());
    return rows ?? this.single(query, values, true);
  }

  private async begin<T>(
    scope: Scope,
    { readOnly = false, limits = {} }: TransactionOptions,
    work: () => Promise<T>,
  ): Promise<T> {
    const runner = this.logins[scope.kind].dataSource.createQueryRunner();
    const span = this.observers?.begin();
    const open: OpenTransaction = { scope, runner, readOnly, limits, afterCommit: [], span };
    try {
      const client = (await runner.connect()) as pg.PoolClient;
      const opening = openingStatement(scope, readOnly, this.config, limits);
      // As after TypeORM's own begin, which would be one more round trip: the entity manager joins
      // the transaction, and what it begins within is a savepoint.
      Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
      await beginPipelined(client, this.roundTrips.sendable(opening));
      const result = await this.open.run(open, () => this.provisioned(open, client, work));
      await commit(client).finally(() => readOnly || this.replicas?.noteWrite(scope));
      for (const effect of open.afterCommit) this.guarded(effect);
      return result;
    } catch (error) {
      if (span) noteError(span, error);
      await rollback(runner);
      throw error;
    } finally {
      span?.end();
      await runner.release();
    }
  }

  /** Logs a failure of the effect: the transaction is committed already. */
  private guarded(effect: () => void): void {
    try {
      effect();
    } catch (error) {
      this.logger.error({ msg: 'an effect after a commit failed', err: error });
    }
  }

  /** Creates the user of a provisional scope in the same transaction, before `work`. */
  private async provisioned<T>(
    open: OpenTransaction,
    client: pg.PoolClient,
    work: () => Promise<T>,
  ): Promise<T> {
    const { scope } = open;
    if (scope.kind === 'user' && scope.provision && !open.readOnly) {
      const proof = await scope.provision(
        async (text, values) => (await client.query<Record<string, unknown>>(text, values)).rows,
      );
      const { userId } = scope;
      open.afterCommit.push(() => scope.settle(userId, proof));
    }
    return work();
  }

  /** Repeats the transaction with the winner's id when another request created the user first. */
  private async settled<T>(scope: Scope, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof SupersededScopeError) || scope.kind !== 'user') throw error;
      const winner = await error.winner();
      scope.settle(winner.id, winner.proof);
      return attempt();
    }
  }

  private joined(readOnly: boolean): OpenTransaction | undefined {
    const open = this.open.getStore();
    if (!open) return undefined;
    if (open.scope !== this.contexts.scope())
      throw new Error('an open transaction cannot change its scope');
    if (open.readOnly && !readOnly) throw new Error('this transaction is read-only');
    return open;
  }

  private async inOpen<Row extends object>(
    open: OpenTransaction,
    query: Statement<Row>,
    values: unknown[],
  ): Promise<Row[]> {
    return (await this.sendOpen(open, query, values)).rows;
  }

  private async sendOpen<Row extends object>(
    open: OpenTransaction,
    query: Statement<Row>,
    values: unknown[],
  ): Promise<pg.QueryResult<Row & pg.QueryResultRow>> {
    const client = (await open.runner.connect()) as pg.PoolClient;
    const config = this.roundTrips.sendable(bound(open.scope, query, values));
    return client.query<Row & pg.QueryResultRow>({ ...config, ...clientTimeoutOf(open.limits) });
  }
}
