// Checks that the text of an owned statement restricts or sets the owner.
import type { Scope } from '../../context/index.js';

/** `$1`, and no parameter whose number begins with 1. */
const OWNER = String.raw`\$1(?!\d)`;

interface OwnerPatterns {
  /** Conditions, any of which restricts a statement to rows of the owner. */
  conditions: RegExp[];
  /** The beginning of an insert. Captures the columns before the owner's. */
  insert: RegExp;
}

/** @param column SQL names of the columns that hold an owner, as alternatives */
const patternsOf = (column: string, ...more: RegExp[]): OwnerPatterns => ({
  conditions: [
    new RegExp(String.raw`\b(?:${column})\s*=\s*(?:\(select\s+|any\s*\(array\[)?${OWNER}`),
    new RegExp(String.raw`${OWNER}(?:::uuid)?\s*=\s*(?:\w+\.)?(?:${column})\b`),
    ...more,
  ],
  insert: new RegExp(
    String.raw`\binsert into [\w.]+(?: as \w+)? \(([\w\s,]*?)\b(?:${column})\b[^)]*\)\s*(?:values\s*\(|select\s)\s*`,
    'g',
  ),
});

const PATTERNS: Record<Scope['kind'], OwnerPatterns> = {
  user: patternsOf(
    'user_id',
    new RegExp(String.raw`\bapp_user(?:\s+(?:as\s+)?(\w+))?\s+where\s+(?:\1\.)?id\s*=\s*${OWNER}`),
  ),
  system: patternsOf('owner|name'),
};

function setsOwner(text: string, insert: RegExp): boolean {
  return [...text.matchAll(insert)].some(({ 0: beginning, 1: before, index }) => {
    const others = before!.split(',').length - 1;
    const values = text.slice(index + beginning.length);
    return new RegExp(String.raw`^(?:[^,()]+,\s*){${others}}${OWNER}`).test(values);
  });
}

/**
 * Requires that `$1` is the owner in the text. One of these is enough:
 * - `user_id = $1`, with or without an alias, a cast, `(select $1)`, `any (array[$1])` or the sides
 *   swapped;
 * - `insert into t (..., user_id, ...)` with `$1` at the same place of `values` or `select`;
 * - `app_user where id = $1`, with or without an alias.
 *
 * In statements of the service the column is `owner`, or the `name` of its data key.
 *
 * It does not see whether each table of the text is restricted: test/db/statements.db-spec.ts does,
 * which runs each statement without policies.
 * @throws Error with the name of the statement
 */
export function requireOwner(kind: Scope['kind'], name: string, text: string): void {
  const { conditions, insert } = PATTERNS[kind];
  if (conditions.some((condition) => condition.test(text)) || setsOwner(text, insert)) return;
  throw new Error(
    `statement ${name} has an owner, but does not restrict or set it by $1: add "user_id = $1", or declare it by statement()`,
  );
}
