import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters } from 'jose';
import type { TokenIssuer } from '../../platform/config/issuer-settings.js';
import { issuerKeys, IssuerUnreachableError } from './issuer-keys.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const URL_OF_KEYS = 'https://auth.example.com/jwks.json';

const entry = (values: Partial<TokenIssuer>): TokenIssuer => ({
  issuer: 'https://auth.example.com',
  algorithms: ['ES256', 'HS256'],
  audience: ['us'],
  audienceClaim: 'aud',
  types: ['jwt'],
  require: {},
  claims: { subject: 'sub' },
  ...values,
});

const header = (kid: string): JWTHeaderParameters => ({ alg: 'ES256', kid });

describe('the keys of an issuer', () => {
  let clock: number;
  let fetches: { url: unknown; limits: unknown }[];
  let published: JWK[];
  /** What is answered instead of the keys. */
  let answer: (() => Response) | null;
  let find: ReturnType<typeof issuerKeys>;

  const publish = async (...kids: string[]): Promise<void> => {
    const { publicKey } = await generateKeyPair('ES256');
    const jwk = await exportJWK(publicKey);
    published = kids.map((kid) => ({ ...jwk, kid, alg: 'ES256' }));
  };
  const findsKey = (kid: string): Promise<boolean> => find(header(kid)).then(() => true);

  beforeEach(async () => {
    clock = 1_800_000_000_000;
    jest.spyOn(Date, 'now').mockImplementation(() => clock);
    fetches = [];
    answer = null;
    await publish('a');
    const fetch = async (url: string | URL, _init: unknown, limits: unknown): Promise<Response> => {
      fetches.push({ url, limits });
      return answer?.() ?? Response.json({ keys: published });
    };
    find = issuerKeys(entry({ jwksUrl: URL_OF_KEYS }), { fetch });
  });
  afterEach(() => void jest.restoreAllMocks());

  const AWAY = (): Response => {
    throw new TypeError('fetch failed');
  };

  it('are fetched once for many tokens, with limits of bytes and time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => findsKey('a')));
    expect(fetches).toEqual([{ url: URL_OF_KEYS, limits: { timeout: 3_000, maxBytes: 65_536 } }]);
  });

  it('are fetched again after ten minutes, so that a key that was withdrawn is no longer found', async () => {
    await findsKey('a');
    await publish('b');
    clock += 9 * MINUTE_MS;
    expect(await findsKey('a')).toBe(true);
    clock += 2 * MINUTE_MS;
    await expect(findsKey('a')).rejects.toThrow('no applicable key found');
    expect(fetches).toHaveLength(2);
  });

  it('are fetched again for an unknown key, at most twice a minute', async () => {
    await findsKey('a');
    await publish('a', 'b');
    await expect(findsKey('b')).rejects.toThrow('no applicable key found');
    clock += MINUTE_MS / 2;
    expect(await findsKey('b')).toBe(true);
    for (let i = 0; i < 20; i++) await expect(findsKey(`unknown-${i}`)).rejects.toThrow();
    expect(fetches).toHaveLength(2);
  });

  it.each([
    ['cannot be reached', AWAY],
    ['answers an error', () => new Response('{"keys":[]}', { status: 500 })],
    ['answers no JSON', () => new Response('<html>')],
    ['answers no key set', () => Response.json({ keys: 'none' })],
  ])('are the last ones for a day while the issuer %s', async (_title, away) => {
    await findsKey('a');
    answer = away;
    for (let hour = 0; hour < 24; hour++) {
      expect(await findsKey('a')).toBe(true);
      clock += HOUR_MS;
    }
    clock += 1;
    await expect(findsKey('a')).rejects.toThrow(IssuerUnreachableError);
    answer = null;
    clock += MINUTE_MS;
    expect(await findsKey('a')).toBe(true);
  });

  it('cause no storm of fetches while the issuer is away', async () => {
    answer = AWAY;
    for (let i = 0; i < 20; i++)
      await expect(findsKey('a')).rejects.toThrow(IssuerUnreachableError);
    expect(fetches).toHaveLength(1);
    answer = null;
    clock += 5_000;
    await findsKey('a');
    answer = AWAY;
    clock += MINUTE_MS;
    for (let i = 0; i < 20; i++) await expect(findsKey('unknown')).rejects.toThrow();
    expect(fetches).toHaveLength(3);
  });

  it('are the secret for HMAC only', async () => {
    const fetch = async () => Response.json({ keys: published });
    const both = issuerKeys(entry({ jwksUrl: URL_OF_KEYS, secret: 'x'.repeat(32) }), { fetch });
    expect(await both({ alg: 'HS256' })).toEqual(new TextEncoder().encode('x'.repeat(32)));
    expect(await both(header('a'))).not.toBeInstanceOf(Uint8Array);
    const secretOnly = issuerKeys(entry({ secret: 'x'.repeat(32) }), { fetch });
    await expect(secretOnly(header('a'))).rejects.toThrow('the algorithm has no key');
    await expect(find({ alg: 'HS256' })).rejects.toThrow('the algorithm has no key');
  });
});
