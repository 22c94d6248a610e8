// Sends a scope and its statement under one Sync. PostgreSQL runs them as one transaction, and
// commits it before it reports ready.
import type { Socket } from 'node:net';
import pg from 'pg';

type PrepareValue = (value: unknown) => unknown;

/** Internals of a connection of pg 8.23. test/db/pg-internals.db-spec.ts pins them. */
interface ProtocolConnection {
  readonly stream: Socket;
  /** Text by name of each statement that is prepared on this connection. */
  readonly parsedStatements: Record<string, string | undefined>;
  bind: (config: { statement: string; values: unknown[]; valueMapper?: PrepareValue }) => void;
  execute: (config: object) => void;
  sync: () => void;
}

interface RowField {
  name: string;
  dataTypeID: number;
}

interface PgQuery {
  name?: string;
  submit(connection: ProtocolConnection): Error | null;
  handleRowDescription(message: { fields: RowField[] }): void;
  handleDataRow(message: { fields: (string | null)[] }): void;
  handleCommandComplete(message: unknown, connection: ProtocolConnection): void;
  handleReadyForQuery(connection: ProtocolConnection): void;
}

/** A statement that the connection prepares under its name. */
export type NamedConfig = pg.QueryConfig & { name: string; values: unknown[] };

/**
 * The transaction of one request. `scope` sets the owner, and must be prepared on the connection
 * already.
 */
export interface ScopedStatement {
  scope: NamedConfig;
  statement: NamedConfig;
}

/**
 * The codes of a statement that is unexpectedly not prepared, or prepared already. This can happen
 * when the second use of a statement is sent before the server has answered the first one, which
 * prepares it.
 */
export const NOT_PREPARED = ['26000', '42P05'];

type Callback = (error: Error | null) => void;

const PgQuery = pg.Query as unknown as new (
  text: string,
  values: unknown[],
  callback: Callback,
) => PgQuery;

/** Writes a JavaScript value as a parameter, as pg does. */
export const { prepareValue } = (pg as unknown as { utils: { prepareValue: PrepareValue } }).utils;

export const connectionOf = (client: pg.ClientBase): ProtocolConnection =>
  (client as unknown as { connection: ProtocolConnection }).connection;

type Column = readonly [name: string, parse: (text: string) => unknown];

/**
 * The columns of each connection's prepared statements. A prepared statement's columns cannot
 * change, so they are described once.
 */
const descriptions = new WeakMap<pg.ClientBase, Map<string, Column[]>>();

function columnsOf(client: pg.ClientBase): Map<string, Column[]> {
  const known = descriptions.get(client) ?? new Map<string, Column[]>();
  descriptions.set(client, known);
  return known;
}

function readRow(columns: Column[], texts: (string | null)[]): object {
  const row: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i++) {
    const text = texts[i]!;
    row[columns[i]![0]] = text === null ? null : columns[i]![1](text);
  }
  return row;
}

/** The first run of a statement on a connection: it also parses and describes the statement. */
class FirstQuery extends PgQuery {
  readonly results: object[][] = [[]];
  private scoped = false;
  private columns: Column[] = [];

  constructor(
    private readonly client: pg.ClientBase,
    private readonly works: readonly [ScopedStatement],
    callback: Callback,
  ) {
    const [{ statement }] = works;
    super(statement.text, statement.values, callback);
    this.name = statement.name;
  }

  override submit(connection: ProtocolConnection): Error | null {
    connection.stream.cork();
    sendScope(connection, this.works[0]);
    const refused = super.submit(connection);
    connection.stream.uncork();
    // The scope was sent without a Sync, so nothing else may follow on this connection.
    if (refused) connection.stream.destroy();
    return refused;
  }

  override handleRowDescription({ fields }: { fields: RowField[] }): void {
    this.columns = fields.map(({ name, dataTypeID }) => [
      name,
      this.client.getTypeParser(dataTypeID, 'text') as Column[1],
    ]);
  }

  override handleDataRow({ fields }: { fields: (string | null)[] }): void {
    // The row of the scope was not described, and is not needed.
    if (this.scoped) this.results[0]!.push(readRow(this.columns, fields));
  }

  override handleCommandComplete(): void {
    this.scoped = true;
  }

  override handleReadyForQuery(connection: ProtocolConnection): void {
    columnsOf(this.client).set(this.works[0].statement.name, this.columns);
    super.handleReadyForQuery(connection);
  }
}

/**
 * One or more scoped statements in one transaction: PostgreSQL treats the messages between two
 * Syncs as one implicit transaction ("Pipelining" in its documentation of the extended query
 * protocol). A scope's settings last until the next scope, or the end; works that follow each other
 * with the same scope object share it. ReadyForQuery arrives only after the commit. All statements
 * must be prepared on this connection, and their columns known.
 */
class ScopedTransaction extends PgQuery {
  readonly results: object[][];
  /** Index of the first work that is not complete. */
  private current = 0;
  /** True until the scope of the current work is complete. */
  private inScope = true;

  constructor(
    private readonly works: readonly ScopedStatement[],
    private readonly columns: Column[][],
    callback: Callback,
  ) {
    super('', [], callback);
    this.results = works.map(() => []);
  }

  override submit(connection: ProtocolConnection): Error | null {
    connection.stream.cork();
    for (let i = 0; i < this.works.length; i++) {
      const { statement } = this.works[i]!;
      if (this.opensScope(i)) sendScope(connection, this.works[i]!);
      connection.bind({
        statement: statement.name,
        values: statement.values,
        valueMapper: prepareValue,
      });
      connection.execute({});
    }
    connection.sync();
    connection.stream.uncork();
    return null;
  }

  override handleDataRow({ fields }: { fields: (string | null)[] }): void {
    if (this.inScope) return;
    this.results[this.current]!.push(readRow(this.columns[this.current]!, fields));
  }

  override handleCommandComplete(): void {
    this.inScope = !this.inScope && this.opensScope(++this.current);
  }

  /** Index of the first work that was not complete when the transaction ended. */
  get unfinished(): number {
    return this.current;
  }

  private opensScope(i: number): boolean {
    return this.works[i]?.scope !== this.works[i - 1]?.scope;
  }
}

/** A group of works was rolled back as a whole. */
export class GroupError extends Error {
  override readonly name = 'GroupError';
  constructor(
    override readonly cause: unknown,
    /** Index of the work that failed; the number of works when the commit failed. */
    readonly failed: number,
  ) {
    super('a group of transactions failed', { cause });
  }
}

function sendScope(connection: ProtocolConnection, { scope }: ScopedStatement): void {
  connection.bind({ statement: scope.name, values: scope.values });
  connection.execute({});
}

type Create = (callback: Callback) => FirstQuery | ScopedTransaction;

/**
 * Settles when the transaction is over.
 * @param pick takes the result from the rows of each statement
 */
function send<T>(
  client: pg.ClientBase,
  create: Create,
  pick: (results: object[][]) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const query = create((error) => (error ? reject(error) : resolve(pick(query.results))));
    client.query(query as unknown as pg.Submittable);
  });
}

/**
 * Runs the work in a transaction of its own, on a client in pipeline mode. Resolves with the rows
 * after the commit.
 */
export function runScoped(client: pg.ClientBase, work: ScopedStatement): Promise<object[]> {
  const columns = columnsOf(client).get(work.statement.name);
  const create: Create = (callback) =>
    columns
      ? new ScopedTransaction([work], [columns], callback)
      : new FirstQuery(client, [work], callback);
  return send(client, create, ([rows]) => rows!);
}

/** Whether the connection has prepared the statement, which it does at the first run. */
export const isPrepared = (client: pg.ClientBase, { statement }: ScopedStatement): boolean =>
  columnsOf(client).has(statement.name);

/**
 * Runs prepared statements in their scopes, in one transaction, on a client in pipeline mode. All
 * are committed, or none.
 * @throws GroupError whose cause is the driver's error
 */
export function runTogether(
  client: pg.ClientBase,
  works: readonly ScopedStatement[],
): Promise<object[][]> {
  const columns = works.map(({ statement }) => columnsOf(client).get(statement.name)!);
  return new Promise((resolve, reject) => {
    const query = new ScopedTransaction(works, columns, (error) =>
      error ? reject(new GroupError(error, query.unfinished)) : resolve(query.results),
    );
    client.query(query as unknown as pg.Submittable);
  });
}
