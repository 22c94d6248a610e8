// Converts the body of a search: defaults, and values in one form.
import { isDay, parseTime } from '../../platform/input/index.js';
import { readFilter } from '../../platform/list/index.js';
import { type AsOf, readAsOf } from '../as-of.js';
import type { SearchMatch, SearchMemoriesDto, SearchTarget } from '../dto/search-body.dto.js';
import { startOfDay } from '../search/local-time.js';
import { MEMORY_FILTER, type MemoryFilter } from './memory-filter.js';

export interface SearchRequest {
  query: string;
  /** Whether a hit has some of the words, or all of them. */
  match: SearchMatch;
  /** The last word is the beginning of a word. */
  prefix: boolean;
  limit: number;
  in: SearchTarget[];
  filter: MemoryFilter | null;
  /** Ranks only the messages of this conversation. The filter must name it, too. */
  group?: string | undefined;
  asOf: AsOf | undefined;
  explain: boolean;
  /** How many texts before and after each hit are returned. */
  neighbours: number;
  /** IANA name of the time zone of dates in the query; UTC without it. */
  timeZone?: string | undefined;
}

export const toSearchRequest = (asked: SearchMemoriesDto): SearchRequest => ({
  query: asked.query,
  match: asked.match ?? 'any',
  prefix: asked.prefix ?? false,
  limit: asked.limit ?? 10,
  in: listOf(asked.in) ?? ['memories'],
  filter: toFilter(asked),
  asOf: readAsOf(asked.asOf) ?? undefined,
  explain: asked.explain ?? false,
  neighbours: asked.neighbours ?? 0,
  timeZone: asked.timeZone ?? undefined,
});

const listOf = <T>(value: T | T[] | null | undefined): T[] | undefined =>
  value === null || value === undefined ? undefined : [...new Set([value].flat() as T[])];

/** Reads dates as the beginning of the day in the time zone of the search. */
function toFilter({ filter, timeZone }: SearchMemoriesDto): MemoryFilter | null {
  if (!filter) return null;
  const readTime = (value: unknown) =>
    typeof value === 'string' && isDay(value)
      ? startOfDay(value, timeZone ?? 'UTC')
      : parseTime(value);
  const asked = readFilter(MEMORY_FILTER, filter, readTime).filter;
  return 'all' in asked && asked.all.length === 0 ? null : { asked };
}
