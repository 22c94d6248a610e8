// Settings of admission: sizes, numbers and rates of requests, hosts and origins, and who may read
// metrics.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { count } from './setting-kinds.js';

const MIB = 1024 * 1024;

const wordsOf = (list: string | undefined): string[] =>
  list === undefined ? [] : list.split(',').map((word) => word.trim());

/** An origin in the form of browsers: scheme, host and port, without a path. */
const isOrigin = (word: string): boolean =>
  /^https?:\/\//.test(word) && URL.canParse(word) && new URL(word).origin === word;
const isHost = (word: string): boolean => /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)$/i.test(word);
const isNetwork = (word: string): boolean =>
  isIP(word) > 0 || ipaddr.IPv4.isValidCIDRFourPartDecimal(word) || ipaddr.IPv6.isValidCIDR(word);

const wordListSetting = (isWord: (word: string) => boolean, message: string) =>
  z
    .string()
    .optional()
    .transform(wordsOf)
    .refine((words) => words.every(isWord), message);

/** Number of proxies in front of the service, or their addresses. */
const proxies = z
  .string()
  .optional()
  .refine(
    (text) =>
      text === undefined ||
      text === 'false' ||
      /^[1-9]$/.test(text) ||
      wordsOf(text).every(isNetwork),
    'must be false, the number of proxies (1 to 9), or their addresses or CIDR ranges with commas between',
  )
  .transform((text): number | string[] | false => {
    if (text === undefined || text === 'false') return false;
    return /^[1-9]$/.test(text) ? Number(text) : wordsOf(text);
  });

export const doorSettings = {
  MAX_SMALL_BODY_BYTES: count(262_144, 64 * MIB),
  MAX_CONNECTIONS: count(2_000, 1_000_000),
  STREAMS_PER_USER: count(50, 1_000_000),
  MAX_BODY_BYTES_IN_FLIGHT: count(64 * MIB, 64 * 1024 * MIB),
  RATE_LIMIT_PER_SECOND: z.coerce.number().int().min(0).max(1_000_000).default(200),
  AUTH_FAILURES_PER_MINUTE: z.coerce.number().int().min(0).max(1_000_000).default(20),
  LOGINS_PER_MINUTE: z.coerce.number().int().min(0).max(1_000_000).default(60),
  TRUST_PROXY: proxies,
  ALLOWED_HOSTS: wordListSetting(
    isHost,
    'must be names of hosts without ports, with commas between',
  ),
  CORS_ORIGINS: wordListSetting(
    isOrigin,
    'must be origins as in https://app.example.com, with commas between',
  ),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,512}$/, 'must be 16 to 512 printable ASCII characters without spaces')
    .optional(),
  METRICS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
};

/** Sizes are in bytes. */
export interface DoorConfig {
  /** For routes that take one item; never larger than the large limit. */
  readonly maxSmallBodyBytes: number;
  readonly maxLargeBodyBytes: number;
  readonly maxConnections: number;
  /** For the bodies of all requests in progress; at least twice the large limit. */
  readonly maxBodyBytesInFlight: number;
  /** The sustained rate of one credential for one user; 0 means no limit. */
  readonly requestsPerSecond: number;
  /** Failed authentications of one address; 0 means no limit. */
  readonly authFailuresPerMinute: number;
  /** Logins, registrations and requests for mail of one address; 0 means no limit. */
  readonly loginsPerMinute: number;
  /** In the form of Fastify's option. */
  readonly trustProxy: number | readonly string[] | false;
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly metricsToken: string | undefined;
  readonly metricsPort: number | undefined;
}

type DoorEnvironment = z.infer<z.ZodObject<typeof doorSettings>> & { MAX_BODY_BYTES: number };

export function doorConfig(env: DoorEnvironment): DoorConfig {
  return Object.freeze({
    maxSmallBodyBytes: Math.min(env.MAX_SMALL_BODY_BYTES, env.MAX_BODY_BYTES),
    maxLargeBodyBytes: env.MAX_BODY_BYTES,
    maxConnections: env.MAX_CONNECTIONS,
    maxBodyBytesInFlight: Math.max(env.MAX_BODY_BYTES_IN_FLIGHT, 2 * env.MAX_BODY_BYTES),
    requestsPerSecond: env.RATE_LIMIT_PER_SECOND,
    authFailuresPerMinute: env.AUTH_FAILURES_PER_MINUTE,
    loginsPerMinute: env.LOGINS_PER_MINUTE,
    trustProxy: env.TRUST_PROXY,
    allowedHosts: env.ALLOWED_HOSTS.map((host) => host.toLowerCase()),
    corsOrigins: env.CORS_ORIGINS,
    metricsToken: env.METRICS_TOKEN,
    metricsPort: env.METRICS_PORT,
  });
}
