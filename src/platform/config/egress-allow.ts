import { isIP, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A host the operator vouches for: its name or address without brackets, on one port or (null) on any. */
export interface AllowedHost {
  host: string;
  port: number | null;
}

/** What may be connected to besides public hosts. Ranges are in CIDR notation. */
export interface EgressAllow {
  hosts: readonly AllowedHost[];
  ranges: readonly string[];
}

const HOST_AND_PORT = /^(\[[0-9a-f:.]+\]|[^\s:/@?#[\]\\]+)(?::([1-9]\d{0,4}))?$/i;

/** As URLs spell it. */
const spelled = (host: string): string | null =>
  URL.canParse(`https://${host}`)
    ? new URL(`https://${host}`).hostname.replace(/^\[|\]$/g, '')
    : null;

function hostIn(word: string): AllowedHost | null {
  const [, host, port] = HOST_AND_PORT.exec(isIPv6(word) ? `[${word}]` : word) ?? [];
  const name = host === undefined ? null : spelled(host);
  if (name === null || !(isIP(name) || /^[a-z0-9._-]+$/.test(name)) || Number(port ?? 1) > 65_535)
    return null;
  return { host: name, port: port === undefined ? null : Number(port) };
}

/** The parser alone would take 10/8 for 0.0.0.10/8. */
const isRange = (word: string): boolean =>
  ipaddr.IPv4.isValidCIDRFourPartDecimal(word) || ipaddr.IPv6.isValidCIDR(word);

/** `host`, `host:port` or a CIDR range each; null when one of them is nothing of the kind. */
export function egressAllow(words: string[]): EgressAllow | null {
  const hosts = words.filter((word) => !word.includes('/')).map(hostIn);
  const ranges = words.filter((word) => word.includes('/'));
  if (!hosts.every((host) => host !== null) || !ranges.every(isRange)) return null;
  return Object.freeze({ hosts, ranges });
}
