// How the cache is doing: one count for each lookup, and one for each build and each entry that could not be written.
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { Config } from '../config/config.js';

/** Every call of `through` counts as exactly one of these. `unverified`: an entry was not written by this service under that key. `error`: an entry
 * could not be read, or Redis not be asked. `joined`: it waited for a lookup that was already under way. */
export type LookupResult =
  'hit' | 'shared_hit' | 'miss' | 'stale' | 'unverified' | 'error' | 'joined';
export type CacheResult = LookupResult | 'build' | 'write_error';

/** Between two lines about entries that could not be used. */
const WARNING_INTERVAL_MS = 60_000;

@Injectable()
export class CacheMetrics implements OnApplicationShutdown {
  private readonly logger = new Logger('Cache');
  private readonly requests: Counter<'kind' | 'result'>;
  private readonly debugging: boolean;
  /** Entries that could not be used since the last line, by kind. */
  private unusable: Record<string, number> = {};
  private timer: NodeJS.Timeout | undefined;

  constructor(registry: Registry, { logLevel }: Config) {
    const labelNames = ['kind', 'result'] as const;
    this.requests = new Counter({
      name: 'threadkeep_cache_requests_total',
      help: 'Lookups, builds and failed writes of the cache.',
      labelNames,
      registers: [registry],
    });
    this.debugging = logLevel === 'debug' || logLevel === 'trace';
  }

  count(kind: string, result: CacheResult): void {
    this.requests.inc({ kind, result });
    if (this.debugging) this.logger.debug({ msg: 'cache', kind, result });
  }

  /** Not what the service wrote there: somebody else may have, or the key of the service has changed. The first is logged at once, others by number. */
  warnOfEntry(kind: string): void {
    this.unusable[kind] = (this.unusable[kind] ?? 0) + 1;
    if (!this.timer) this.warn();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  private warn(): void {
    const entries = this.unusable;
    this.unusable = {};
    this.timer = undefined;
    if (Object.keys(entries).length === 0) return;
    this.logger.warn({ msg: 'entries of the cache in Redis could not be used', entries });
    this.timer = setTimeout(() => this.warn(), WARNING_INTERVAL_MS).unref();
  }
}
