// Cursor pages: `{data, nextCursor}` and a Link header. A cursor is opaque to clients and checked like any input.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestErrors } from '../errors/index.js';

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

export const PAGE_LIMIT = { min: 1, max: 100, default: 20 } as const;
export const CURSOR_MAX_LENGTH = 500;

export function encodeCursor(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

type Check<T> = (value: unknown) => value is T;

/** @throws AppError `request.invalid_query` for anything `encodeCursor` did not make for this list. */
export function decodeCursor<T extends unknown[]>(cursor: string, ...checks: { [K in keyof T]: Check<T[K]> }): T {
  const values = parse(cursor);
  if (Array.isArray(values) && values.length === checks.length && checks.every((check, i) => (check)(values[i]))) return values as T;
  throw RequestErrors.invalidQuery({ errors: [{ pointer: '?cursor', message: 'is not a cursor of this list' }] });
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
/** A moment that exists in both calendars: JavaScript rolls 30 February over and knows a year 0, PostgreSQL refuses both. */
export function isTimestamp(value: unknown): value is string {
  if (typeof value !== 'string' || !TIMESTAMP.test(value) || value.startsWith('0000')) return false;
  const time = new Date(value);
  return !Number.isNaN(time.getTime()) && time.toISOString() === value;
}
export const isSeq = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 2_147_483_647;

/** Cuts a result that was read with `limit + 1` rows, and says where the next page begins. */
export function pageOf<R, T>(rows: R[], limit: number, toItem: (row: R) => T, cursorOf: (row: R) => readonly (string | number)[]): Page<T> {
  const more = rows.length > limit;
  const kept = more ? rows.slice(0, limit) : rows;
  return { data: kept.map(toItem), nextCursor: more ? encodeCursor(cursorOf(kept[limit - 1]!)) : null };
}

/** Adds `Link: <...>; rel="next"` (RFC 8288) when there is a next page. */
export function linkNext<T>(page: Page<T>, request: FastifyRequest, reply: FastifyReply): Page<T> {
  if (page.nextCursor === null) return page;
  const [path, ...query] = request.url.split('?');
  // A question mark may stand in a query too.
  const parameters = new URLSearchParams(query.join('?'));
  parameters.set('cursor', page.nextCursor);
  void reply.header('link', `<${path}?${parameters.toString()}>; rel="next"`);
  return page;
}
