// Logs one line per request: key, method, route template, status, milliseconds. Never the path,
// because it contains ids.
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

export function installAccessLog(instance: FastifyInstance, logger: Logger): void {
  instance.addHook('onResponse', (request, reply, done) => {
    const { context } = request;
    logger.info({
      requestId: request.id,
      // `requestId` is the client's own id here. Also log our id, which the audit log has: a client
      // cannot choose it.
      ...(context?.clientRequestId !== undefined && { ownRequestId: context.requestId }),
      ...(context?.principal && { keyId: context.principal.credentialId }),
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    });
    done();
  });
}
