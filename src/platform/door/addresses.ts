// The client address that rate limits count by.
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

/** Groups of an IPv6 address: a provider gives a customer at least a /64. */
const IPV6_PREFIX_PARTS = 4;

/**
 * Gives an IPv4 address, or the /64 of an IPv6 one. With `TRUST_PROXY` the address is the proxy's
 * word, else the socket's.
 */
export function limitedAddress(request: FastifyRequest): string {
  const text = request.ip;
  if (!ipaddr.isValid(text)) return 'unknown';
  const address = ipaddr.process(text);
  return address instanceof ipaddr.IPv6
    ? address.parts.slice(0, IPV6_PREFIX_PARTS).join(':')
    : address.toString();
}
