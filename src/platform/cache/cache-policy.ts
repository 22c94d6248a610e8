// The kinds of cache entries, and how long each is kept.

export interface CachePolicy {
  /** Seconds that an entry is kept. Its version decides whether it is still right. */
  readonly ttl: number;
  /** Seconds that a null is kept; 0 means not at all. */
  readonly negativeTtl: number;
  /**
   * With Redis, one process builds a missing entry, and the others wait for it briefly. For values
   * that are expensive to build.
   */
  readonly acrossProcesses: boolean;
}

export type CachePolicies<Kind extends string = string> = Readonly<Record<Kind, CachePolicy>>;

export const CACHE_POLICIES = {
  /** The context window of a conversation, as a model gets it. */
  context: { ttl: 600, negativeTtl: 5, acrossProcesses: true },
  /** The effective configuration of an agent for a user. */
  agentConfig: { ttl: 600, negativeTtl: 0, acrossProcesses: false },
  /** What a model answered. Redis keeps it for as long as a request says. */
  reply: { ttl: 600, negativeTtl: 0, acrossProcesses: false },
} satisfies CachePolicies;

export type CacheKind = keyof typeof CACHE_POLICIES;

const JITTER = 0.1;

/**
 * Spreads a time to live by up to a tenth, so that entries made together do not expire together.
 * @returns milliseconds
 */
export function jittered(seconds: number, random: () => number = Math.random): number {
  return Math.round(seconds * 1_000 * (1 + JITTER * (2 * random() - 1)));
}
