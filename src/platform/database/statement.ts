// A statement with a fixed text: named, so that direct connections prepare it once.

/** `Row` is what one result row looks like; values never become part of the text. */
export class Statement<Row extends object = object> {
  declare readonly row: Row;
  constructor(
    readonly name: string,
    readonly text: string,
    /** May take long, so that nobody must wait behind it. */
    readonly slow: boolean,
  ) {}
}

const names = new Map<string, string>();

/**
 * Declares a statement; the name must be unique in the process, because a connection prepares a name once.
 * @throws Error when the name stands for another text.
 */
export function statement<Row extends object>(name: string, text: string, { slow = false } = {}): Statement<Row> {
  const known = names.get(name);
  if (known !== undefined && known !== text) throw new Error(`statement ${name} is declared twice with different texts`);
  names.set(name, text);
  return new Statement<Row>(name, text, slow);
}
