// Metrics of the cache: one count for each lookup, each build, and each failed write.
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { Config } from '../config/config.js';

/**
 * Every call of `getOrCompute` counts as exactly one of these. `unverified`: this service did not
 * write the entry under that key. `error`: the entry could not be read, or Redis did not answer.
 * `joined`: the call shared a lookup in progress.
 */
export type LookupResult =
  'hit' | 'shared_hit' | 'miss' | 'stale' | 'unverified' | 'error' | 'joined';
export type CacheResult = LookupResult | 'build' | 'write_error';

/** The pause between two warnings about unusable entries. */
const WARNING_INTERVAL_MS = 60_000;

@Injectable()
export class CacheMetrics implements OnApplicationShutdown {
  private readonly logger = new Logger('Cache');
  private readonly requests: Counter<'kind' | 'result'>;
  private readonly debugging: boolean;
  /** Unusable entries since the last warning, by kind. */
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

  /**
   * Counts an entry that another writer, or another signing key, made. Logs the first at once, and
   * further ones as a number.
   */
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
