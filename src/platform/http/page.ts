// Cursor pages: `{data, nextCursor}` and a Link header. How a cursor is made: platform/list/cursors.ts.

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
  /** How many there are in all, when that was asked. */
  total?: number;
}

export const PAGE_LIMIT = { min: 1, max: 100, default: 20 } as const;
/** The longest holds a title of 500 characters. */
export const CURSOR_MAX_LENGTH = 5_000;
