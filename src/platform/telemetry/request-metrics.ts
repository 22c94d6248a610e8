// Counts requests and measures how long they take, by route template: a path has ids.
import type { FastifyInstance } from 'fastify';
import { Counter, Histogram, type Registry } from 'prom-client';
import { onRequestEnd } from './request-end.js';

/** Upper bounds in seconds, from a read of the cache to a turn of a model. */
const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];
/** For requests that match no route: whoever sends them chooses what they say. */
const NONE = 'none';

/** A stream or WebSocket counts when it ends, with the time that it was open. */
export function installRequestMetrics(instance: FastifyInstance, registry: Registry): void {
  const durations = new Histogram({
    name: 'threadkeep_http_request_seconds',
    help: 'Time from the first byte of a request to the end of its answer.',
    labelNames: ['method', 'route'],
    buckets: SECONDS,
    registers: [registry],
  });
  const requests = new Counter({
    name: 'threadkeep_http_requests_total',
    help: 'Requests that have ended; with status 499, because their client left before an answer.',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });
  const errors = new Counter({
    name: 'threadkeep_http_errors_total',
    help: 'Answers that are a problem, by its code.',
    labelNames: ['code'],
    registers: [registry],
  });
  onRequestEnd(instance, (request, reply, status) => {
    const { url: route } = request.routeOptions;
    const labels = { method: route ? request.method : NONE, route: route ?? NONE };
    durations.observe(labels, reply.elapsedTime / 1_000);
    requests.inc({ ...labels, status });
    if (request.problemCode) errors.inc({ code: request.problemCode });
  });
}
