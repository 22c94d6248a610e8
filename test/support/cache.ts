// A cache as a process has it, on its own connection to Redis or in memory alone, with policies of the test's own.
import { createHmac } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { createCache } from 'cache-manager';
import { Registry } from 'prom-client';
import { uuidv7 } from 'uuidv7';
import { cacheKey } from '../../src/platform/cache/cache-key.js';
import type { Signer } from '../../src/platform/cache/cache-codec.js';
import { CacheMetrics } from '../../src/platform/cache/cache-metrics.js';
import type { CachePolicies } from '../../src/platform/cache/cache-policy.js';
import { cacheStores } from '../../src/platform/cache/cache-stores.js';
import { CacheTiers } from '../../src/platform/cache/cache-tiers.js';
import { ScopedCache } from '../../src/platform/cache/scoped-cache.js';
import { loadConfig } from '../../src/platform/config/config.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import type { ScopedDatabase } from '../../src/platform/database/index.js';
import { RedisConnection, RedisGuard } from '../../src/platform/redis/index.js';
import { eventually } from './wait.js';

export const TEST_POLICIES = {
  shared: { ttl: 600, negativeTtl: 5, acrossProcesses: true },
  local: { ttl: 600, negativeTtl: 0, acrossProcesses: false },
} satisfies CachePolicies;

type Kind = keyof typeof TEST_POLICIES;
type GetOrCompute = <T>(
  user: string,
  version: string,
  build: () => Promise<T | null>,
  options?: { kind?: Kind; parts?: string[] },
) => Promise<T | null>;

export interface CacheProcess {
  cache: ScopedCache<Kind>;
  contexts: RequestContexts;
  tiers: CacheTiers;
  metrics: CacheMetrics;
  redis: RedisConnection;
  /** `getOrCompute` as this user, of the kind `shared` and the part `c1` unless told. */
  getOrCompute: GetOrCompute;
  as: <T>(user: string, work: () => Promise<T>) => Promise<T>;
  /** What was counted for a kind, without zeros. */
  counts: (kind?: Kind) => Promise<Record<string, number>>;
  /** Forgets what is in memory, as a restart does. */
  restart: () => void;
  stop: () => Promise<void>;
}

export interface CacheProcessOptions {
  redisUrl?: string | undefined;
  /** The CA of a Redis with TLS. */
  redisCa?: string | undefined;
  /** Milliseconds a call to Redis may take. Long, unless this is what is tested: the machine may be busy. */
  timeout?: number;
  /** Whether to wait until Redis is there. */
  connected?: boolean;
  /** What entries are signed with; the same for all processes unless told. */
  secret?: string;
  /** In place of none: every call is made inside it. */
  transaction?: Pick<ScopedDatabase, 'afterCommit' | 'inTransaction'>;
}

/** As SigningKeys does it, with a key of the test's. */
export const signerOf = (secret: string): Signer => ({
  hmac: (purpose) => createHmac('sha256', `${secret} for ${purpose}`),
});

const NO_TRANSACTION = { inTransaction: false, afterCommit: (effect: () => void) => effect() };

export async function startCache({
  redisUrl,
  redisCa,
  timeout = 5_000,
  connected = true,
  secret = 'a secret of the service',
  transaction = NO_TRANSACTION,
}: CacheProcessOptions = {}): Promise<CacheProcess> {
  const config = loadConfig({ REDIS_URL: redisUrl, REDIS_CA: redisCa, LOG_LEVEL: 'silent' });
  Logger.overrideLogger(false);
  const redis = new RedisConnection(config);
  if (connected && redis.client) await eventually(() => Promise.resolve(redis.client!.isReady));
  const cacheManager = createCache({ stores: await cacheStores(redis.client) });
  const tiers = new CacheTiers(
    cacheManager,
    signerOf(secret),
    redis.client,
    new RedisGuard('a test goes on', timeout),
  );
  const registry = new Registry();
  const contexts = new RequestContexts();
  const metrics = new CacheMetrics(registry, config);
  const cache = new ScopedCache(contexts, transaction, tiers, metrics, TEST_POLICIES);
  return {
    cache,
    contexts,
    tiers,
    metrics,
    redis,
    as: (user, work) => contexts.runAsUser(user, work),
    getOrCompute: (user, version, build, { kind = 'shared', parts = ['c1'] } = {}) =>
      contexts.runAsUser(user, () => cache.getOrCompute(kind, parts, version, build)),
    counts: (kind = 'shared') => countsOf(registry, kind),
    restart: () => void cacheManager.stores[0]!.clear(),
    stop: async () => {
      await tiers.settled();
      redis.onApplicationShutdown();
    },
  };
}

async function countsOf(registry: Registry, kind: string): Promise<Record<string, number>> {
  const metric = await registry.getSingleMetric('threadkeep_cache_requests_total')!.get();
  const own = metric.values.filter(({ labels }) => labels['kind'] === kind);
  return Object.fromEntries(own.map(({ labels, value }) => [labels['result'], value]));
}

/** A builder that says how often it was called, and takes a moment, as one that asks a database does. */
export function builder<T>(
  value: T,
  wait: () => Promise<unknown> = () => new Promise((resolve) => setImmediate(resolve)),
) {
  const built = { calls: 0 };
  const build = async (): Promise<T> => {
    built.calls++;
    await wait();
    return value;
  };
  return Object.assign(build, { built });
}

export const newUser = (): string => uuidv7();

/** The key in Redis of an entry of the kind `shared`. */
export const keyOf = (userId: string, part = 'c1'): string =>
  cacheKey({ userId }, 'shared', [part]);

/** Stores a value in Redis and not in the memory of this process. */
export async function storeShared(
  cache: CacheProcess,
  user: string,
  value: unknown,
  part = 'c1',
): Promise<void> {
  await cache.getOrCompute(user, '1', builder(value), { parts: [part] });
  await cache.tiers.settled();
  cache.restart();
}

/** The JSON of an entry as it lies in Redis, whoever has signed it. */
export function bodyOf(entry: string): string {
  const end = entry.indexOf('\n');
  // After the version and the MAC.
  return entry[44] === 'j'
    ? entry.slice(end + 1)
    : inflateRawSync(Buffer.from(entry.slice(end + 1), 'base64')).toString();
}

/** Whether an entry of this process gets to Redis and back. */
export async function sharesAgain(cache: CacheProcess): Promise<boolean> {
  const user = newUser();
  await storeShared(cache, user, 'x');
  const again = builder('x');
  await cache.getOrCompute(user, '1', again);
  return again.built.calls === 0;
}

/** All that this process has cached, as text. */
export function cachedText(app: INestApplicationContext): string {
  const seen = new WeakSet();
  return JSON.stringify(app.get(ScopedCache, { strict: false })['tiers'], (_, value: unknown) => {
    if (value instanceof Map) return [...value];
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return undefined;
    seen.add(value);
    return 'dump' in value && typeof value.dump === 'function'
      ? (value.dump as () => unknown)()
      : value;
  });
}
