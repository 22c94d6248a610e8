// The cache of values that are expensive to build: in memory and, where it is configured, in Redis.
// ScopedCache is the only way to it.
import { Cache, CacheModule as CacheManagerModule } from '@nestjs/cache-manager';
import { Global, Module } from '@nestjs/common';
import { RedisConnection } from '../redis/index.js';
import { SigningKeys } from '../signing/index.js';
import { ServiceKeys } from '../vault/index.js';
import { Config } from '../config/config.js';
import type { Signer } from './cache-codec.js';
import { CacheMetrics } from './cache-metrics.js';
import { CACHE_POLICIES } from './cache-policy.js';
import { cacheStores } from './cache-stores.js';
import { CacheTiers } from './cache-tiers.js';
import { POLICIES, ScopedCache } from './scoped-cache.js';

/** Keys are read after the start only: they are not there before. */
const signerOf = (signing: SigningKeys, keys: ServiceKeys | null): Signer => ({
  hmac: () => signing.hmac('cache'),
  get sealingKey() {
    return keys && keys.derive('threadkeep values in redis');
  },
});

const manager = CacheManagerModule.registerAsync({
  inject: [RedisConnection],
  useFactory: async ({ client }: RedisConnection) => ({ stores: await cacheStores(client) }),
});

@Global()
@Module({
  imports: [manager],
  providers: [
    CacheMetrics,
    ScopedCache,
    { provide: POLICIES, useValue: CACHE_POLICIES },
    {
      provide: CacheTiers,
      inject: [Cache, SigningKeys, ServiceKeys, Config, RedisConnection],
      useFactory: (
        cache: Cache,
        signing: SigningKeys,
        keys: ServiceKeys,
        { identity }: Config,
        { client }: RedisConnection,
      ) => new CacheTiers(cache, signerOf(signing, identity.sealsAnswers ? keys : null), client),
    },
  ],
  exports: [ScopedCache],
})
export class CacheModule {}
