// Reads `If-Match` (RFC 9110), by which an edit says which version it was made from.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RequestErrors } from '../errors/index.js';

/**
 * Reads the version that an edit requires; undefined without `If-Match`. Only the version part of
 * the tag counts, so messages that arrived in between do not fail an edit.
 * @throws AppError `request.precondition_failed` when the tag has not the form of ours
 */
export function expectedVersion(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') return undefined;
  const match = /^"(\d{1,9})(?:\.\d{1,10})?"$/.exec(header.trim());
  if (!match) throw RequestErrors.preconditionFailed();
  return Number(match[1]);
}

/** A handler's parameter: the result of `expectedVersion`. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext) =>
  expectedVersion(context.switchToHttp().getRequest<FastifyRequest>()),
);
