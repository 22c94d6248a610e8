// Conditional requests (RFC 9110): an ETag for each state of a resource, If-None-Match on reads, If-Match on edits.
import { createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import type { FastifyRequest } from 'fastify';
import { RequestErrors } from '../errors/index.js';

/** `version` counts edits; `state` is what else changes the representation, such as the last message's number. */
export const etagOf = (version: number, state?: number): string =>
  state === undefined ? `"${version}"` : `"${version}.${state}"`;

/** What an edit of another version is answered with: the version by now. @param etag of it, where that says more */
export const versionChanged = (version: number, etag = etagOf(version)) =>
  RequestErrors.preconditionFailed({ extra: { version, etag } });

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

const readIfMatch = (_: unknown, context: ExecutionContext) =>
  expectedVersion(context.switchToHttp().getRequest<FastifyRequest>());

/** The parameter of a handler that `expectedVersion` describes. */
export const IfMatch = createParamDecorator(readIfMatch);

/** Whether the handler has an `@IfMatch()` parameter. */
export function takesIfMatch(controller: Type, method: string): boolean {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) as
    Record<string, { factory?: unknown }> | undefined;
  return Object.values(parameters ?? {}).some(({ factory }) => factory === readIfMatch);
}
