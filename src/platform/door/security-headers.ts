// The security headers of answers, from @fastify/helmet. They are made once, because they are the
// same on every answer.
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import { fastify } from 'fastify';

export type Headers = Readonly<Record<string, string>>;

export interface SecurityHeaders {
  /** For JSON. Browsers load nothing from it, and no page may frame it. */
  answers: Headers;
  /** For the API's page, with its own scripts and styles. */
  pages: Headers;
}

const HSTS = { maxAge: 31_536_000, includeSubDomains: false };

const ANSWERS: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], frameAncestors: ["'none'"] },
  },
  hsts: HSTS,
  // Off, because they only matter for pages, or repeat the above: each header costs every request.
  crossOriginOpenerPolicy: false,
  crossOriginResourcePolicy: false,
  dnsPrefetchControl: false,
  frameguard: false,
  ieNoOpen: false,
  originAgentCluster: false,
  permittedCrossDomainPolicies: false,
  xssFilter: false,
};

const PAGES: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      // Swagger UI writes its styles into the page.
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  frameguard: { action: 'deny' },
  hsts: HSTS,
};

const UNCACHED = { 'cache-control': 'no-store' };
/** Made once for all applications of the process. */
let made: Promise<[Headers, Headers]> | undefined;

export async function securityHeaders(): Promise<SecurityHeaders> {
  made ??= Promise.all([renderHeaders(ANSWERS), renderHeaders(PAGES)]);
  const [answers, pages] = await made;
  return { answers: { ...answers, ...UNCACHED }, pages: { ...pages, ...UNCACHED } };
}

/** The headers that Helmet adds to an answer. */
async function renderHeaders(options: FastifyHelmetOptions): Promise<Headers> {
  const instance = fastify();
  await instance.register(helmet, options);
  // Not a route, because the scope matrix counts routes.
  instance.setNotFoundHandler((_request, reply) => reply.send(reply.getHeaders()));
  const headers = (await instance.inject('/')).json<Record<string, string>>();
  await instance.close();
  return Object.freeze(headers);
}
