// Reads `If-Match` (RFC 9110), by which an edit says which version it was made from.
import { createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
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
  const match = /^"(\d{1,9})(?:\.\d{1,10}){0,2}"$/.exec(header.trim());
  if (!match)
    throw RequestErrors.preconditionFailed({
      detail: 'If-Match takes an ETag as an answer had it, in double quotes: "1".',
    });
  return Number(match[1]);
}

const readIfMatch = (_: unknown, context: ExecutionContext) =>
  expectedVersion(context.switchToHttp().getRequest<FastifyRequest>());

/** A handler's parameter: the result of `expectedVersion`. */
export const IfMatch = createParamDecorator(readIfMatch);

/** Whether the handler has an `@IfMatch()` parameter. */
export function takesIfMatch(controller: Type, method: string): boolean {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) as
    Record<string, { factory?: unknown }> | undefined;
  return Object.values(parameters ?? {}).some(({ factory }) => factory === readIfMatch);
}
