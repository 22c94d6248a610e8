import type { FastifyRequest } from 'fastify';

/** A host name or an address, and a port. `URL` takes hosts with quotation marks, too. */
const HOST = /^[A-Za-z0-9.:[\]-]{1,255}$/;

/**
 * The origin at which a client reached this service, such as `https://memory.example.com`. Undefined
 * when what the client says of it is no host: it may be any text.
 */
export function ownOrigin({ protocol, host }: FastifyRequest): string | undefined {
  const url = `${protocol}://${host}`;
  return HOST.test(host) && URL.canParse(url) ? new URL(url).origin : undefined;
}
