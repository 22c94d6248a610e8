// Reads the body of a search.
import type { FieldError } from '../../platform/errors/index.js';
import {
  isBoundedObject,
  isPlainObject,
  isUuid,
  parseTime,
  pointerToken,
} from '../../platform/input/index.js';
import { PAGE_LIMIT } from '../../platform/list/index.js';
import { MEMORY_KINDS } from '../memory.entity.js';
import { isText, MAX_FIELD_ERRORS, MEMORY_LIMITS, invalidBody } from '../writes/memory-input.js';
import { type AsOf, AS_OF_MESSAGE, readAsOf } from '../as-of.js';
import type { MemoryFilter } from './memory-filter.js';

export const SEARCH_TARGETS = ['memories', 'messages'] as const;
export type SearchTarget = (typeof SEARCH_TARGETS)[number];

export const SEARCH_LIMITS = { queryLength: 2_000, neighbours: 5 } as const;

export interface SearchRequest {
  query: string;
  limit: number;
  in: SearchTarget[];
  filter: MemoryFilter | null;
  asOf: AsOf | undefined;
  explain: boolean;
  /** How many texts before and after each hit are returned. */
  neighbours: number;
}

interface FieldReader<T> {
  read: (value: unknown) => T | undefined;
  message: string;
}

const whole = (min: number, max: number): FieldReader<number> => ({
  read: (value) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? (value as number)
      : undefined,
  message: `must be a whole number from ${min} to ${max}`,
});
const listOf = <T extends string>(values: readonly T[]): FieldReader<T[]> => ({
  read: (value) => {
    const given = Array.isArray(value) ? (value as unknown[]) : [value];
    return given.length > 0 &&
      given.length <= 100 &&
      given.every((one) => values.includes(one as T))
      ? [...new Set(given as T[])]
      : undefined;
  },
  message: `must be one or several of ${values.join(', ')}`,
});
const time: FieldReader<string> = {
  read: (value) => parseTime(value) ?? undefined,
  message: 'must be an RFC 3339 time with a time zone',
};

const FIELDS: Record<Exclude<keyof SearchRequest, 'filter'>, FieldReader<unknown>> = {
  query: {
    read: (value) => (isText(value, SEARCH_LIMITS.queryLength) ? value : undefined),
    message: `must be a text of 1 to ${SEARCH_LIMITS.queryLength} characters`,
  },
  limit: whole(PAGE_LIMIT.min, PAGE_LIMIT.max),
  in: listOf(SEARCH_TARGETS),
  asOf: {
    read: (value) => readAsOf(value) ?? undefined,
    message: AS_OF_MESSAGE,
  },
  explain: {
    read: (value) => (typeof value === 'boolean' ? value : undefined),
    message: 'must be true or false',
  },
  neighbours: whole(0, SEARCH_LIMITS.neighbours),
};

const nullable = <T>({ read, message }: FieldReader<T>): FieldReader<T | null> => ({
  read: (value) => (value === null ? null : read(value)),
  message: `${message}, or null`,
});

const FILTERS: Record<
  Exclude<keyof MemoryFilter, 'usableIn' | 'usableBy'>,
  FieldReader<unknown>
> = {
  kind: listOf(MEMORY_KINDS),
  tags: {
    read: (value) =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.length <= MEMORY_LIMITS.tags &&
      value.every((tag) => isText(tag, MEMORY_LIMITS.tagLength))
        ? value
        : undefined,
    message: `must be 1 to ${MEMORY_LIMITS.tags} texts of 1 to ${MEMORY_LIMITS.tagLength} characters`,
  },
  agentId: nullable({
    read: (value) => (isText(value, MEMORY_LIMITS.agentIdLength) ? value : undefined),
    message: `must be a text of 1 to ${MEMORY_LIMITS.agentIdLength} characters`,
  }),
  conversationId: nullable({
    read: (value) => (typeof value === 'string' && isUuid(value) ? value.toLowerCase() : undefined),
    message: 'must be a UUID',
  }),
  metadata: {
    read: (value) => (isBoundedObject(value) ? value : undefined),
    message: 'must be a JSON object',
  },
  from: time,
  to: time,
  minImportance: {
    read: (value) => (typeof value === 'number' && value >= 0 && value <= 1 ? value : undefined),
    message: 'must be a number from 0 to 1',
  },
};

/** @throws AppError `request.invalid_body` with a pointer for each invalid field */
export function parseSearch(body: unknown): SearchRequest {
  if (!isPlainObject(body)) throw invalidBody([{ pointer: '', message: 'must be a JSON object' }]);
  const errors: FieldError[] = [];
  const { filter, ...rest } = body;
  const given = readBy(FIELDS, rest, '', errors) as Partial<SearchRequest>;
  const narrowed =
    filter === undefined || filter === null ? null : readBy(FILTERS, filter, '/filter', errors);
  if (given.query === undefined && errors.every(({ pointer }) => pointer !== '/query'))
    errors.push({ pointer: '/query', message: FIELDS.query.message });
  if (errors.length > 0) throw invalidBody(errors);
  return {
    query: given.query!,
    limit: given.limit ?? 10,
    in: given.in ?? ['memories'],
    filter: narrowed && Object.keys(narrowed).length > 0 ? narrowed : null,
    asOf: given.asOf,
    explain: given.explain ?? false,
    neighbours: given.neighbours ?? 0,
  };
}

function readBy(
  rules: Record<string, FieldReader<unknown>>,
  value: unknown,
  path: string,
  errors: FieldError[],
): Record<string, unknown> {
  if (!isPlainObject(value))
    return (errors.push({ pointer: path, message: 'must be a JSON object' }), {});
  const read: Record<string, unknown> = {};
  for (const field in value) {
    if (errors.length >= MAX_FIELD_ERRORS) break;
    const given = value[field];
    const rule = Object.hasOwn(rules, field) ? rules[field] : undefined;
    const pointer = `${path}/${pointerToken(field)}`;
    if (!rule) errors.push({ pointer, message: 'is not a known field' });
    else if (given !== undefined && (given !== null || rule.read(null) === null)) {
      const result = rule.read(given);
      if (result === undefined) errors.push({ pointer, message: rule.message });
      else read[field] = result;
    }
  }
  return read;
}
