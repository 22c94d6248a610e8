// The connections of one login: its pool, and the pipelined connections that small statements
// share.
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Config } from '../../config/config.js';
import type { Scope } from '../../context/index.js';
import { clientOptions, type Connection, poolOf } from '../data-source.js';
import { PIPELINED_CONNECTIONS } from './connection-counts.js';
import { GroupCommits } from './group-commits.js';
import { runPipelined } from './pipeline.js';
import { PipelinedReads } from './pipelined-reads.js';
import { SCOPES_TO_PREPARE } from './scope-statements.js';
import type { SessionSetup } from './shared-client.js';

type LoginKind = Scope['kind'];

/** The session of a pipelined connection for scopes of this kind. */
export const sessionSetup = (config: Config, kind: LoginKind, readOnly: boolean): SessionSetup => ({
  settings: {
    statement_timeout: config.statementTimeout * 1000,
    default_transaction_read_only: readOnly ? 'on' : 'off',
  },
  scopes: SCOPES_TO_PREPARE[kind],
});

export class LoginConnections {
  /** Undefined behind a transaction pooler, which prepares nothing. */
  readonly pipelined: { read: PipelinedReads; write: GroupCommits } | undefined;

  constructor(
    readonly dataSource: DataSource,
    kind: LoginKind,
    connection: Connection,
    config: Config,
  ) {
    if (config.transactionPooler) return;
    const options = { ...clientOptions(connection), maxLifetime: connection.maxLifetime ?? 0 };
    const counts = PIPELINED_CONNECTIONS[kind];
    const read = new PipelinedReads(counts.read, options, sessionSetup(config, kind, true));
    const write = new GroupCommits(counts.write, options, sessionSetup(config, kind, false));
    connection.breaker?.onProbeTimeout(() => (read.dropSilent(), write.dropSilent()));
    this.pipelined = { read, write };
  }

  /**
   * Runs statements in a transaction of their own on a connection of the pool.
   * @param clientTimeout `query_timeout`, when the client's own does not apply
   */
  async runOnPool(
    opening: pg.QueryConfig,
    queries: readonly pg.QueryConfig[],
    clientTimeout: object,
  ): Promise<object[][]> {
    const client = await poolOf(this.dataSource).connect();
    try {
      return await runPipelined(client, opening, queries, clientTimeout);
    } finally {
      client.release();
    }
  }

  /** Closes the pipelined connections. The pool is closed with the DataSource. */
  async close(): Promise<void> {
    await Promise.all([this.pipelined?.read.close(), this.pipelined?.write.close()]);
  }
}
