// Cursor pages: `{data, nextCursor}` and a Link header. How a cursor is made: platform/list/cursors.ts.
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
  /** How many there are in all, when that was asked. */
  total?: number;
}

export const PAGE_LIMIT = { min: 1, max: 100, default: 20 } as const;
/** The longest holds a title of 500 characters. */
export const CURSOR_MAX_LENGTH = 5_000;

/** Adds `Link: <...>; rel="next"` (RFC 8288) when there is a next page. */
export function linkNext<T>(page: Page<T>, request: FastifyRequest, reply: FastifyReply): Page<T> {
  if (page.nextCursor === null) return page;
  const [path, ...query] = request.url.split('?');
  // A question mark may stand in a query too.
  const parameters = new URLSearchParams(query.join('?'));
  parameters.set('cursor', page.nextCursor);
  parameters.delete('offset');
  void reply.header('link', `<${path}?${parameters.toString()}>; rel="next"`);
  return page;
}
