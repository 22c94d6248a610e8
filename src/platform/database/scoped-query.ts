// Scope and statement under one Sync: PostgreSQL runs them as one transaction and commits it before it says it is ready.
import type { Socket } from 'node:net';
import pg from 'pg';

/** What pg 8.23 sends messages through; pinned by test/db/pg-internals.db-spec.ts. */
interface Connection {
  readonly stream: Socket;
  /** The texts of the named statements that are prepared on this connection. */
  readonly parsedStatements: Record<string, string | undefined>;
  bind: (config: { statement: string; values: unknown[] }) => void;
  execute: (config: object) => void;
}

interface PgQuery {
  submit(connection: Connection): Error | null;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}

/** A statement that is prepared under its name. */
export type NamedConfig = pg.QueryConfig & { name: string; values: unknown[] };

type Callback = (error: Error | null, result: pg.QueryResult) => void;

const PgQuery = pg.Query as unknown as new (config: pg.QueryConfig, callback: Callback) => PgQuery;

export const connectionOf = (client: pg.ClientBase): Connection => (client as unknown as { connection: Connection }).connection;

/**
 * The messages between two Syncs are one implicit transaction (PostgreSQL documentation, "Pipelining" of the extended query
 * protocol): what the scope sets lasts for the statement and ends with it, and the reply ends only after the commit.
 * The scope must be prepared on this connection already.
 */
export class ScopedQuery extends PgQuery {
  private scoped = false;

  constructor(
    readonly scope: NamedConfig,
    query: pg.QueryConfig,
    callback: Callback,
  ) {
    super(query, callback);
  }

  override submit(connection: Connection): Error | null {
    connection.stream.cork();
    connection.bind({ statement: this.scope.name, values: this.scope.values });
    connection.execute({});
    const refused = super.submit(connection);
    connection.stream.uncork();
    // The scope is on its way without a Sync after it: nothing else may follow on this connection.
    if (refused) connection.stream.destroy();
    return refused;
  }

  /** The scope's own row was not described, and is of no use. */
  override handleDataRow(message: unknown): void {
    if (this.scoped) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.scoped) super.handleCommandComplete(message, connection);
    this.scoped = true;
  }
}

/** Sends the two, and gives the rows once the transaction has committed. The client must be in pipeline mode. */
export function runScoped<Row extends object>(client: pg.ClientBase, scope: NamedConfig, query: pg.QueryConfig): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const callback: Callback = (error, result) => (error ? reject(error) : resolve(result.rows as Row[]));
    client.query(new ScopedQuery(scope, query, callback) as unknown as pg.Submittable);
  });
}
