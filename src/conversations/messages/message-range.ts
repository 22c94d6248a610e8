// Recognizes list queries for a range of `seq`. Most queries are of this kind, and they have a
// prepared statement of their own.
import type { Filter, FilterTree, ListQuery } from '../../platform/list/index.js';
import { MAX_INTEGER } from '../../platform/input/index.js';

export interface SeqRange {
  /** Exclusive bounds. */
  afterSeq: number;
  beforeSeq: number;
  order: 'asc' | 'desc';
}

/**
 * Returns the range that a query asks for, or null when the query has other filters, sorts or a
 * count.
 */
export function seqRangeOf({ sort, filters, q, offset, count }: ListQuery): SeqRange | null {
  const [first, ...others] = sort;
  const isRange =
    first!.field === 'seq' && others.length === 0 && q === undefined && offset === 0 && !count;
  if (!isRange || !filters.every(isBound)) return null;
  const bounds = (operator: string) =>
    filters.filter((filter) => filter.operator === operator).map(({ value }) => value as number);
  return {
    afterSeq: Math.max(0, ...bounds('gt')),
    beforeSeq: Math.min(MAX_INTEGER, ...bounds('lt')),
    order: first!.descending ? 'desc' : 'asc',
  };
}

const isBound = (filter: FilterTree): filter is Filter =>
  'field' in filter &&
  filter.field === 'seq' &&
  (filter.operator === 'gt' || filter.operator === 'lt');

/** Returns the rest of a range after the page that ended at `position`. */
export function continueAfter(range: SeqRange, position: (string | number)[] | null): SeqRange {
  if (!position) return range;
  const seq = position[0] as number;
  return range.order === 'asc'
    ? { ...range, afterSeq: Math.max(range.afterSeq, seq) }
    : { ...range, beforeSeq: Math.min(range.beforeSeq, seq) };
}
