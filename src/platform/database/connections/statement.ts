// SQL statements of this code base: named, so that a direct connection prepares each once, or
// anonymous.
import type { Scope, TimeLimits } from '../../context/index.js';
import { requireOwner } from './statement-owner.js';

/** `Row` is the type of one result row. Values are always parameters, never part of the text. */
export class Statement<Row extends object = object> {
  declare readonly row: Row;
  constructor(
    readonly name: string,
    readonly text: string,
    /** True when it may take long: it then gets a connection of its own. */
    readonly slow: boolean,
    /**
     * The kind of scope whose owner is `$1`. `ScopedDatabase` binds it, and refuses the other kind.
     * Undefined when all values are the caller's.
     */
    readonly owner?: Scope['kind'],
    /**
     * Time limits that replace those of the route and the configuration. Ignored inside a
     * transaction.
     */
    readonly limits?: TimeLimits,
  ) {}
}

/** A statement that reads, with its values: as `ScopedDatabase.read` takes them. */
export interface Read<Row extends object = object> {
  query: Statement<Row>;
  values: unknown[];
}

/** The rows of each of several reads. */
export type RowsOf<R extends readonly Read[]> = {
  [I in keyof R]: R[I] extends Read<infer Row> ? Row[] : never;
};

const texts = new Map<string, string>();
/** By owner and name, so that a statement that is declared again is here once. */
const declared = new Map<string, Statement>();

/** Every named statement that was declared in this process. */
export const declaredStatements = (): Statement[] => [...declared.values()];

interface StatementOptions {
  slow?: boolean;
}

function declare<Row extends object>(
  name: string,
  text: string,
  { slow = false }: StatementOptions,
  owner?: Scope['kind'],
): Statement<Row> {
  const known = texts.get(name);
  if (known !== undefined && known !== text)
    throw new Error(`statement ${name} is declared twice with different texts`);
  if (owner) requireOwner(owner, name, text);
  texts.set(name, text);
  const query = new Statement<Row>(name, text, slow, owner);
  declared.set(`${owner ?? ''} ${name}`, query);
  return query;
}

/**
 * Declares a statement that is no owner's: of the system, or of no rows at all. The name must be
 * unique in the process, because a connection prepares a name once. A statement on rows of the user
 * is an `ownedStatement`.
 * @throws Error when the name was declared with another text
 */
export const statement = <Row extends object>(
  name: string,
  text: string,
  options: StatementOptions = {},
): Statement<Row> => declare(name, text, options);

/**
 * Declares a statement on rows of the user of the scope. `$1` is the user's id, which
 * `ScopedDatabase` binds when it sends the statement; the values that a caller passes begin at
 * `$2`.
 * @throws Error as `statement` does, and when the text does not use `$1` as `requireOwner`
 * describes
 */
export const ownedStatement = <Row extends object>(
  name: string,
  text: string,
  options: StatementOptions = {},
): Statement<Row> => declare(name, text, options, 'user');

/**
 * As `ownedStatement`, for rows of the service in tables that mirror a user's: `$1` is `service`.
 * Only the system may run it.
 */
export const serviceStatement = <Row extends object>(
  name: string,
  text: string,
  options: StatementOptions = {},
): Statement<Row> => declare(name, text, options, 'system');

/**
 * A statement whose text is built for one request. It is planned for its values each time, on a
 * connection of its own.
 */
export const anonymous = <Row extends object>(text: string, limits?: TimeLimits): Statement<Row> =>
  new Statement<Row>('', text, true, undefined, limits);

/** As `anonymous`, on rows of the user of the scope. @throws Error as `ownedStatement` does */
export function ownedAnonymous<Row extends object>(
  text: string,
  limits?: TimeLimits,
): Statement<Row> {
  requireOwner('user', 'anonymous', text);
  return new Statement<Row>('', text, true, 'user', limits);
}
