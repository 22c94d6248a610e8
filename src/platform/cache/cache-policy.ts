// What is cached and for how long: one row for each kind.

export interface CachePolicy {
  /** Seconds an entry is kept; whether it is still right is decided by its stamp. */
  readonly ttl: number;
  /** Seconds that "there is none" is kept. 0: not at all. */
  readonly negativeTtl: number;
  /** With Redis, only one process builds a missing entry, and the others wait a little for it. For what is dear to build. */
  readonly acrossProcesses: boolean;
}

export type CachePolicies<Kind extends string = string> = Readonly<Record<Kind, CachePolicy>>;

export const CACHE_POLICIES = {
  /** The messages of a conversation as a model is given them. */
  context: { ttl: 600, negativeTtl: 5, acrossProcesses: true },
  /** What an agent is run with for a user. */
  agentConfig: { ttl: 600, negativeTtl: 0, acrossProcesses: false },
} satisfies CachePolicies;

export type CacheKind = keyof typeof CACHE_POLICIES;

const JITTER = 0.1;

/** Milliseconds: the time to live, up to a tenth shorter or longer, so that what was made together does not end together. */
export function jittered(seconds: number, random: () => number = Math.random): number {
  return Math.round(seconds * 1_000 * (1 + JITTER * (2 * random() - 1)));
}
