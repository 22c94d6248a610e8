// The only way to the database: short transactions that belong to one user, or, with a reason, to the system.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { type DataSource, type EntityManager, QueryRunner } from 'typeorm';
import { Config } from '../config/config.js';
import { RequestContexts, type Scope, SupersededScopeError } from '../context/index.js';
import { clientOptions } from './data-source.js';
import { ReadLanes, WriteLanes } from './lanes.js';
import { NotCommittedError, pipelined } from './pipeline.js';
import { PREPARED_DATABASE, type PreparedDatabase } from './prepare-database.js';
import { retrySerializationFailures } from './retry.js';
import { SYSTEM_ROLE } from './row-level-security.js';
import type { NamedConfig } from './scoped-query.js';
import { Statement, statement } from './statement.js';

/** Whose transaction it is. On a lane the rest is set for the connection. */
const owner = (setting: 'app.user_id' | 'role') => `set_config('${setting}', $1, true)`;
const settings = (setting: 'app.user_id' | 'role', readOnly: boolean, more = '') =>
  `select ${owner(setting)}, set_config('statement_timeout', $2, true)${readOnly ? `, set_config('transaction_read_only', 'on', true)` : ''}${more}`;

/** A user's rows are found by an index led by the user. Of a user who has many, the planner would rather read the table, and with it everybody's. */
const BY_INDEX = `, set_config('enable_seqscan', 'off', true)`;

/** What opens a transaction to a user, or to the system role. */
const SCOPES = {
  user: { read: statement('scope.user_read', settings('app.user_id', true, BY_INDEX)), write: statement('scope.user_write', settings('app.user_id', false, BY_INDEX)) },
  system: { read: statement('scope.system_read', settings('role', true)), write: statement('scope.system_write', settings('role', false)) },
};
const LANE_SCOPES = { user: statement('scope.user', `select ${owner('app.user_id')}`), system: statement('scope.system', `select ${owner('role')}`) };

/** Connections that small statements share: while one is committing, or answering, the other takes what comes. */
const LANES = { read: 2, write: 2 };

/** The scopes with values that open nothing, to be prepared before they are needed. */
const PREPARABLE: NamedConfig[] = [
  { name: LANE_SCOPES.user.name, text: LANE_SCOPES.user.text, values: [''] },
  { name: `system.${LANE_SCOPES.system.name}`, text: LANE_SCOPES.system.text, values: ['none'] },
];

/** A function when the values depend on the scope: a user created by this very write gets its id only then. */
type Values = unknown[] | (() => unknown[]);

interface OpenTransaction {
  readonly scope: Scope;
  readonly runner: QueryRunner;
  readonly readOnly: boolean;
  readonly afterCommit: (() => void)[];
}

@Injectable()
export class ScopedDatabase implements OnApplicationShutdown {
  private readonly logger = new Logger(ScopedDatabase.name);
  private readonly open = new AsyncLocalStorage<OpenTransaction>();
  private readonly lanes: { read: ReadLanes; write: WriteLanes } | undefined;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly contexts: RequestContexts,
    private readonly config: Config,
    @Inject(PREPARED_DATABASE) { connection }: PreparedDatabase,
  ) {
    if (config.transactionPooler) return;
    const session = (readOnly: boolean) => ({
      settings: { statement_timeout: config.statementTimeout * 1000, default_transaction_read_only: readOnly ? 'on' : 'off' },
      scopes: PREPARABLE,
    });
    this.lanes = {
      read: new ReadLanes(LANES.read, clientOptions(connection), session(true)),
      write: new WriteLanes(LANES.write, clientOptions(connection), session(false)),
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.lanes?.read.close(), this.lanes?.write.close()]);
  }

  /**
   * One statement in a read-only scoped transaction of its own, in one round trip; inside `transaction()` it joins that.
   * @throws ScopeMissingError without a scope; the driver's error when the statement fails.
   */
  read<Row extends object>(query: Statement<Row>, values: Values): Promise<Row[]> {
    return this.single(query, values, true);
  }

  /** As `read`, for a statement that writes. It resolves only when the server has confirmed the commit. */
  write<Row extends object>(query: Statement<Row>, values: Values): Promise<Row[]> {
    return this.single(query, values, false);
  }

  /**
   * Several statements in one scoped transaction. Joins the open one; a serialization failure repeats the whole of `work`.
   * Make no HTTP or model call inside, and never send two statements at once: the connection is one.
   */
  transaction<T>(work: () => Promise<T>, { readOnly = false } = {}): Promise<T> {
    const joined = this.joined(readOnly);
    if (joined) return work();
    const scope = this.contexts.scope();
    return this.settled(scope, () => retrySerializationFailures(() => this.begin(scope, readOnly, work)));
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
   * The only bypass of ownership: a transaction of the role `threadkeep_system`.
   * @throws Error inside a transaction, which would need a second connection while holding the first.
   */
  runAsSystem<T>(reason: string, work: () => Promise<T>): Promise<T> {
    if (this.open.getStore()) throw new Error('runAsSystem cannot run inside a transaction');
    this.logger.debug({ msg: 'system scope', reason });
    return this.contexts.runIn({ kind: 'system', reason }, work);
  }

  private single<Row extends object>(query: Statement<Row>, values: Values, readOnly: boolean): Promise<Row[]> {
    const open = this.joined(readOnly);
    if (open) return this.inOpen(open, query, values);
    const scope = this.contexts.scope();
    if (scope.kind === 'user' && scope.provision && !readOnly) return this.transaction(() => this.single(query, values, false));
    // A single read sees one snapshot and waits for nobody: there is nothing to repeat.
    if (readOnly) return this.oneRoundTrip(scope, query, values, true);
    return retrySerializationFailures(() => this.oneRoundTrip(scope, query, values, false));
  }

  private async oneRoundTrip<Row extends object>(scope: Scope, query: Statement<Row>, values: Values, readOnly: boolean): Promise<Row[]> {
    const prepared = this.prepared(query, values, scope);
    if (this.lanes && !query.slow) {
      const opening = this.prepared(LANE_SCOPES[scope.kind], [ownerOf(scope)], scope);
      const rows = await this.lanes[readOnly ? 'read' : 'write'].run<Row>({ scope: opening, statement: prepared });
      if (rows) return rows;
    }
    const client = await this.pool.connect();
    try {
      return await pipelined<Row>(client, this.sendable(this.scopeQuery(scope, readOnly)), this.sendable(prepared));
    } finally {
      client.release();
    }
  }

  private async begin<T>(scope: Scope, readOnly: boolean, work: () => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    const open: OpenTransaction = { scope, runner, readOnly, afterCommit: [] };
    try {
      const client = (await runner.connect()) as pg.PoolClient;
      await runner.startTransaction();
      await client.query(this.sendable(this.scopeQuery(scope, readOnly)));
      const result = await this.open.run(open, () => this.provisioned(open, client, work));
      await commit(client);
      open.afterCommit.forEach((effect) => effect());
      return result;
    } catch (error) {
      await rollback(runner);
      throw error;
    } finally {
      await runner.release();
    }
  }

  /** Creates the user of a provisional scope first, in the transaction that needs it. */
  private async provisioned<T>(open: OpenTransaction, client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
    const { scope } = open;
    if (scope.kind === 'user' && scope.provision && !open.readOnly) {
      await scope.provision(async (text, values) => (await client.query<Record<string, unknown>>(text, values)).rows);
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
    if (open.scope !== this.contexts.scope()) throw new Error('an open transaction cannot change its scope');
    if (open.readOnly && !readOnly) throw new Error('this transaction is read-only');
    return open;
  }

  private async inOpen<Row extends object>(open: OpenTransaction, query: Statement<Row>, values: Values): Promise<Row[]> {
    const client = (await open.runner.connect()) as pg.PoolClient;
    return (await client.query<Row & pg.QueryResultRow>(this.sendable(this.prepared(query, values, open.scope)))).rows;
  }

  private scopeQuery(scope: Scope, readOnly: boolean): NamedConfig {
    const query = SCOPES[scope.kind][readOnly ? 'read' : 'write'];
    return this.prepared(query, [ownerOf(scope), String(this.config.statementTimeout * 1000)], scope);
  }

  /** A prepared plan depends on the role whose policies it was made for, so each role has names of its own. */
  private prepared(query: Statement, given: Values, scope: Scope): NamedConfig {
    const values = typeof given === 'function' ? given() : given;
    return { name: scope.kind === 'user' || query.name === '' ? query.name : `system.${query.name}`, text: query.text, values };
  }

  /** Behind a transaction pooler the next transaction may meet another connection, where nothing is prepared. */
  private sendable({ name, text, values }: NamedConfig): pg.QueryConfig {
    return this.config.transactionPooler || name === '' ? { text, values } : { name, text, values };
  }

  private get pool(): pg.Pool {
    return (this.dataSource.driver as unknown as { master: pg.Pool }).master;
  }
}

const ownerOf = (scope: Scope): string => (scope.kind === 'user' ? scope.userId : SYSTEM_ROLE);

/**
 * A statement that failed and was swallowed leaves the transaction failed, and the server answers COMMIT with ROLLBACK. Only
 * that answer tells: the driver rejects a statement before it knows the state of the transaction.
 */
async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('commit');
  if (command !== 'COMMIT') throw new NotCommittedError('a statement of this transaction failed: nothing was committed');
}

async function rollback(runner: QueryRunner): Promise<void> {
  if (!runner.isTransactionActive) return;
  // When the rollback cannot be sent either, the pool sees an open transaction and destroys the connection.
  await runner.rollbackTransaction().catch(() => undefined);
}
