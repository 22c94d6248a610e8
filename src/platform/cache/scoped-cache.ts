// The only way to the cache. An entry belongs to the user of the scope, and to one version that the
// caller has read from the database.
import { Inject, Injectable, Logger } from '@nestjs/common';
import { RequestContexts } from '../context/index.js';
import { ScopedDatabase } from '../database/index.js';
import { type EntryId, type CachedValue, toCachedValue, type Lookup } from './cache-entry.js';
import { cacheKey } from './cache-key.js';
import { CacheMetrics } from './cache-metrics.js';
import { type CacheKind, type CachePolicies, type CachePolicy, jittered } from './cache-policy.js';
import { CacheTiers } from './cache-tiers.js';
import { type Flight, SingleFlight, newFlight } from './single-flight.js';
import { LONG_WORK, type ReleaseLease } from './leases.js';

export const POLICIES = Symbol('cache policies');

interface Wanted extends EntryId {
  readonly kind: string;
  readonly policy: CachePolicy;
  readonly flight: Flight;
}

@Injectable()
export class ScopedCache<Kind extends string = CacheKind> {
  private readonly logger = new Logger(ScopedCache.name);
  private readonly singleFlight = new SingleFlight();

  constructor(
    private readonly contexts: RequestContexts,
    @Inject(ScopedDatabase)
    private readonly database: Pick<ScopedDatabase, 'afterCommit' | 'inTransaction'>,
    private readonly tiers: CacheTiers,
    private readonly metrics: CacheMetrics,
    @Inject(POLICIES) private readonly policies: CachePolicies<Kind>,
  ) {}

  /**
   * Returns the cached value, or the result of `build`. Null is cached for a short time. Rejects
   * only when `build` does. Values are copied through JSON, frozen, and shared between callers.
   * @param version must change with every commit that changes the value: read it from a row that
   * such a commit writes. Entries then never need to be invalidated.
   * @throws ScopeMissingError outside a user's scope
   */
  async getOrCompute<T>(
    kind: Kind,
    parts: readonly string[],
    version: string,
    build: () => Promise<T | null>,
  ): Promise<T | null> {
    const wanted = this.wanted(kind, parts, version);
    if (!wanted) return build();
    const found = await this.tiers.memory.find(wanted);
    if (found.result === 'hit') return this.counted(kind, 'hit', found.cached.value as T | null);
    // A transaction may see uncommitted data, and must not wait for another lookup while it holds
    // locks.
    if (this.database.inTransaction) return this.load(wanted, build, false);
    // The key contains the user, so nobody shares another user's value.
    const id = `${wanted.key} ${version}`;
    const result = this.singleFlight.find(id);
    if (result) return this.counted(kind, 'joined', result as Promise<T | null>);
    return this.singleFlight.start(id, wanted.userId, (flight) =>
      this.load<T>({ ...wanted, flight }, build),
    );
  }

  /** True when this process has the value. Redis is not asked. */
  async isInMemory(kind: Kind, parts: readonly string[], version: string): Promise<boolean> {
    const scope = this.contexts.userScope();
    const address = { userId: scope.userId, key: cacheKey(scope, kind, parts), version };
    return (await this.tiers.memory.find(address)).result === 'hit';
  }

  /** Returns the cached value, or null. */
  async find<T>(kind: Kind, parts: readonly string[], version: string): Promise<T | null> {
    const wanted = this.wanted(kind, parts, version);
    if (!wanted) return null;
    const found = await this.lookUp(wanted);
    return found.result === 'hit' ? (found.cached.value as T) : null;
  }

  /**
   * Caches a value in place of what was there. Resolves when it is stored, also in Redis.
   * @param seconds time to live; with Redis, processes keep it for the policy's at most
   */
  async put(
    kind: Kind,
    parts: readonly string[],
    version: string,
    { value, seconds }: { value: unknown; seconds: number },
  ): Promise<void> {
    const wanted = this.wanted(kind, parts, version);
    if (!wanted) return;
    const [cached, ttl] = [toCachedValue(value), seconds * 1_000];
    const { shared, memory } = this.tiers;
    await memory.keep(wanted, cached, shared ? nearby(wanted, ttl) : ttl);
    await shared?.keep(wanted, cached, ttl).catch(() => this.metrics.count(kind, 'write_error'));
  }

  /**
   * With Redis, lets one process at a time do the long work that an entry is made of. Waits for two
   * minutes at most while another one does it.
   * @returns a function to call when the work is done or failed; null after another process's work
   * @throws the reason of `signal` when it is aborted meanwhile
   */
  async claim(
    kind: Kind,
    parts: readonly string[],
    version: string,
    signal: AbortSignal,
  ): Promise<ReleaseLease | null> {
    const wanted = this.wanted(kind, parts, version);
    const leases = this.tiers.shared?.leases;
    if (!wanted || !leases) return () => Promise.resolve();
    const release = await leases.take(wanted, LONG_WORK);
    if (!release) await leases.ended(wanted, LONG_WORK, signal);
    return release;
  }

  /**
   * Removes an entry of the user. Call it after the commit. Optional: a changed version has the
   * same effect.
   */
  async forget(kind: Kind, parts: readonly string[]): Promise<void> {
    const key = cacheKey(this.contexts.userScope(), kind, parts);
    await this.tiers.drop(key).catch(() => this.metrics.count(kind, 'write_error'));
  }

  /**
   * Removes all entries of a user from this process and from Redis. Call it after the commit. Other
   * processes keep theirs in memory, unreachable, until they expire. Rejects when Redis does not
   * answer: try again.
   */
  async forgetUser(userId: string): Promise<void> {
    this.singleFlight.discard(userId);
    await this.tiers.dropUser(userId);
  }

  /**
   * As `forgetUser`, for the user of the scope, but logs failures. Entries that remain are
   * unreachable, and expire.
   */
  async forgetOwner(): Promise<void> {
    const { userId } = this.contexts.userScope();
    await this.forgetUser(userId).catch((error: unknown) =>
      this.logger.warn({
        msg: 'what is cached of a user could not be removed and will expire',
        err: error,
      }),
    );
  }

  /** Undefined for a user who does not exist yet, and has no data and an id that may still change. */
  private wanted(kind: Kind, parts: readonly string[], version: string): Wanted | undefined {
    const scope = this.contexts.userScope();
    if (scope.provision) return undefined;
    const { userId } = scope;
    const key = cacheKey(scope, kind, parts);
    return { userId, key, version, kind, policy: this.policies[kind], flight: newFlight(userId) };
  }

  private async load<T>(
    wanted: Wanted,
    build: () => Promise<T | null>,
    mayWait = wanted.policy.acrossProcesses,
  ): Promise<T | null> {
    const found = await this.lookUp(wanted);
    if (found.result === 'hit') return found.cached.value as T | null;
    const { shared } = this.tiers;
    if (!mayWait || !shared || found.result === 'unreachable') return this.build(wanted, build);
    const release = await shared.leases.take(wanted);
    if (!release) await shared.leases.ended(wanted);
    // The last holder of the lease has written the value before it released the lease.
    const made = await this.fromShared(wanted);
    if (made.result !== 'hit') return this.build(wanted, build, release ?? undefined);
    void release?.();
    return made.cached.value as T | null;
  }

  /** Looks in memory again, because an entry may have arrived since the first lookup. */
  private async lookUp(wanted: Wanted): Promise<Lookup> {
    const near = await this.tiers.memory.find(wanted);
    if (near.result === 'hit') return this.counted(wanted.kind, 'hit', near);
    const far = await this.fromShared(wanted);
    if (far.result === 'hit') return this.counted(wanted.kind, 'shared_hit', far);
    if (far.result === 'unreachable') return this.counted(wanted.kind, 'error', far);
    const results = [near.result, far.result];
    if (results.includes('error') || results.includes('unverified'))
      this.metrics.warnOfEntry(wanted.kind);
    // Counts the more specific of the two results.
    const specific =
      (['unverified', 'error', 'stale'] as const).find((result) => results.includes(result)) ??
      'miss';
    return this.counted(wanted.kind, specific, { result: specific });
  }

  private async fromShared(wanted: Wanted): Promise<Lookup> {
    if (!this.tiers.shared) return { result: 'miss' };
    const found = await this.tiers.shared.find(wanted);
    if (found.result === 'hit' && !wanted.flight.discarded)
      await this.tiers.memory.keep(
        wanted,
        found.cached,
        nearby(wanted, (found.expires ?? 0) - Date.now()),
      );
    return found;
  }

  private async build<T>(
    wanted: Wanted,
    build: () => Promise<T | null>,
    release?: ReleaseLease,
  ): Promise<T | null> {
    this.metrics.count(wanted.kind, 'build');
    let kept: Promise<void> | undefined;
    try {
      const cached = toCachedValue(await build());
      // Runs at once without a transaction. A value that saw uncommitted data must not be cached
      // after a rollback.
      this.database.afterCommit(() => {
        kept = this.keep(wanted, cached, release);
      });
      await kept;
      return cached.value as T | null;
    } finally {
      if (!kept) void release?.();
    }
  }

  /**
   * Resolves when the value is in memory. Writes to Redis in the background, and releases the lease
   * after that.
   */
  private async keep(wanted: Wanted, cached: CachedValue, release?: ReleaseLease): Promise<void> {
    const { kind, policy, flight } = wanted;
    const seconds = cached.value === null ? policy.negativeTtl : policy.ttl;
    if (seconds === 0 || flight.discarded) return void release?.();
    const ttl = jittered(seconds);
    await this.tiers.memory.keep(wanted, cached, ttl);
    this.tiers.inBackground(async (shared) => {
      await shared.keep(wanted, cached, ttl).catch(() => this.metrics.count(kind, 'write_error'));
      await release?.();
    });
  }

  private counted<T>(kind: string, result: Parameters<CacheMetrics['count']>[1], value: T): T {
    this.metrics.count(kind, result);
    return value;
  }
}

/**
 * What one process erases, others keep in memory until it expires: not for longer than the policy
 * says, whatever its time to live in Redis is.
 */
const nearby = ({ policy }: Wanted, milliseconds: number): number =>
  Math.min(milliseconds, jittered(policy.ttl));
