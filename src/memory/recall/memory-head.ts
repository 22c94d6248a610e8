// The counters of a user's memory head: they tell how far the user's memories have come. Statements
// select them beside the rows that they read.

export interface MemoryCounters {
  revision: number;
  /** The time of the last write, in milliseconds since 1970. */
  moment: number;
  purged: number;
  embedded: number;
}

/** Named so that no column of a memory has the same name. */
export const MEMORY_HEAD = `h.revision as "headRevision",
  (extract(epoch from h.moment) * 1000)::float8 as "headMoment", h.purged as "headPurged", h.embedded as "headEmbedded"`;

export interface HeadColumns {
  headRevision: number;
  headMoment: number;
  headPurged: number;
  headEmbedded: number;
}

/** A row with the counters; without an id when there is no row. */
export type WithHead<Row> = HeadColumns & (Row | { id: null });

/** Takes rows apart. Returns null when the user never had a memory. */
export function separateHead<R extends { id: string }>(
  rows: WithHead<R>[],
): { head: MemoryCounters; memories: R[] } | null {
  const [first] = rows;
  if (!first) return null;
  return {
    head: toCounters(first),
    memories: rows.filter(({ id }) => id !== null) as unknown as R[],
  };
}

export const toCounters = ({
  headRevision: revision,
  headMoment: moment,
  headPurged: purged,
  headEmbedded: embedded,
}: HeadColumns): MemoryCounters => ({ revision, moment, purged, embedded });

/**
 * Tells whether the memories are shown as they were. A write changes the revision, and a removal
 * without a trace the count of purges. Both may come again in a database that was restored: the time
 * does not.
 */
export const isSameState = (a: MemoryCounters, b: MemoryCounters): boolean =>
  a.revision === b.revision && a.moment === b.moment && a.purged === b.purged;
