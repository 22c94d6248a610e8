// What a cache holds: a value with the name of its owner, its key and its stamp, all of which are checked when it is read.

export interface Address {
  readonly userId: string;
  readonly key: string;
  /** The state of the database that the value was made from, such as `last_seq.version` of a conversation. */
  readonly stamp: string;
}

export interface Held {
  readonly value: unknown;
  /** About how many bytes it takes in memory. */
  readonly size: number;
}

/**
 * `stale`: right key, other stamp. `unverified`: not written by this service, or not under this key. `error`: not to be read. `unreachable`: nobody
 * could be asked, or would answer.
 */
export type Lookup =
  | {
      readonly result: 'hit';
      readonly held: Held;
      /** Milliseconds, as Date.now(). */ readonly expires: number | undefined;
    }
  | { readonly result: 'miss' | 'stale' | 'unverified' | 'error' | 'unreachable' };

/** A key is enough to find an entry and not enough to trust it. */
export function judge(found: Address, wanted: Address): 'hit' | 'stale' | 'error' {
  if (found.userId !== wanted.userId || found.key !== wanted.key) return 'error';
  return found.stamp === wanted.stamp ? 'hit' : 'stale';
}

/**
 * The value as everybody will get it: as JSON leaves it, and frozen, because in one process all share it.
 * @throws TypeError for what JSON cannot say.
 */
export function hold(value: unknown): Held {
  if (typeof value === 'string') return { value, size: value.length * 2 };
  return heldFromJson(JSON.stringify(value ?? null));
}

/** @throws SyntaxError */
export function heldFromJson(text: string): Held {
  const value: unknown = JSON.parse(text);
  return typeof value === 'string' ? hold(value) : { value: frozen(value), size: text.length * 4 };
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
