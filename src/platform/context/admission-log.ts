// Records refused requests. The audit module implements it.
import { isIPv4, isIPv6 } from 'node:net';

export abstract class AdmissionLog {
  /**
   * Counts a refusal. Does not wait.
   * @param reason the code of the problem, or a similar name
   * @param address of the socket; only its network is stored
   */
  abstract refused(reason: string, address: string, keyId: string | null): void;
}

/**
 * The network of an address, at the size that operators block: /24 for IPv4, /48 for IPv6.
 * @param address undefined for a connection that has ended
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const plain =
    address.startsWith('::ffff:') && isIPv4(address.slice(7))
      ? address.slice(7)
      : address.split('%')[0]!;
  if (isIPv4(plain)) return `${plain.slice(0, plain.lastIndexOf('.'))}.0/24`;
  if (!isIPv6(plain)) return 'unknown';
  return `${groupsOf(plain).slice(0, 3).join(':')}::/48`;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const [before, after] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')));
  const missing = tail === undefined ? 0 : 8 - before!.length - after!.length;
  return [...before!, ...Array<string>(Math.max(0, missing)).fill('0'), ...after!].map((group) =>
    Number.parseInt(group, 16).toString(16),
  );
}
