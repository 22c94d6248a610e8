// Checks of a URL that need its text only.
import { EgressError } from './egress-error.js';

const MAX_URL_LENGTH = 2048;
/**
 * Spaces, control characters, invisible characters and backslashes, which parsers read differently.
 */
const UNPLAIN = /[\s\\\p{C}]/u;
const AUTHORITY = /^https?:\/\/([^/?#]+)/i;

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** Names that mean this machine or network, by standard or by custom. */
const INTERNAL_ZONES = [
  'localhost',
  'local',
  'localdomain',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'home.arpa',
  'metadata.azure.com',
  'metadata.tencentyun.com',
];

/** Ports of other protocols, into which a request could be smuggled. */
const REFUSED_PORTS = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 79, 87, 95, 101, 102, 103,
  104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 138, 139, 143, 161, 179, 389, 427, 445,
  465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 873, 989,
  990, 993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 3306, 3389, 3659, 4190, 5060, 5061, 5432, 5672,
  5900, 6000, 6379, 6432, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 10_080, 11_211,
  27_017,
]);

/** Parses a URL that all parsers read alike. @throws EgressError */
export function plainUrl(text: string): URL {
  const authority = AUTHORITY.exec(text)?.[1];
  if (authority === undefined || text.length > MAX_URL_LENGTH || UNPLAIN.test(text))
    throw new EgressError('invalid');
  if (authority.includes('@')) throw new EgressError('credentials');
  if (text.includes('#')) throw new EgressError('fragment');
  if (!URL.canParse(text)) throw new EgressError('invalid');
  return new URL(text);
}

export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

export const portOf = (url: Pick<URL, 'port' | 'protocol'>): number =>
  url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);

/**
 * True for a name with a dot outside the internal zones. It may still resolve to an internal
 * address.
 */
export function isPublicName(host: string): boolean {
  const labels = host.split('.');
  if (labels.length < 2 || host.length > 253 || !labels.every((label) => LABEL.test(label)))
    return false;
  return !INTERNAL_ZONES.some((zone) => host === zone || host.endsWith(`.${zone}`));
}

export const isRefusedPort = (port: number): boolean => REFUSED_PORTS.has(port);
