// Routes of the documentation. They are Fastify's own, because controllers are for the API.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RequestErrors } from '../platform/errors/index.js';
import { sendPrepared } from '../platform/http/index.js';
import { type Limit, RateLimiter } from '../platform/rate-limit/index.js';
import type { Documentation } from './documentation.js';
import { HTML } from './layout.js';
import { movedTo } from './reference.js';

/** Searches an address may make in a minute. They need no key, and each takes milliseconds of CPU. */
const SEARCHES_OF_ADDRESS: Limit = { name: 'docs-search', limit: 60, ttl: 60_000 };

const PATHS = ['/docs', '/docs.md', '/docs/api', '/docs/*', '/llms.txt', '/llms-full.txt'];

export function serveDocumentation(app: NestFastifyApplication): void {
  const instance = app.getHttpAdapter().getInstance();
  let loading: Promise<Documentation> | undefined;
  const load = () => {
    loading ??= loadDocumentation().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  const searches = new RateLimiter(SEARCHES_OF_ADDRESS, undefined);
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const [path] = request.url.split('?', 1) as [string];
    const documentation = await load();
    const prepared = await documentation.at(path);
    if (prepared) return sendPrepared(request, reply, prepared);
    const moved = movedTo(path) ?? withoutSlash(path);
    if (moved !== undefined) return reply.redirect(moved, 301);
    return refuse(request, reply, documentation);
  };
  for (const path of PATHS) instance.get(path, answer);
  instance.get('/docs/search', async ({ query, ip }, reply) => {
    const { hits } = searches.hit(ip);
    if (hits > SEARCHES_OF_ADDRESS.limit)
      throw RequestErrors.rateLimited({ retryAfter: searches.secondsLeft(ip) });
    const { q } = query as { q?: unknown };
    const asked = [q].flat()[0];
    const documentation = await load();
    const page = await documentation.searchPage(typeof asked === 'string' ? asked : '');
    return reply.type(HTML).send(page);
  });
}

/** Loads the code with the first request: it renders Markdown and searches. */
async function loadDocumentation(): Promise<Documentation> {
  const { Documentation } = await import('./documentation.js');
  return Documentation.load();
}

const withoutSlash = (path: string): string | undefined =>
  /^\/docs(\/[\w.-]+){0,2}\/$/.test(path) ? path.slice(0, -1) : undefined;

/** A page for browsers, and the usual problem for everything else. */
function refuse(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  documentation: Documentation,
): FastifyReply {
  if (!headers.accept?.includes('text/html')) throw RequestErrors.routeNotFound();
  return reply.status(404).type(HTML).send(documentation.notFoundPage());
}
