// The keys of one outside issuer: its shared secret, and the public keys that it publishes.
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type CryptoKey,
  type JSONWebKeySet,
  type JWTHeaderParameters,
} from 'jose';
import type { TokenIssuer } from '../../platform/config/issuer-settings.js';
import type { Egress } from '../../platform/egress/index.js';

/** Bytes of a published key set. */
const MAX_BYTES = 65_536;
const FETCH_TIMEOUT_MS = 3_000;
/** How long a key set is used before it is fetched again. */
const MAX_AGE_MS = 600_000;
/** The shortest time between two fetches, however many tokens name unknown keys. */
const MIN_INTERVAL_MS = 30_000;
/** The shortest time between two fetches while there is no key set at all. */
const RETRY_INTERVAL_MS = 5_000;
/** How long an old key set is used while the issuer cannot be reached. */
const MAX_STALE_MS = 24 * 3_600_000;

/** The issuer cannot be reached, so nothing can be said about its tokens. */
export class IssuerUnreachableError extends Error {
  override readonly name = 'IssuerUnreachableError';
}

/** Gives the key for the header of a token. It throws errors of jose for a key that is unknown. */
type KeyFinder = (header: JWTHeaderParameters) => Promise<CryptoKey | Uint8Array>;

/** @returns the function that finds keys; it throws IssuerUnreachableError while it has none */
export function issuerKeys(
  { secret, jwksUrl }: TokenIssuer,
  egress: Pick<Egress, 'fetch'>,
): KeyFinder {
  const shared = secret === undefined ? undefined : new TextEncoder().encode(secret);
  const published = jwksUrl === undefined ? undefined : publishedKeys(jwksUrl, egress);
  return async (header) => {
    const isShared = header.alg.startsWith('HS');
    if (isShared && shared) return shared;
    if (!isShared && published) return published(header);
    throw new TypeError('the algorithm has no key');
  };
}

function publishedKeys(
  url: string,
  egress: Pick<Egress, 'fetch'>,
): ReturnType<typeof createRemoteJWKSet> {
  const last = new LastKeySet(url, egress);
  return createRemoteJWKSet(new URL(url), {
    cacheMaxAge: MAX_AGE_MS,
    cooldownDuration: MIN_INTERVAL_MS,
    // The fetch has its own, shorter limit, and then answers with the last key set.
    timeoutDuration: 2 * FETCH_TIMEOUT_MS,
    [customFetch]: () => last.fetch(),
  });
}

/** Fetches a key set. While that fails, it gives the last one. */
class LastKeySet {
  private known: { text: string; at: number } | undefined;
  private failedAt = -Infinity;

  constructor(
    private readonly url: string,
    private readonly egress: Pick<Egress, 'fetch'>,
  ) {}

  async fetch(): Promise<Response> {
    if (!this.known && Date.now() - this.failedAt < RETRY_INTERVAL_MS) throw unreachable();
    try {
      this.known = { text: await this.read(), at: Date.now() };
    } catch (error) {
      this.failedAt = Date.now();
      if (!this.known || Date.now() - this.known.at > MAX_STALE_MS) {
        this.known = undefined;
        throw unreachable(error);
      }
    }
    return new Response(this.known.text);
  }

  /** Any failure counts as unreachable, also an answer that is no key set. */
  private async read(): Promise<string> {
    const limits = { timeout: FETCH_TIMEOUT_MS, maxBytes: MAX_BYTES };
    const headers = { accept: 'application/json, application/jwk-set+json' };
    const response = await this.egress.fetch(this.url, { headers }, limits);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`the issuer answered ${response.status}`);
    createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
    return text;
  }
}

const unreachable = (cause?: unknown): IssuerUnreachableError =>
  new IssuerUnreachableError('the keys of the issuer cannot be fetched', { cause });
