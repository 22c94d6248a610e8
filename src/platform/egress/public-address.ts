import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An address in a public range that is internal to a cloud: Azure's wire server. */
const INSIDE = new Set(['168.63.129.16']);

/**
 * IPv6 has public addresses in 2000::/3 only. Other ranges wrap IPv4 addresses: compatible, mapped
 * and translated ones.
 */
const isGlobalUnicast = (address: ipaddr.IPv6): boolean => (address.parts[0]! & 0xe000) === 0x2000;

/** @param address as a resolver or a URL writes it, without brackets */
export function isPublicAddress(address: string): boolean {
  if (!isIP(address) || INSIDE.has(address)) return false;
  const parsed = ipaddr.parse(address);
  return parsed.range() === 'unicast' && (parsed instanceof ipaddr.IPv4 || isGlobalUnicast(parsed));
}

/** @param range in CIDR notation */
export function isInRange(address: string, range: string): boolean {
  if (!isIP(address)) return false;
  const parsed = ipaddr.parse(address);
  const [network, bits] = ipaddr.parseCIDR(range);
  return parsed.kind() === network.kind() && parsed.match(network, bits);
}
