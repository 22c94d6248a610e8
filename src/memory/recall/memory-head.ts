// The counters of a user's memory head: they tell how far the user's memories have come. Statements
// select them beside the rows that they read.

export interface MemoryCounters {
  revision: number;
  purged: number;
  embedded: number;
}

/** Named so that no column of a memory has the same name. */
export const MEMORY_HEAD = `h.revision as "headRevision", h.purged as "headPurged", h.embedded as "headEmbedded"`;

export interface HeadColumns {
  headRevision: number;
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
  headPurged: purged,
  headEmbedded: embedded,
}: HeadColumns): MemoryCounters => ({ revision, purged, embedded });
