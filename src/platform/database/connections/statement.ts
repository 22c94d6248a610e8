// SQL statements of this code base: named, so that a direct connection prepares each once, or
// anonymous.
import type { TimeLimits } from '../../context/index.js';

/** `Row` is the type of one result row. Values are always parameters, never part of the text. */
export class Statement<Row extends object = object> {
  declare readonly row: Row;
  constructor(
    readonly name: string,
    readonly text: string,
    /** True when it may take long: it then gets a connection of its own. */
    readonly slow: boolean,
    /**
     * Time limits that replace those of the route and the configuration. Ignored inside a
     * transaction.
     */
    readonly limits?: TimeLimits,
  ) {}
}

const names = new Map<string, string>();

/**
 * Declares a statement; the name must be unique in the process, because a connection prepares a
 * name once.
 * @throws Error when the name was declared with another text
 */
export function statement<Row extends object>(
  name: string,
  text: string,
  { slow = false } = {},
): Statement<Row> {
  const known = names.get(name);
  if (known !== undefined && known !== text)
    throw new Error(`statement ${name} is declared twice with different texts`);
  names.set(name, text);
  return new Statement<Row>(name, text, slow);
}

/**
 * A statement whose text is built for one request. It is planned for its values each time, on a
 * connection of its own.
 */
export const anonymous = <Row extends object>(text: string, limits?: TimeLimits): Statement<Row> =>
  new Statement<Row>('', text, true, limits);
