// How the cache is doing: one count for each lookup, and one for each build and each entry that could not be written.
import { Injectable, Logger } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { Config } from '../config/config.js';

/** Every call of `through` counts as exactly one of these. `error`: an entry could not be used, or Redis not be
 * asked. `joined`: it waited for a lookup that was already under way. */
export type LookupResult = 'hit' | 'shared_hit' | 'miss' | 'stale' | 'error' | 'joined';
export type CacheResult = LookupResult | 'build' | 'write_error';

@Injectable()
export class CacheMetrics {
  private readonly logger = new Logger('Cache');
  private readonly requests: Counter<'kind' | 'result'>;
  private readonly debugging: boolean;

  constructor(registry: Registry, { logLevel }: Config) {
    const labelNames = ['kind', 'result'] as const;
    this.requests = new Counter({ name: 'threadkeep_cache_requests_total', help: 'Lookups, builds and failed writes of the cache.', labelNames, registers: [registry] });
    this.debugging = logLevel === 'debug' || logLevel === 'trace';
  }

  count(kind: string, result: CacheResult): void {
    this.requests.inc({ kind, result });
    if (this.debugging) this.logger.debug({ msg: 'cache', kind, result });
  }

  /** Not what it says: it may be anybody's. */
  warnOfEntry(kind: string): void {
    this.logger.warn({ msg: 'an entry of the cache could not be used', kind });
  }
}
