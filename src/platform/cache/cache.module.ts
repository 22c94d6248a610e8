// The cache of values that are expensive to build: in memory and, where it is configured, in Redis.
// ScopedCache is the only way to it.
import { Cache, CacheModule as CacheManagerModule } from '@nestjs/cache-manager';
import { Global, Module } from '@nestjs/common';
import { RedisConnection } from '../redis/index.js';
import { SigningKeys } from '../signing/index.js';
import { CacheMetrics } from './cache-metrics.js';
import { CACHE_POLICIES } from './cache-policy.js';
import { cacheStores } from './cache-stores.js';
import { CacheTiers } from './cache-tiers.js';
import { POLICIES, ScopedCache } from './scoped-cache.js';

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
      inject: [Cache, SigningKeys, RedisConnection],
      useFactory: (cache: Cache, keys: SigningKeys, { client }: RedisConnection) =>
        new CacheTiers(cache, keys, client),
    },
  ],
  exports: [ScopedCache],
})
export class CacheModule {}
