// Keeps the values that the charts draw. The samples of a reading are dropped after that.
import { PANELS, type Reading } from './panels.js';

/** Readings that are shown, at most: an hour of them. */
export const MOST_ROWS = 720;

/** What the charts show of one reading. */
export interface Row {
  /** Seconds since 1970. */
  readonly at: number;
  /** For each panel, its values by the labels of its lines. */
  readonly values: readonly ReadonlyMap<string, number | null>[];
}

export interface History {
  readonly rows: readonly Row[];
  /** The reading that the next one is compared with. */
  readonly last: Reading | undefined;
}

export const NO_HISTORY: History = { rows: [], last: undefined };

/** Adds a reading; the oldest row goes when there are too many. */
export function withReading({ rows, last }: History, now: Reading): History {
  const values = PANELS.map(({ lines }) => new Map(lines(now, last)));
  return { rows: [...rows.slice(1 - MOST_ROWS), { at: now.at, values }], last: now };
}
