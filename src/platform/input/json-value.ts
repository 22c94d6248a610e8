// Questions about JSON values. Worker threads load this file, so it imports nothing.

/** A number that was kept as it was sent (`ExactNumber`) is an object, and not a plain one. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Number)
  );
}

/** Escapes a key as one token of a JSON Pointer (RFC 6901). */
export const pointerToken = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** Stops counting at the bound: an object may have hundreds of thousands of fields. */
export function hasMoreFields(value: object, most: number): boolean {
  let fields = 0;
  for (const field in value) if (Object.hasOwn(value, field) && ++fields > most) return true;
  return false;
}

/** Counts code points, as JSON Schema and PostgreSQL do: an emoji is one character. */
export const isLongerThan = (text: string, max: number): boolean =>
  text.length > max && (text.length > 2 * max || [...text].length > max);

/** Counts values at all depths, and stops at the bound. */
export function hasMoreValues(value: unknown, most: number): boolean {
  if (most === Infinity) return false;
  let count = 0;
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    for (const key in next) {
      if (++count > most) return true;
      open.push((next as Record<string, unknown>)[key]);
    }
  }
  return false;
}

/**
 * Returns null for missing or empty metadata, which is stored as null because most rows have none.
 */
export const emptyAsNull = (object: Record<string, unknown> | null | undefined) =>
  object && Object.keys(object).length > 0 ? object : null;
