import { isIP, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * A host that the operator allows: name or address without brackets, on one port, or on any (null).
 */
export interface AllowedHost {
  host: string;
  port: number | null;
}

/** Targets besides public hosts. Ranges are in CIDR notation. */
export interface EgressAllow {
  hosts: readonly AllowedHost[];
  ranges: readonly string[];
}

const HOST_AND_PORT = /^(\[[0-9a-f:.]+\]|[^\s:/@?#[\]\\]+)(?::([1-9]\d{0,4}))?$/i;

/** The host as URLs write it. */
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

/** The parser alone would read 10/8 as 0.0.0.10/8. */
const isRange = (word: string): boolean =>
  ipaddr.IPv4.isValidCIDRFourPartDecimal(word) || ipaddr.IPv6.isValidCIDR(word);

/**
 * Each word is `host`, `host:port` or a CIDR range.
 * @returns null when a word has none of these forms
 */
export function egressAllow(words: string[]): EgressAllow | null {
  const hosts = words.filter((word) => !word.includes('/')).map(hostIn);
  const ranges = words.filter((word) => word.includes('/'));
  if (!hosts.every((host) => host !== null) || !ranges.every(isRange)) return null;
  return Object.freeze({ hosts, ranges });
}
