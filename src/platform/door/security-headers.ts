// The headers that browsers are kept in check by, as @fastify/helmet makes them: once, as they are the same on every answer.
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import { fastify } from 'fastify';

export type Headers = Readonly<Record<string, string>>;

export interface SecurityHeaders {
  /** For JSON, which nothing may be loaded by and nobody may frame. */
  answers: Headers;
  /** For the page of the API, with its own scripts and styles. */
  pages: Headers;
}

const HSTS = { maxAge: 31_536_000, includeSubDomains: false };

const ANSWERS: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], frameAncestors: ["'none'"] },
  },
  hsts: HSTS,
  // What these are about is for pages, or said above; each header costs every request.
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
/** They are the same for every application of the process, and made once. */
let made: Promise<[Headers, Headers]> | undefined;

export async function securityHeaders(): Promise<SecurityHeaders> {
  made ??= Promise.all([headersOf(ANSWERS), headersOf(PAGES)]);
  const [answers, pages] = await made;
  return { answers: { ...answers, ...UNCACHED }, pages: { ...pages, ...UNCACHED } };
}

/** What Helmet adds to an answer. */
async function headersOf(options: FastifyHelmetOptions): Promise<Headers> {
  const instance = fastify();
  await instance.register(helmet, options);
  // No route: that would be one among those of the application to whoever counts them.
  instance.setNotFoundHandler((_request, reply) => reply.send(reply.getHeaders()));
  const headers = (await instance.inject('/')).json<Record<string, string>>();
  await instance.close();
  return Object.freeze(headers);
}
