// Scope and statement under one Sync: PostgreSQL runs them as one transaction and commits it before it says it is ready.
import type { Socket } from 'node:net';
import pg from 'pg';

type PrepareValue = (value: unknown) => unknown;

/** What pg 8.23 sends messages through; pinned by test/db/pg-internals.db-spec.ts. */
interface Connection {
  readonly stream: Socket;
  /** The texts of the named statements that are prepared on this connection. */
  readonly parsedStatements: Record<string, string | undefined>;
  bind: (config: { statement: string; values: unknown[]; valueMapper?: PrepareValue }) => void;
  execute: (config: object) => void;
  sync: () => void;
}

interface Field {
  name: string;
  dataTypeID: number;
}

interface PgQuery {
  name?: string;
  submit(connection: Connection): Error | null;
  handleRowDescription(message: { fields: Field[] }): void;
  handleDataRow(message: { fields: (string | null)[] }): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
  handleReadyForQuery(connection: Connection): void;
}

/** A statement that is prepared under its name. */
export type NamedConfig = pg.QueryConfig & { name: string; values: unknown[] };

/** One request's work: whose rows, and what is done with them. The scope must be prepared on the connection already. */
export interface ScopedStatement {
  scope: NamedConfig;
  statement: NamedConfig;
}

/**
 * The codes of a statement that was taken to be prepared and is not, or the other way round: the second that asks the same is sent before it is
 * known whether the first could be prepared.
 */
export const NOT_PREPARED = ['26000', '42P05'];

type Callback = (error: Error | null) => void;

const PgQuery = pg.Query as unknown as new (
  text: string,
  values: unknown[],
  callback: Callback,
) => PgQuery;

/** How pg writes a JavaScript value as a parameter. */
export const { prepareValue } = (pg as unknown as { utils: { prepareValue: PrepareValue } }).utils;

export const connectionOf = (client: pg.ClientBase): Connection =>
  (client as unknown as { connection: Connection }).connection;

type Column = readonly [name: string, parse: (text: string) => unknown];

/** What connections were told about the rows of their statements. They are told once: while a statement is prepared it cannot change. */
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

/** The first time a statement runs on a connection: it is parsed and described as well. */
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

  override submit(connection: Connection): Error | null {
    connection.stream.cork();
    sendScope(connection, this.works[0]);
    const refused = super.submit(connection);
    connection.stream.uncork();
    // The scope is on its way without a Sync after it: nothing else may follow on this connection.
    if (refused) connection.stream.destroy();
    return refused;
  }

  override handleRowDescription({ fields }: { fields: Field[] }): void {
    this.columns = fields.map(({ name, dataTypeID }) => [
      name,
      this.client.getTypeParser(dataTypeID, 'text') as Column[1],
    ]);
  }

  override handleDataRow({ fields }: { fields: (string | null)[] }): void {
    // The scope's own row was not described, and is of no use.
    if (this.scoped) this.results[0]!.push(readRow(this.columns, fields));
  }

  override handleCommandComplete(): void {
    this.scoped = true;
  }

  override handleReadyForQuery(connection: Connection): void {
    columnsOf(this.client).set(this.works[0].statement.name, this.columns);
    super.handleReadyForQuery(connection);
  }
}

/**
 * The messages between two Syncs are one implicit transaction (PostgreSQL documentation, "Pipelining" of the extended query
 * protocol): what a scope sets lasts until the next one's, or the end, and the reply ends only after the commit. All the statements
 * are prepared on this connection, and their columns known.
 */
class ScopedTransaction extends PgQuery {
  readonly results: object[][];
  /** Of the statements and scopes that are complete: a scope at every even one. */
  private completed = 0;

  constructor(
    private readonly works: readonly ScopedStatement[],
    private readonly columns: Column[][],
    callback: Callback,
  ) {
    super('', [], callback);
    this.results = works.map(() => []);
  }

  override submit(connection: Connection): Error | null {
    connection.stream.cork();
    for (const work of this.works) {
      sendScope(connection, work);
      connection.bind({
        statement: work.statement.name,
        values: work.statement.values,
        valueMapper: prepareValue,
      });
      connection.execute({});
    }
    connection.sync();
    connection.stream.uncork();
    return null;
  }

  override handleDataRow({ fields }: { fields: (string | null)[] }): void {
    if (this.completed % 2 === 0) return;
    const i = this.completed >> 1;
    this.results[i]!.push(readRow(this.columns[i]!, fields));
  }

  override handleCommandComplete(): void {
    this.completed++;
  }

  /** Which of the works was not complete when the transaction ended. */
  get unfinished(): number {
    return this.completed >> 1;
  }
}

/** Nothing of a group of works has happened. */
export class GroupError extends Error {
  override readonly name = 'GroupError';
  constructor(
    override readonly cause: unknown,
    /** The work that failed; the number of works when it was their commit. */
    readonly failed: number,
  ) {
    super('a group of transactions failed', { cause });
  }
}

function sendScope(connection: Connection, { scope }: ScopedStatement): void {
  connection.bind({ statement: scope.name, values: scope.values });
  connection.execute({});
}

type Create = (callback: Callback) => FirstQuery | ScopedTransaction;

/** Settles once the transaction is over, with what is picked from the rows of each statement. */
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

/** Runs it in a transaction of its own. The rows, once it has committed. The client must be in pipeline mode, here and below. */
export function runScoped(client: pg.ClientBase, work: ScopedStatement): Promise<object[]> {
  const columns = columnsOf(client).get(work.statement.name);
  const create: Create = (callback) =>
    columns
      ? new ScopedTransaction([work], [columns], callback)
      : new FirstQuery(client, [work], callback);
  return send(client, create, ([rows]) => rows!);
}

/** Whether the statement has run on this connection before. */
export const isPrepared = (client: pg.ClientBase, { statement }: ScopedStatement): boolean =>
  columnsOf(client).has(statement.name);

/**
 * Runs prepared statements, each in its own scope, in one transaction: all are committed, or none.
 * @throws GroupError with what the driver says as its cause
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
