// A statement with a text of ours: named, so that direct connections prepare it once, or anonymous.
import type { TimeLimits } from '../../context/index.js';

/** `Row` is what one result row looks like; values never become part of the text. */
export class Statement<Row extends object = object> {
  declare readonly row: Row;
  constructor(
    readonly name: string,
    readonly text: string,
    /** May take long, so that nobody must wait behind it. */
    readonly slow: boolean,
    /** Other than the route's, or the configuration's. Not heeded inside a transaction. */
    readonly limits?: TimeLimits,
  ) {}
}

const names = new Map<string, string>();

/**
 * Declares a statement; the name must be unique in the process, because a connection prepares a name once.
 * @throws Error when the name stands for another text.
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

/** A statement whose text is put together for one request: planned for its values each time, on a connection of its own. */
export const anonymous = <Row extends object>(text: string, limits?: TimeLimits): Statement<Row> =>
  new Statement<Row>('', text, true, limits);
