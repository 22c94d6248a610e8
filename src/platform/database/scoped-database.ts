// The only way to the database: short transactions that belong to one user, or, with a reason, to the system.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { type DataSource, type EntityManager, QueryRunner } from 'typeorm';
import { Config } from '../config/config.js';
import {
  RequestContexts,
  type Scope,
  SupersededScopeError,
  type TimeLimits,
} from '../context/index.js';
import { isConnectionLoss, isUnsent } from '../errors/index.js';
import { ConnectionShares } from './connections/connection-shares.js';
import { clientOptions, type Connection, poolOf, SYSTEM_SOURCE } from './data-source.js';
import type { LaneSession } from './connections/lane-connection.js';
import { ReadLanes, WriteLanes } from './connections/lanes.js';
import { NotCommittedError, pipelined } from './connections/pipeline.js';
import { PREPARED_DATABASE, type PreparedDatabase } from './setup/prepare-database.js';
import { Replicas } from './connections/replicas.js';
import { CommitUnknownError, type Repeatable, Retry } from './retry.js';
import { laneOpeningOf, openingOf, PREPARABLE, prepared } from './connections/scope-statements.js';
import type { NamedConfig } from './connections/scoped-query.js';
import { isStaleIdentity, renewed, withFreshIdentity } from './stale-identity.js';
import type { Statement } from './connections/statement.js';

/** Connections that small statements share: while one is committing, or answering, the other takes what comes. The system has few. */
const LANES = { user: { read: 2, write: 2 }, system: { read: 1, write: 1 } };

/** The connections of one login. */
interface Side {
  readonly dataSource: DataSource;
  readonly lanes: { read: ReadLanes; write: WriteLanes } | undefined;
}

/** A function when the values depend on the scope: a user created by this very write gets its id only then. */
type Values = unknown[] | (() => unknown[]);

export interface TransactionOptions {
  readOnly?: boolean;
  /** Other than the route's, or the configuration's, for this transaction. Not heeded when it joins another. */
  limits?: TimeLimits;
  /** Whether it may take long: it then leaves a part of the pool to work that does not. So it does on a route with limits of its own. */
  slow?: boolean;
  /** When `work` is run again after it has been committed, it finds that out and does nothing: it is, once, after a lost connection. */
  idempotent?: boolean;
}

interface OpenTransaction {
  readonly scope: Scope;
  readonly runner: QueryRunner;
  readonly readOnly: boolean;
  readonly limits: TimeLimits;
  readonly afterCommit: (() => void)[];
}

@Injectable()
export class ScopedDatabase implements OnApplicationShutdown {
  private readonly logger = new Logger(ScopedDatabase.name);
  private readonly open = new AsyncLocalStorage<OpenTransaction>();
  private readonly sides: Record<Scope['kind'], Side>;
  private readonly retry: Retry;
  private readonly replicas: Replicas | undefined;

  constructor(
    @InjectDataSource() dataSource: DataSource,
    @InjectDataSource(SYSTEM_SOURCE) systemSource: DataSource,
    private readonly contexts: RequestContexts,
    private readonly config: Config,
    @Inject(PREPARED_DATABASE) { connection, system }: PreparedDatabase,
    private readonly shares: ConnectionShares,
  ) {
    this.retry = new Retry(connection.metrics);
    this.sides = {
      user: { dataSource, lanes: this.openLanes('user', connection) },
      system: { dataSource: systemSource, lanes: this.openLanes('system', system) },
    };
    if (config.replicaUrls.length > 0)
      this.replicas = new Replicas(config, connection, this.laneSession('user', true));
  }

  private openLanes(kind: Scope['kind'], connection: Connection): Side['lanes'] {
    if (this.config.transactionPooler) return undefined;
    const options = { ...clientOptions(connection), maxLifetime: connection.maxLifetime ?? 0 };
    const lanes = {
      read: new ReadLanes(LANES[kind].read, options, this.laneSession(kind, true)),
      write: new WriteLanes(LANES[kind].write, options, this.laneSession(kind, false)),
    };
    connection.gate?.onSilence(() => (lanes.read.dropSilent(), lanes.write.dropSilent()));
    return lanes;
  }

  private laneSession(kind: Scope['kind'], readOnly: boolean): LaneSession {
    return {
      settings: {
        statement_timeout: this.config.statementTimeout * 1000,
        default_transaction_read_only: readOnly ? 'on' : 'off',
      },
      scopes: PREPARABLE[kind],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.replicas?.close();
    await Promise.all(
      Object.values(this.sides).map(({ lanes }) =>
        Promise.all([lanes?.read.close(), lanes?.write.close()]),
      ),
    );
  }

  /**
   * One statement in a read-only scoped transaction of its own, in one round trip; inside `transaction()` it joins that.
   * @throws ScopeMissingError without a scope; the driver's error when the statement fails.
   */
  read<Row extends object>(query: Statement<Row>, values: Values): Promise<Row[]> {
    return this.single(query, values, true);
  }

  /** As `read`, for an answer that may be a moment old: of a replica, where there are any and the request does not ask for the primary. Keep it nowhere. */
  readReplica<Row extends object>(query: Statement<Row>, values: Values): Promise<Row[]> {
    const { replicas } = this;
    return replicas && this.contexts.allowsReplica && !this.inTransaction
      ? this.replicated(replicas, query, values)
      : this.read(query, values);
  }

  /** As `read`, for a statement that writes. It resolves only when the server has confirmed the commit. */
  write<Row extends object>(query: Statement<Row>, values: Values): Promise<Row[]> {
    return this.single(query, values, false);
  }

  /**
   * Several statements in one scoped transaction. Joins the open one; a serialization failure repeats the whole of `work`, and so does,
   * once, the loss of the connection before the commit. Make no HTTP or model call inside, and never send two statements at once: the connection is one.
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

  /** A user who does not exist yet gets the row, and the id that stays, now: for those who need the id before they write. */
  async settle(): Promise<void> {
    const scope = this.contexts.scope();
    if (scope.kind === 'user' && scope.provision && !this.inTransaction)
      await this.transaction(async () => undefined);
  }

  /** The entity manager of the open transaction. @throws Error outside `transaction()`. */
  get manager(): EntityManager {
    const open = this.joined(true);
    if (!open) throw new Error('an entity manager exists only inside ScopedDatabase.transaction()');
    return open.runner.manager;
  }

  /** Whether what is written now may still be rolled back by somebody else. */
  get inTransaction(): boolean {
    return this.open.getStore() !== undefined;
  }

  /** Runs once the open transaction has committed, at once when there is none; never after a rollback. */
  afterCommit(effect: () => void): void {
    const open = this.open.getStore();
    if (open) open.afterCommit.push(effect);
    else effect();
  }

  /**
   * The only bypass of ownership: a transaction of the system's login, on its own connections.
   * @throws Error inside a transaction, which would need a second connection while holding the first.
   */
  runAsSystem<T>(reason: string, work: () => Promise<T>): Promise<T> {
    if (this.open.getStore()) throw new Error('runAsSystem cannot run inside a transaction');
    this.logger.debug({ msg: 'system scope', reason });
    return this.contexts.runIn({ kind: 'system', reason }, work);
  }

  private single<Row extends object>(
    query: Statement<Row>,
    values: Values,
    readOnly: boolean,
  ): Promise<Row[]> {
    const open = this.joined(readOnly);
    if (open) return this.inOpen(open, query, values);
    const scope = this.contexts.scope();
    if (scope.kind === 'user' && scope.provision && !readOnly)
      return this.transaction(() => this.single(query, values, false));
    // A single read sees one snapshot and waits for nobody: PostgreSQL never gives it up.
    if (readOnly) return this.oneRoundTrip(scope, query, values, true);
    const writing = this.retry.serializationFailures(() =>
      this.oneRoundTrip(scope, query, values, false),
    );
    return this.replicas ? writing.finally(() => this.replicas?.wrote(scope)) : writing;
  }

  private async replicated<Row extends object>(
    replicas: Replicas,
    query: Statement<Row>,
    values: Values,
  ): Promise<Row[]> {
    const scope = this.contexts.scope();
    const read = () =>
      replicas.read<Row>({
        scope,
        statement: prepared(query, valuesOf(values)),
        slow: query.slow,
        limits: query.limits,
      });
    const rows = await (query.slow ? this.shares.run(scope, true, read) : read());
    return rows ?? this.read(query, values);
  }

  /** Catches here what it runs again, and by no function around it: each promise more costs every read. */
  private async oneRoundTrip<Row extends object>(
    scope: Scope,
    query: Statement<Row>,
    values: Values,
    readOnly: boolean,
    isSecond = false,
  ): Promise<Row[]> {
    try {
      const config = prepared(query, valuesOf(values));
      const limits = query.limits ?? this.contexts.current()?.limits;
      const { lanes } = this.sides[scope.kind];
      if (lanes && !query.slow && !limits) {
        const rows = await lanes[readOnly ? 'read' : 'write'].run<Row>({
          scope: laneOpeningOf(scope),
          statement: config,
        });
        if (rows) return rows;
      }
      const opening = this.sendable(openingOf(scope, readOnly, this.config, limits));
      const run = () => this.alone<Row>(scope, opening, this.sendable(config), patience(limits));
      return await this.shares.run(scope, query.slow || limits !== undefined, run);
    } catch (error) {
      // Nothing has happened, and it is no loss: however often identities change, each time is a first.
      if (isStaleIdentity(error))
        return renewed(scope, error).then(() =>
          this.oneRoundTrip(scope, query, values, readOnly, isSecond),
        );
      if (isSecond) throw error;
      await this.retry.afterLoss(error, readOnly ? 'always' : 'unsent');
      return this.oneRoundTrip(scope, query, values, readOnly, true);
    }
  }

  private async alone<Row extends object>(
    scope: Scope,
    opening: pg.QueryConfig,
    query: pg.QueryConfig,
    waits: object,
  ): Promise<Row[]> {
    const client = await poolOf(this.sides[scope.kind].dataSource).connect();
    try {
      return await pipelined<Row>(client, opening, query, waits);
    } finally {
      client.release();
    }
  }

  private async begin<T>(
    scope: Scope,
    { readOnly = false, limits = {} }: TransactionOptions,
    work: () => Promise<T>,
  ): Promise<T> {
    const runner = this.sides[scope.kind].dataSource.createQueryRunner();
    const open: OpenTransaction = { scope, runner, readOnly, limits, afterCommit: [] };
    try {
      const client = (await runner.connect()) as pg.PoolClient;
      await runner.startTransaction();
      await client.query(this.sendable(openingOf(scope, readOnly, this.config, limits)));
      const result = await this.open.run(open, () => this.provisioned(open, client, work));
      await commit(client).finally(() => readOnly || this.replicas?.wrote(scope));
      for (const effect of open.afterCommit) this.guarded(effect);
      return result;
    } catch (error) {
      await rollback(runner);
      throw error;
    } finally {
      await runner.release();
    }
  }

  /** What is committed stays so, whatever becomes of what follows it. */
  private guarded(effect: () => void): void {
    try {
      effect();
    } catch (error) {
      this.logger.error({ msg: 'an effect after a commit failed', err: error });
    }
  }

  /** Creates the user of a provisional scope first, in the transaction that needs it. */
  private async provisioned<T>(
    open: OpenTransaction,
    client: pg.PoolClient,
    work: () => Promise<T>,
  ): Promise<T> {
    const { scope } = open;
    if (scope.kind === 'user' && scope.provision && !open.readOnly) {
      await scope.provision(
        async (text, values) => (await client.query<Record<string, unknown>>(text, values)).rows,
      );
      const { userId } = scope;
      open.afterCommit.push(() => scope.settle(userId));
    }
    return work();
  }

  /** Repeats the transaction under the id of the user who was created in the meantime. */
  private async settled<T>(scope: Scope, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof SupersededScopeError) || scope.kind !== 'user') throw error;
      scope.settle(await error.winner());
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
    values: Values,
  ): Promise<Row[]> {
    const client = (await open.runner.connect()) as pg.PoolClient;
    const config = this.sendable(prepared(query, valuesOf(values)));
    return (await client.query<Row & pg.QueryResultRow>({ ...config, ...patience(open.limits) }))
      .rows;
  }

  /** Behind a transaction pooler the next transaction may meet another connection, where nothing is prepared. */
  private sendable({ name, text, values }: NamedConfig): pg.QueryConfig {
    return this.config.transactionPooler || name === '' ? { text, values } : { name, text, values };
  }
}

const valuesOf = (values: Values): unknown[] => (typeof values === 'function' ? values() : values);

/** The client must not give up before the server does. */
const patience = ({ statement }: TimeLimits = {}): object =>
  statement === undefined ? {} : { query_timeout: (statement + 5) * 1000 };

/**
 * A statement that failed and was swallowed leaves the transaction failed, and the server answers COMMIT with ROLLBACK. Only
 * that answer tells: the driver rejects a statement before it knows the state of the transaction.
 */
async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('commit').catch((cause: unknown) => {
    if (isConnectionLoss(cause) && !isUnsent(cause))
      throw new CommitUnknownError('the connection was lost during the commit', { cause });
    throw cause;
  });
  if (command !== 'COMMIT')
    throw new NotCommittedError('a statement of this transaction failed: nothing was committed');
}

async function rollback(runner: QueryRunner): Promise<void> {
  if (!runner.isTransactionActive) return;
  // When the rollback cannot be sent either, the pool sees an open transaction and destroys the connection.
  await runner.rollbackTransaction().catch(() => undefined);
}
