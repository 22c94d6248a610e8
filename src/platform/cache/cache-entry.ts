// An entry of the cache: a value with its owner, key and version, which are checked at each read.

export interface EntryId {
  readonly userId: string;
  readonly key: string;
  /**
   * Names the state of the database that the value was made from, such as `last_seq.version` of a
   * conversation.
   */
  readonly version: string;
}

export interface CachedValue {
  readonly value: unknown;
  /** Approximate bytes in memory. */
  readonly size: number;
}

/**
 * `stale`: the key is right, the version is another one. `unverified`: this service did not write
 * the entry, or not under this key. `error`: the entry cannot be read. `unreachable`: Redis did not
 * answer.
 */
export type Lookup =
  | {
      readonly result: 'hit';
      readonly cached: CachedValue;
      /** Milliseconds, as Date.now(). */ readonly expires: number | undefined;
    }
  | { readonly result: 'miss' | 'stale' | 'unverified' | 'error' | 'unreachable' };

/** Compares a found entry with the wanted one. The key alone is not trusted. */
export function compareEntries(found: EntryId, wanted: EntryId): 'hit' | 'stale' | 'error' {
  if (found.userId !== wanted.userId || found.key !== wanted.key) return 'error';
  return found.version === wanted.version ? 'hit' : 'stale';
}

/**
 * Makes the value that all callers get: a copy through JSON, frozen because the callers of a
 * process share it.
 * @throws TypeError for a value that JSON cannot represent
 */
export function toCachedValue(value: unknown): CachedValue {
  if (typeof value === 'string') return { value, size: value.length * 2 };
  return cachedValueFromJson(JSON.stringify(value ?? null));
}

/** @throws SyntaxError */
export function cachedValueFromJson(text: string): CachedValue {
  const value: unknown = JSON.parse(text);
  return typeof value === 'string'
    ? toCachedValue(value)
    : { value: frozen(value), size: text.length * 4 };
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
