// Explains in one line why Redis cannot be trusted, and what to do.
import type { RedisSettings } from '../config/redis-settings.js';

/**
 * Redis cannot be used as it is. The start prints the message, which says what to do, without a
 * stack.
 */
export class RedisSetupError extends Error {
  override readonly name = 'RedisSetupError';
}

/** Hints by the error code of Node or OpenSSL. */
const HINTS: [RegExp, string][] = [
  [
    /^ERR_TLS_CERT_ALTNAME/,
    'The certificate is for another host than the one in REDIS_URL: name the host as the certificate does.',
  ],
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)/, 'Give the server a certificate that is valid now.'],
  [
    /^ERR_SSL_WRONG_VERSION/,
    'The server speaks no TLS on this port: name its TLS port, or say redis://.',
  ],
  [
    /^ERR_SSL_\w*ALERT/,
    'The server refuses this client: set REDIS_CERT and REDIS_KEY to a certificate that it trusts.',
  ],
  [
    /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_SSL|ERR_OSSL|HOSTNAME_)/,
    'Its certificate was not issued by a CA that is trusted: set REDIS_CA to the CA of the server.',
  ],
];

/** @returns null for an error that may pass by itself, such as an outage */
export function distrustIn(error: unknown, { url }: RedisSettings): RedisSetupError | null {
  const { code = '', message = '' } = (error ?? {}) as NodeJS.ErrnoException;
  const hint = HINTS.find(([pattern]) => pattern.test(code))?.[1];
  if (!hint) return null;
  const { hostname, port } = new URL(url);
  const said = code.startsWith('ERR_SSL') ? code : message.replace(/\s+/g, ' ').replace(/\.$/, '');
  return new RedisSetupError(
    `Redis at ${hostname}:${port || 6379} cannot be used: ${said}. ${hint}`,
    { cause: error },
  );
}
