// Converts the body of a search: defaults, and values in one form.
import { parseTime, sent } from '../../platform/input/index.js';
import { type AsOf, readAsOf } from '../as-of.js';
import type { MemoryFilterDto, SearchMemoriesDto, SearchTarget } from '../dto/search-body.dto.js';
import type { MemoryFilter } from './memory-filter.js';

export interface SearchRequest {
  query: string;
  limit: number;
  in: SearchTarget[];
  filter: MemoryFilter | null;
  asOf: AsOf | undefined;
  explain: boolean;
  /** How many texts before and after each hit are returned. */
  neighbours: number;
  /** IANA name of the time zone of dates in the query; UTC without it. */
  timeZone?: string | undefined;
}

export const toSearchRequest = (asked: SearchMemoriesDto): SearchRequest => ({
  query: asked.query,
  limit: asked.limit ?? 10,
  in: listOf(asked.in) ?? ['memories'],
  filter: asked.filter ? toFilter(asked.filter) : null,
  asOf: readAsOf(asked.asOf) ?? undefined,
  explain: asked.explain ?? false,
  neighbours: asked.neighbours ?? 0,
  timeZone: asked.timeZone ?? undefined,
});

const listOf = <T>(value: T | T[] | null | undefined): T[] | undefined =>
  value === null || value === undefined ? undefined : [...new Set([value].flat() as T[])];

/** Null selects what is for every agent or conversation; in other fields it counts as left out. */
function toFilter(filter: MemoryFilterDto): MemoryFilter | null {
  const { kind, conversationId, from, to, ...given } = sent(filter, ['agentId', 'conversationId']);
  const read: MemoryFilter = {
    ...given,
    ...(kind === undefined ? {} : { kind: listOf(kind)! }),
    ...(conversationId === undefined
      ? {}
      : { conversationId: conversationId?.toLowerCase() ?? null }),
    ...(from === undefined ? {} : { from: parseTime(from)! }),
    ...(to === undefined ? {} : { to: parseTime(to)! }),
  };
  return Object.keys(read).length > 0 ? read : null;
}
