// The Fastify server: its limits, its body parser, and the request context that every request carries.
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { uuidv7 } from 'uuidv7';
import type { Config } from '../config/config.js';
import { RequestContext, type RequestContexts } from '../context/index.js';
import { ProblemFilter, RequestErrors } from '../errors/index.js';
import { answerClientError } from './client-errors.js';
import { closeIdleConnectionsOnStop } from './idle-connections.js';
import { parseJson } from './json-guard.js';

declare module 'fastify' {
  interface FastifyRequest {
    context: RequestContext;
    /** The bytes of a JSON body, for the hash of an idempotent request. */
    rawBody?: Buffer;
  }
}

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

export function createHttpAdapter(config: Config): FastifyAdapter {
  const problems = new ProblemFilter();
  return new FastifyAdapter({
    logger: false,
    // We use no Nest middleware, and the layer for it would run in every request.
    skipMiddie: true,
    bodyLimit: config.maxBodyBytes,
    requestTimeout: requestTimeout(config.maxBodyBytes),
    keepAliveTimeout: 65_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 16_384 },
    genReqId: (request: { headers: Record<string, unknown> }) => requestId(request.headers['x-request-id']),
    routerOptions: { maxParamLength: 300 },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => problems.send(error, request, withCommonHeaders(request, reply)),
  });
}

/**
 * Milliseconds until a request has arrived, or is cut: who sends a byte at a time holds a socket, and soon all of them. Bodies that may be
 * larger than the default get longer, at a megabyte a second.
 */
export const requestTimeout = (maxBodyBytes: number): number => Math.max(12_000, maxBodyBytes / 1_000);

/** A client's own id is taken over, so that its logs and ours can be joined. */
const requestId = (given: unknown): string => (typeof given === 'string' && REQUEST_ID.test(given) ? given : uuidv7());

/** What is recorded has an id of ours, which no client can have chosen. */
function contextOf({ id, headers }: FastifyRequest): RequestContext {
  return headers['x-request-id'] === id ? new RequestContext(uuidv7(), id) : new RequestContext(id);
}

/** On every answer, also where no hook runs because the address cannot be read. */
const withCommonHeaders = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');

/** Call before `app.init()`. */
export function installRequestPipeline(instance: FastifyInstance, contexts: RequestContexts): void {
  closeIdleConnectionsOnStop(instance);
  instance.decorateRequest('context', null as never);
  instance.addHook('onRequest', (request, reply, done) => {
    request.context = contextOf(request);
    withCommonHeaders(request, reply);
    done();
  });
  // Not in onRequest: reading the body goes on in the socket's async context, not in the one opened there.
  instance.addHook('preValidation', (request, _reply, done) => contexts.run(request.context, done));
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser(/^application\/([\w.-]+\+)?json\s*(;.*)?$/i, { parseAs: 'buffer' }, parseBody);
  // Without a body there is nothing to be unsupported; with one, only JSON is.
  instance.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume();
    done(RequestErrors.unsupportedMediaType());
  });
}

function parseBody(request: FastifyRequest, body: string | Buffer, done: (error: Error | null, value?: unknown) => void): void {
  try {
    const bytes = body as Buffer;
    request.rawBody = bytes;
    done(null, bytes.length === 0 ? undefined : parseJson(bytes));
  } catch (error) {
    done(error as Error);
  }
}
