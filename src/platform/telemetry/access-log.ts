// One line for each request: method, route template, status, milliseconds. Never the address, which holds ids.
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

export function installAccessLog(instance: FastifyInstance, logger: Logger): void {
  instance.addHook('onResponse', (request, reply, done) => {
    logger.info({
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    });
    done();
  });
}
