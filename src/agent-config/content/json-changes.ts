// The differences between two contents, as answers show them.

export interface Change {
  op: 'add' | 'remove' | 'replace';
  /** A JSON pointer (RFC 6901). */
  path: string;
  from?: unknown;
  to?: unknown;
}

export interface JsonChanges {
  /** The first `MAX_CHANGES` changes, in the order of the content. */
  changes: Change[];
  /** Number of further changes. */
  omittedChanges: number;
}

export const MAX_CHANGES = 1_000;
