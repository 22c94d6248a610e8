// One span for each request, by method and route template: a path has ids, and a query has values.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestErrors } from '../../errors/index.js';
import { onRequestEnd } from '../request-end.js';
import type { Span, SpanAttributes, Tracer } from './span.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent when there are no traces. */
    span?: Span;
  }
}

/** Methods that the conventions know. A client may send any other word. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** A host name or an address: a client writes the header. */
const HOST = /^[A-Za-z0-9.:[\]-]{1,255}$/;

/** Call it before the door is installed, which refuses requests. A stream's span ends with it. */
export function installRequestSpans(instance: FastifyInstance, tracer: Tracer): void {
  instance.decorateRequest('span', undefined as never);
  instance.addHook('onRequest', (request, _reply, done) => {
    const { url: route } = request.routeOptions;
    const method = METHODS.has(request.method) ? request.method : '_OTHER';
    const verb = method === '_OTHER' ? 'HTTP' : method;
    const name = route === undefined ? verb : `${verb} ${route}`;
    request.span = tracer.root(
      name,
      'server',
      { 'http.request.method': method, 'http.route': route, 'url.scheme': request.protocol },
      request.headers,
    );
    done();
  });
  onRequestEnd(instance, (request, _reply, status) => {
    const { span, problemCode, context } = request;
    if (span?.isRecorded) {
      // A name that is not this server's may say anything.
      if (problemCode !== RequestErrors.misdirected.code) span.set(addressOf(request));
      span.set({
        'http.response.status_code': status,
        'error.type': problemCode,
        'threadkeep.request.id': context?.requestId,
      });
      if (status >= 500) span.fail(problemCode ?? String(status));
    }
    span?.end();
  });
}

function addressOf({ hostname, port }: FastifyRequest): SpanAttributes {
  return {
    ...(HOST.test(hostname) && { 'server.address': hostname }),
    ...(port !== null && { 'server.port': port }),
  };
}
