// The Fastify server and its limits.
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { uuidv7 } from 'uuidv7';
import type { Config } from '../config/config.js';
import type { RequestContext } from '../context/index.js';
import { writeJson } from '../input/exact-json.js';
import { ProblemFilter } from '../errors/index.js';
import { answerClientError } from './client-errors.js';
import { withoutLastSlash } from './dialects.js';
import { routeUpgrades, UpgradableRequest } from './upgrades.js';

declare module 'fastify' {
  interface FastifyRequest {
    context: RequestContext;
    /** The bytes of the JSON body, to hash an idempotent request. */
    rawBody?: Buffer;
  }
}

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** UTF-16 units of a parameter of a path: `key:` and 255 characters, each of which may have two. */
const MAX_PARAMETER_LENGTH = 520;

/** @param headers for answers to requests without a route */
export function createHttpAdapter(
  config: Config,
  headers: Readonly<Record<string, string>>,
): FastifyAdapter {
  const problems = new ProblemFilter();
  const { trustProxy } = config.door;
  const adapter = new FastifyAdapter({
    logger: false,
    // Without Nest middleware, its layer would only cost time in every request.
    skipMiddie: true,
    bodyLimit: config.maxBodyBytes,
    trustProxy:
      typeof trustProxy === 'number'
        ? (_address: string, hop: number) => hop < trustProxy
        : trustProxy && [...trustProxy],
    // The door answers requests during a stop.
    return503OnClosing: false,
    requestTimeout: requestTimeout(config.maxBodyBytes),
    keepAliveTimeout: 65_000,
    http: {
      headersTimeout: 10_000,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 16_384,
      IncomingMessage: UpgradableRequest,
    },
    genReqId: (request: { headers: Record<string, unknown> }) =>
      requestId(request.headers['x-request-id']),
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    rewriteUrl: ({ url = '/' }: { url?: string | undefined }) => withoutLastSlash(url),
    clientErrorHandler: answerClientError,
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      problems.send(error, request, withHeaders(request, reply, headers)),
  });
  adapter.getInstance().setReplySerializer(writeJson);
  routeUpgrades(adapter.getInstance());
  return adapter;
}

/**
 * Milliseconds in which a request must arrive: a client that sends a byte at a time must not hold a
 * socket for long. Bodies larger than the default get more time, at a megabyte a second.
 */
export const requestTimeout = (maxBodyBytes: number): number =>
  Math.max(12_000, Math.ceil(maxBodyBytes / 1_000));

/** Uses the client's own id, so that its logs can be joined with ours. */
const requestId = (given: unknown): string =>
  typeof given === 'string' && REQUEST_ID.test(given) ? given : uuidv7();

/** No hook runs when the URL cannot be read. Closes the connection when a body was announced. */
function withHeaders(
  request: FastifyRequest,
  reply: FastifyReply,
  headers: Readonly<Record<string, string>>,
): FastifyReply {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (length !== '0' || encoding !== undefined) void reply.header('connection', 'close');
  return reply.header('x-request-id', request.id).headers(headers);
}
