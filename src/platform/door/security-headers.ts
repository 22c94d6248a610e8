// The security headers of answers, from @fastify/helmet. They are made once, because they are the
// same on every answer.
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import { fastify } from 'fastify';

export type Headers = Readonly<Record<string, string>>;

export interface SecurityHeaders {
  /** For JSON. Browsers load nothing from it, and no page may frame it. */
  answers: Headers;
  /** For pages of the documentation: one stylesheet, no scripts. */
  pages: Headers;
  /** For the API reference, with its own scripts and styles. */
  reference: Headers;
  /** For the console: scripts and styles come from files of this host, and data from it only. */
  console: Headers;
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

const pagesWith = (directives: Record<string, string[]>): FastifyHelmetOptions => ({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      baseUri: ["'none'"],
      // The search.
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      ...directives,
    },
  },
  frameguard: { action: 'deny' },
  hsts: HSTS,
});

const PAGES = pagesWith({});
const REFERENCE = pagesWith({
  scriptSrc: ["'self'"],
  // Swagger UI writes its styles into the page.
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
});

const CONSOLE = pagesWith({
  scriptSrc: ["'self'"],
  connectSrc: ["'self'"],
  formAction: ["'none'"],
  // What a text could become code by, in browsers that know these two.
  requireTrustedTypesFor: ["'script'"],
  trustedTypes: ["'none'"],
});

const UNCACHED = { 'cache-control': 'no-store' };
/** Made once for all applications of the process. */
let made: Promise<Headers[]> | undefined;

export async function securityHeaders(): Promise<SecurityHeaders> {
  made ??= Promise.all([ANSWERS, PAGES, REFERENCE, CONSOLE].map(renderHeaders));
  const [answers, pages, reference, console] = await made;
  return {
    answers: { ...answers, ...UNCACHED },
    pages: { ...pages, ...UNCACHED },
    reference: { ...reference, ...UNCACHED },
    console: console!,
  };
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
