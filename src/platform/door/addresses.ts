// Which address a request comes from, as far as limits tell addresses apart.
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

/** Bits of an IPv6 address that one customer of a provider has to himself, at the least. */
const IPV6_PREFIX_PARTS = 4;

/** An IPv4 address, or the /64 of an IPv6 one. With `TRUST_PROXY`, what the proxies say; else the socket's. */
export function limitedAddress(request: FastifyRequest): string {
  const text = request.ip;
  if (!ipaddr.isValid(text)) return 'unknown';
  const address = ipaddr.process(text);
  return address instanceof ipaddr.IPv6
    ? address.parts.slice(0, IPV6_PREFIX_PARTS).join(':')
    : address.toString();
}
