// The console: a page for people who look after the service. Its files are built from `app/` into
// `dist/console`, and are read once, at the start.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Headers } from '../platform/door/index.js';
import { RequestErrors } from '../platform/errors/index.js';
import {
  IMMUTABLE,
  prepareAnswer,
  type PreparedAnswer,
  sendPrepared,
} from '../platform/http/index.js';
import { wantsPage } from './wants-page.js';

/** `dist/console` as seen from `dist/src/console`, and from the sources. */
const BUILT = ['../../console/', '../../dist/console/'].map(
  (path) => new URL(path, import.meta.url),
);
/** The folder of everything but the page itself; the build gives each file the hash of its content. */
const ASSETS = 'console/';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Answers a browser at `/` with the console, and serves its assets below `/console/`. Everybody may
 * load it: it holds no data, and asks for an API key.
 *
 * Each asset is a route of its own, so no path of a request ever becomes the name of a file.
 * Without a build nothing is served.
 * @param headers the security headers of each file
 */
export function serveConsole(instance: FastifyInstance, headers: Headers): void {
  const built = BUILT.find((folder) => existsSync(new URL('index.html', folder)));
  if (built === undefined) return;
  servePage(instance, readFileSync(new URL('index.html', built)), headers);
  const assets = new URL(ASSETS, built);
  for (const name of readdirSync(fileURLToPath(assets))) {
    const type = TYPES[extname(name)];
    if (type === undefined) throw new Error(`The console has a file of an unknown type: ${name}`);
    const answer = prepared(readFileSync(new URL(name, assets)), type, IMMUTABLE);
    instance.get(`/${ASSETS}${name}`, async (request, reply) =>
      sendPrepared(request, reply.headers(headers), await answer()),
    );
  }
}

/**
 * The page names the newest assets, so a browser asks each time whether it has changed. A client that
 * wants something else gets what it got before there was a page: 404.
 */
function servePage(instance: FastifyInstance, bytes: Buffer, headers: Headers): void {
  const all = { ...headers, vary: 'Accept' };
  const answer = prepared(bytes, 'text/html; charset=utf-8');
  instance.get('/', async (request: FastifyRequest, reply: FastifyReply) => {
    if (!wantsPage(request.headers.accept)) throw RequestErrors.routeNotFound();
    return sendPrepared(request, reply.headers(all), await answer());
  });
}

/** Compresses a file when it is first asked for. */
function prepared(...file: Parameters<typeof prepareAnswer>): () => Promise<PreparedAnswer> {
  let answer: Promise<PreparedAnswer> | undefined;
  return () => (answer ??= prepareAnswer(...file));
}
