// The page that every list answers. cursors.ts makes its cursor.

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
  /** The total number of rows, when the query asks for it. */
  total?: number;
}

export const PAGE_LIMIT = { min: 1, max: 100, default: 20 } as const;
/** Enough for a cursor with a title of 500 characters. */
export const CURSOR_MAX_LENGTH = 5_000;
