// What a handler returns when its answer is more than a body. ResponseInterceptor writes it to the
// reply.
import { AsyncResource } from 'node:async_hooks';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../list/page.js';
import { EventStream } from './event-stream.js';

/** Response headers by lower-case name. */
export type AnswerHeaders = Readonly<Record<string, string>>;

export interface AnswerOptions {
  /** The status; by default the one the route declares. */
  status?: number | undefined;
  headers?: AnswerHeaders;
}

export class Answer<T> {
  readonly status: number | undefined;
  readonly headers: AnswerHeaders;

  constructor(
    readonly body: T,
    { status, headers = {} }: AnswerOptions = {},
  ) {
    this.status = status;
    this.headers = headers;
  }

  /** Wraps a handler's result unless it is an Answer already. */
  static of(result: unknown): Answer<unknown> {
    return result instanceof Answer ? result : new Answer(result);
  }
}

/** A page whose answer links the next one. */
class PageAnswer<T> extends Answer<Page<T>> {}

/**
 * An answer with the ETag of its state. A GET with a matching If-None-Match gets 304 without a
 * body.
 */
export const withEtag = <T>(body: T, etag: string) => new Answer(body, { headers: { etag } });

/** The answer of a POST that made a resource. @param location its path */
export const created = <T>(body: T, etag: string, location: string) =>
  new Answer(body, { headers: { location, etag } });

/** Adds `Link: <...>; rel="next"` (RFC 8288) when there is a next page. */
export const paged = <T>(page: Page<T>): Answer<Page<T>> => new PageAnswer(page);

/** Tells a client that its `Idempotency-Key` was used before, and nothing was done again. */
export const REPLAYED: AnswerHeaders = { 'idempotent-replayed': 'true' };

/** @param isReplayed true when the request was done before, and nothing was done now */
export const answered = <T>(body: T, isReplayed: boolean): Answer<T> =>
  new Answer(body, isReplayed ? { headers: REPLAYED } : {});

/** Sends JSON text as it is. Parsing and writing it again might change its bytes. */
export const jsonText = (text: string) =>
  new Answer(text, { headers: { 'content-type': 'application/json; charset=utf-8' } });

export const JSON_LINES = 'application/x-ndjson';

/**
 * Streams lines as fast as the client reads them. Each is made in the context of the request,
 * whoever reads it; an error in the middle ends the connection.
 */
export function jsonLines(lines: AsyncGenerator<string>): Answer<Readable> {
  const next = AsyncResource.bind(() => lines.next());
  const leave = AsyncResource.bind(() => lines.return(undefined));
  const bound = { [Symbol.asyncIterator]: () => ({ next, return: leave }) };
  const headers = { 'content-type': `${JSON_LINES}; charset=utf-8` };
  return new Answer(Readable.from(bound, { objectMode: false }), { headers });
}

export const EVENT_STREAM = 'text/event-stream';

/**
 * Streams Server-Sent Events. No proxy may hold them back.
 * @param left called when the stream ends, and at once when the client goes away
 */
export const eventStream = (
  events: AsyncGenerator<string>,
  headers: AnswerHeaders = {},
  left = () => {},
): Answer<EventStream> =>
  new Answer(new EventStream(events, left), {
    headers: {
      ...headers,
      'content-type': `${EVENT_STREAM}; charset=utf-8`,
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    },
  });

/** Writes status and headers to the reply. @returns the body to send */
export function writeAnswer(
  answer: Answer<unknown>,
  request: FastifyRequest,
  reply: FastifyReply,
): unknown {
  const { body, status, headers } = answer;
  void reply.headers(headers);
  if (status !== undefined) void reply.status(status);
  if (body instanceof EventStream) {
    // A HEAD has the head only.
    if (request.method === 'HEAD') body.close();
    else body.send(reply, status ?? 200);
    return undefined;
  }
  if (answer instanceof PageAnswer) linkNext(answer.body as Page<unknown>, request, reply);
  if (!isKnownState(headers.etag, request)) return body;
  void reply.status(304);
  return undefined;
}

function isKnownState(etag: string | undefined, { method, headers }: FastifyRequest): boolean {
  const known = headers['if-none-match'];
  if (etag === undefined || known === undefined || method !== 'GET') return false;
  const tags = known.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

function linkNext({ nextCursor }: Page<unknown>, request: FastifyRequest, reply: FastifyReply) {
  if (nextCursor === null) return;
  const [path, ...query] = request.url.split('?');
  // A query may contain another question mark.
  const parameters = new URLSearchParams(query.join('?'));
  parameters.set('cursor', nextCursor);
  parameters.delete('offset');
  void reply.header('link', `<${path}?${parameters.toString()}>; rel="next"`);
}
