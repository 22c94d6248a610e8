// Turns every error into an RFC 9457 problem document. A 5xx shows nothing internal.
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Logger,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, type ErrorDetails, type FieldError } from './app-error.js';
import { fromDatabaseError } from './database-errors.js';
import { problemLink, problemType } from './error-registry.js';
import { AccessErrors, RequestErrors, ServerErrors } from './platform.errors.js';
import type { ProblemAdditions } from './problem-additions.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the door, for a route whose problems have more than others. */
    problemAdditions?: ProblemAdditions | undefined;
    /** Set by the door, for a route that says with a 401 where to get a token. */
    challenge?: string | undefined;
    /** The code of the problem that the request was answered with. */
    problemCode?: string;
  }
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.send(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also handles errors before Nest is reached, such as a malformed URL. */
  send(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const known = toAppError(error);
    request.problemCode = known.code;
    if (known.definition.status >= 500) this.log(error, known, request.id);
    if (known.details.retryAfter !== undefined)
      void reply.header('retry-after', String(known.details.retryAfter));
    if (known.definition.status === 401)
      void reply.header('www-authenticate', request.challenge ?? 'Bearer');
    const { status } = known.definition;
    const { problemAdditions: additions } = request;
    for (const [name, value] of Object.entries(additions?.headers(known) ?? {}))
      void reply.header(name, value);
    const problem = problemDocument(known, request);
    void reply
      .status(status)
      .header('content-type', 'application/problem+json')
      .header('link', problemLink(known.code))
      .send(JSON.stringify({ ...problem, ...additions?.members(problem) }));
  }

  /** Logs faults with their stack, but not answers that refuse a request on purpose. */
  private log(error: unknown, known: AppError, requestId: string): void {
    const { cause, retryAfter } = known.details;
    const isDecided = retryAfter !== undefined || known.definition.isRefusal === true;
    if (error === known && cause === undefined && isDecided)
      this.logger.log({ msg: known.message, requestId, code: known.code });
    else this.logger.error({ err: cause ?? error, requestId, code: known.code });
  }
}

/** The answer lists at most this many wrong fields. */
const MAX_FIELD_ERRORS = 20;
/** Bounds each text of the answer: a name that it repeats may have millions of characters. */
const MAX_TEXT_LENGTH = 2_000;

const shortened = (text: string): string =>
  text.length > MAX_TEXT_LENGTH
    ? `${text.slice(0, MAX_TEXT_LENGTH).replace(/[\ud800-\udbff]$/, '')}…`
    : text;
const shortenedError = ({ pointer, message }: FieldError): FieldError => ({
  pointer: shortened(pointer),
  message: shortened(message),
});

export function problemDocument(
  error: AppError,
  request: { id: string; url: string },
): Record<string, unknown> {
  return {
    type: problemType(error.code),
    title: error.definition.title,
    status: error.definition.status,
    ...(error.details.detail === undefined ? {} : { detail: shortened(error.details.detail) }),
    code: error.code,
    instance: request.url.split('?', 1)[0],
    requestId: request.id,
    ...(error.details.errors
      ? { errors: error.details.errors.slice(0, MAX_FIELD_ERRORS).map(shortenedError) }
      : {}),
    ...error.details.extra,
  };
}

/** Converts any error to one of the registry. An unexpected one becomes `server.internal`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const fromTransport = fromStatus(transportStatus(error), error);
  return fromTransport ?? fromDatabaseError(error) ?? ServerErrors.internal({ cause: error });
}

function transportStatus(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
  return typeof code === 'string' && code.startsWith('FST_') && typeof statusCode === 'number'
    ? statusCode
    : undefined;
}

const byStatus = new Map<number, (details: ErrorDetails) => AppError>([
  [401, AccessErrors.unauthenticated],
  [403, AccessErrors.forbidden],
  [404, RequestErrors.routeNotFound],
  [413, RequestErrors.tooLarge],
  [414, RequestErrors.uriTooLong],
  [415, RequestErrors.unsupportedMediaType],
  [503, ServerErrors.unavailable],
]);

function fromStatus(status: number | undefined, cause: unknown): AppError | null {
  if (status === undefined) return null;
  const exact = byStatus.get(status);
  if (exact) return exact({ cause });
  return status < 500 ? RequestErrors.malformed({ cause }) : null;
}
