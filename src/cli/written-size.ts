// Measures how long a value is as JSON, without writing it: an import looks at each conversation
// several times, and writes it once.

/** Bytes of JSON in UTF-8 that one character takes at most: a control character, as `\u0000`. */
export const MAX_BYTES_OF_CHARACTER = 6;

/**
 * Returns the number of characters of the JSON, each character of a text counted as one.
 * @param value of JSON, with the depth that the parser allows
 */
export function writtenSize(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null || value instanceof Number)
    return String(value).length;
  let size = 2;
  if (Array.isArray(value)) for (const item of value) size += writtenSize(item) + 1;
  else
    for (const name of Object.keys(value))
      size += name.length + writtenSize((value as Record<string, unknown>)[name]) + 4;
  return size;
}
