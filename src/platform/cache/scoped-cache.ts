// The only way to cache: under the user of the scope, and for one state of the database, which the caller has read from it.
import { Inject, Injectable, Logger } from '@nestjs/common';
import { RequestContexts } from '../context/index.js';
import { ScopedDatabase } from '../database/index.js';
import { type Address, type Held, hold, type Lookup } from './cache-entry.js';
import { cacheKey } from './cache-key.js';
import { CacheMetrics } from './cache-metrics.js';
import { type CacheKind, type CachePolicies, type CachePolicy, jittered } from './cache-policy.js';
import { CacheTiers } from './cache-tiers.js';
import { type Flight, Flights, newFlight } from './single-flight.js';
import type { Release } from './leases.js';

export const POLICIES = Symbol('cache policies');

/** What a lookup is about. */
interface Wanted extends Address {
  readonly kind: string;
  readonly policy: CachePolicy;
  readonly flight: Flight;
}

@Injectable()
export class ScopedCache<Kind extends string = CacheKind> {
  private readonly logger = new Logger(ScopedCache.name);
  private readonly flights = new Flights();

  constructor(
    private readonly contexts: RequestContexts,
    @Inject(ScopedDatabase)
    private readonly database: Pick<ScopedDatabase, 'afterCommit' | 'inTransaction'>,
    private readonly tiers: CacheTiers,
    private readonly metrics: CacheMetrics,
    @Inject(POLICIES) private readonly policies: CachePolicies<Kind>,
  ) {}

  /**
   * The cached value, or what `build` makes; null, too, is remembered, for a short while. `stamp` must change with every commit
   * that changes the value, so read it from a row that such a commit writes: then nothing stale is ever given, and nobody has to
   * invalidate. Values are as JSON leaves them, frozen and shared. Rejects as `build` does, and for no reason of the cache's own.
   * @throws ScopeMissingError outside a user's scope.
   */
  async through<T>(
    kind: Kind,
    parts: readonly string[],
    stamp: string,
    build: () => Promise<T | null>,
  ): Promise<T | null> {
    const scope = this.contexts.userScope();
    // A user who does not exist yet has nothing to cache, and an id that may still change.
    if (scope.provision) return build();
    const address = { userId: scope.userId, key: cacheKey(scope, kind, parts), stamp };
    const found = await this.tiers.memory.find(address);
    if (found.result === 'hit') return this.counted(kind, 'hit', found.held.value as T | null);
    const about = { ...address, kind, policy: this.policies[kind] };
    // It may see what nobody else must, and should wait for nobody while it holds its locks.
    if (this.database.inTransaction)
      return this.load({ ...about, flight: newFlight(scope.userId) }, build, false);
    // The key holds the user, so nobody waits for another user's value.
    const id = `${address.key} ${stamp}`;
    const landing = this.flights.find(id);
    if (landing) return this.counted(kind, 'joined', landing as Promise<T | null>);
    return this.flights.start(id, scope.userId, (flight) =>
      this.load<T>({ ...about, flight }, build),
    );
  }

  /** Removes an entry of the user, after the commit. Nothing depends on it: a stamp that changed does the same. */
  async forget(kind: Kind, parts: readonly string[]): Promise<void> {
    const key = cacheKey(this.contexts.userScope(), kind, parts);
    await this.tiers.drop(key).catch(() => this.metrics.count(kind, 'write_error'));
  }

  /**
   * Removes all entries of a user from this process and from Redis, after the commit. Other processes keep what they have in
   * memory, unreachable, until it expires. Rejects when Redis could not be reached: try again.
   */
  async forgetUser(userId: string): Promise<void> {
    this.flights.discard(userId);
    await this.tiers.dropUser(userId);
  }

  /** The same for the user of the scope, whatever becomes of it: what is left when Redis cannot be reached is unreachable, too, and expires. */
  async forgetOwner(): Promise<void> {
    const { userId } = this.contexts.userScope();
    await this.forgetUser(userId).catch((error: unknown) =>
      this.logger.warn({
        msg: 'what is cached of a user could not be removed and will expire',
        err: error,
      }),
    );
  }

  private async load<T>(
    wanted: Wanted,
    build: () => Promise<T | null>,
    mayWait = wanted.policy.acrossProcesses,
  ): Promise<T | null> {
    const found = await this.lookUp(wanted);
    if (found.result === 'hit') return found.held.value as T | null;
    const { shared } = this.tiers;
    if (!mayWait || !shared || found.result === 'unreachable') return this.build(wanted, build);
    const release = await shared.leases.take(wanted);
    if (!release) await shared.leases.ended(wanted);
    // Whoever had the lease, until now or until just before we got it, has written the value first.
    const made = await this.fromShared(wanted);
    if (made.result !== 'hit') return this.build(wanted, build, release ?? undefined);
    void release?.();
    return made.held.value as T | null;
  }

  /** In memory again: an entry may have come between the first look and this flight. */
  private async lookUp(wanted: Wanted): Promise<Lookup> {
    const near = await this.tiers.memory.find(wanted);
    if (near.result === 'hit') return this.counted(wanted.kind, 'hit', near);
    const far = await this.fromShared(wanted);
    if (far.result === 'hit') return this.counted(wanted.kind, 'shared_hit', far);
    if (far.result === 'unreachable') return this.counted(wanted.kind, 'error', far);
    const results = [near.result, far.result];
    if (results.includes('error') || results.includes('unverified'))
      this.metrics.warnOfEntry(wanted.kind);
    // The one who knows more than "not here" decides what is counted.
    const told =
      (['unverified', 'error', 'stale'] as const).find((result) => results.includes(result)) ??
      'miss';
    return this.counted(wanted.kind, told, { result: told });
  }

  private async fromShared(wanted: Wanted): Promise<Lookup> {
    if (!this.tiers.shared) return { result: 'miss' };
    const found = await this.tiers.shared.find(wanted);
    if (found.result === 'hit' && !wanted.flight.discarded)
      await this.tiers.memory.keep(wanted, found.held, (found.expires ?? 0) - Date.now());
    return found;
  }

  private async build<T>(
    wanted: Wanted,
    build: () => Promise<T | null>,
    release?: Release,
  ): Promise<T | null> {
    this.metrics.count(wanted.kind, 'build');
    let kept: Promise<void> | undefined;
    try {
      const held = hold(await build());
      // At once when there is no transaction. What a transaction saw of itself is nobody's to remember when it is rolled back.
      this.database.afterCommit(() => {
        kept = this.keep(wanted, held, release);
      });
      await kept;
      return held.value as T | null;
    } finally {
      if (!kept) void release?.();
    }
  }

  /** Resolves when it is in memory; Redis is not waited for, and whoever waits for the lease comes after it. */
  private async keep(wanted: Wanted, held: Held, release?: Release): Promise<void> {
    const { kind, policy, flight } = wanted;
    const seconds = held.value === null ? policy.negativeTtl : policy.ttl;
    if (seconds === 0 || flight.discarded) return void release?.();
    const ttl = jittered(seconds);
    await this.tiers.memory.keep(wanted, held, ttl);
    this.tiers.inBackground(async (shared) => {
      await shared.keep(wanted, held, ttl).catch(() => this.metrics.count(kind, 'write_error'));
      await release?.();
    });
  }

  private counted<T>(kind: string, result: Parameters<CacheMetrics['count']>[1], value: T): T {
    this.metrics.count(kind, result);
    return value;
  }
}
