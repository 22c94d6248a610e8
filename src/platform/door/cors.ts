// Which pages may call the API from a browser: those of the origins that are named, and by default none.
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const EXPOSED_HEADERS = [
  'ETag',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Request-Id',
];
const PREFLIGHT_SECONDS = 600;

export function allowOrigins(app: NestFastifyApplication, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  app.enableCors({
    // Any other origin is answered as if this were not there: its preflight is an unknown route.
    origin: (origin: string | undefined, decide: (error: Error | null, allow: boolean) => void) =>
      decide(null, origin !== undefined && allowed.has(origin)),
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
  });
}
