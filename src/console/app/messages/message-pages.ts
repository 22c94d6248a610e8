// Finds the requests for a range of messages. A message is named by its place in the path; the
// first has place 0.

export const PAGE_SIZE = 100;
/** The largest offset that the API takes. */
export const MAX_OFFSET = 10_000;

/** The path that is shown. */
export interface PathShape {
  /** Number of its messages. */
  readonly total: number;
  /** Whether the message at place `i` has the number `i + 1`, as without branches. */
  readonly isLinear: boolean;
}

export interface PageRequest {
  readonly query: {
    readonly sort: ['seq' | '-seq'];
    readonly limit: number;
    readonly offset?: number;
    readonly afterSeq?: number;
  };
  /** The place of the first message, once they are in the order of the path. */
  readonly first: number;
  readonly isReversed: boolean;
}

/**
 * A page that has the message at a place.
 * @param place of the first message that is missing; pages end at multiples of their size
 * @returns null in the middle of a path with branches and over 20,000 messages
 */
export function pageFrom(place: number, { total, isLinear }: PathShape): PageRequest | null {
  const end = Math.min((Math.floor(place / PAGE_SIZE) + 1) * PAGE_SIZE, total);
  const limit = end - place;
  const forward = { first: place, isReversed: false };
  if (isLinear) return { query: { sort: ['seq'], limit, afterSeq: place }, ...forward };
  if (place <= MAX_OFFSET) return { query: { sort: ['seq'], limit, offset: place }, ...forward };
  const offset = total - end;
  if (offset > MAX_OFFSET) return null;
  return { query: { sort: ['-seq'], limit, offset }, first: place, isReversed: true };
}

/** Where pages have to begin, so that all places from `first` to `last` are there. */
export function missingPages(
  has: (place: number) => boolean,
  first: number,
  last: number,
): number[] {
  const starts: number[] = [];
  for (let place = first; place <= last; place++) {
    if (has(place)) continue;
    const begin = Math.floor(place / PAGE_SIZE) * PAGE_SIZE;
    let start = begin;
    while (has(start)) start++;
    starts.push(start);
    place = begin + PAGE_SIZE - 1;
  }
  return starts;
}
