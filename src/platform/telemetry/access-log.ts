// Logs one line per request: key, method, route template, status, code of a problem, milliseconds.
// Never the path, because it contains ids. A stream or WebSocket is logged when it ends. Status 499: the
// client left before an answer.
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { onRequestEnd } from './request-end.js';
import './tracing/request-spans.js';

export function installAccessLog(instance: FastifyInstance, logger: Logger): void {
  onRequestEnd(instance, (request, reply, status) => {
    const { context } = request;
    logger.info({
      requestId: request.id,
      // `requestId` is the client's own id here. Also log our id, which the audit log has: a client
      // cannot choose it.
      ...(context?.clientRequestId !== undefined && { ownRequestId: context.requestId }),
      ...(context?.principal && { keyId: context.principal.credentialId }),
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status,
      ...(request.problemCode !== undefined && { code: request.problemCode }),
      ...(request.span?.isRecorded && { traceId: request.span.traceId }),
      ms: Math.round(reply.elapsedTime * 10) / 10,
    });
  });
}
