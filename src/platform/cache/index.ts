export { CacheModule } from './cache.module.js';
export type { CacheKind, CachePolicy } from './cache-policy.js';
export { ScopedCache } from './scoped-cache.js';
