// Conditional requests (RFC 9110): an ETag for each state of a resource, If-None-Match on reads, If-Match on edits.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestErrors } from '../errors/index.js';

/** `version` counts edits; `state` is what else changes the representation, such as the last message's number. */
export const etagOf = (version: number, state?: number): string =>
  state === undefined ? `"${version}"` : `"${version}.${state}"`;

/** What an edit of another version is answered with: the version by now. @param etag of it, where that says more */
export const versionChanged = (version: number, etag = etagOf(version)) =>
  RequestErrors.preconditionFailed({ extra: { version, etag } });

/** Sends the ETag, and 304 without a body when the client has this state already. */
export function withEtag<T>(
  body: T,
  etag: string,
  request: FastifyRequest,
  reply: FastifyReply,
): T | undefined {
  void reply.header('etag', etag);
  const known = request.headers['if-none-match']
    ?.split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  if (request.method !== 'GET' || !known?.some((tag) => tag === etag || tag === '*')) return body;
  void reply.status(304);
  return undefined;
}

/**
 * The version an edit is conditional on, or undefined without `If-Match`. Messages that arrived in between do not fail an
 * edit: only the version part of the tag is compared.
 * @throws AppError `request.precondition_failed` for a tag this server never made.
 */
export function expectedVersion(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') return undefined;
  const match = /^"(\d{1,9})(?:\.\d{1,10})?"$/.exec(header.trim());
  if (!match) throw RequestErrors.preconditionFailed();
  return Number(match[1]);
}
