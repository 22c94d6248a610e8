// Logs one line per request: key, method, route template, status, milliseconds. Never the path,
// because it contains ids.
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

export function installAccessLog(instance: FastifyInstance, logger: Logger): void {
  instance.addHook('onResponse', (request, reply, done) => {
    const { context } = request;
    logger.info({
      requestId: request.id,
      // The audit log names the request by our own id, which a client cannot choose.
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
