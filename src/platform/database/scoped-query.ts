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

declare class PreparedQuery {
  constructor(config: pg.QueryConfig, callback: Callback);
  submit(connection: Connection): Error | null;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}

type Callback = (error: Error | null, result: pg.QueryResult) => void;

const Base = pg.Query as unknown as typeof PreparedQuery;

export const connectionOf = (client: pg.ClientBase): Connection => (client as unknown as { connection: Connection }).connection;

/**
 * The messages between two Syncs are one implicit transaction (PostgreSQL documentation, "Pipelining" of the extended query
 * protocol): what the scope sets lasts for the statement and ends with it, and the reply ends only after the commit.
 * The scope must be prepared on this connection already.
 */
export class ScopedQuery extends Base {
  private scoped = false;

  constructor(
    private readonly scope: pg.QueryConfig & { name: string; values: unknown[] },
    query: pg.QueryConfig,
    callback: Callback,
  ) {
    super(query, callback);
  }

  override submit(connection: Connection): Error | null {
    connection.stream.cork();
    connection.bind({ statement: this.scope.name, values: this.scope.values });
    connection.execute({});
    const failed = super.submit(connection);
    connection.stream.uncork();
    return failed;
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
