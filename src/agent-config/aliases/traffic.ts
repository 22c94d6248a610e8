// Chooses the version of an alias for a user. A user always gets the same one, and one share can
// grow without moving the other users.
import { createHash } from 'node:crypto';

export interface TrafficTarget {
  version: number;
  /** The percentages of an alias add up to 100. */
  percent: number;
}

/** Buckets of users, each a hundredth of a percent. */
const BUCKETS = 10_000;

/**
 * Puts the user into a bucket by a hash of configuration, alias and user. The last target has the
 * last buckets: when it grows at the cost of the one before it, its users stay with it.
 */
export function chosenVersion(
  targets: readonly TrafficTarget[],
  configId: string,
  alias: string,
  userId: string,
): number {
  const bucket =
    createHash('sha256').update(`${configId}\n${alias}\n${userId}`).digest().readUInt32BE() %
    BUCKETS;
  let end = 0;
  for (const { version, percent } of targets) {
    end += (percent * BUCKETS) / 100;
    if (bucket < end) return version;
  }
  return targets.at(-1)!.version;
}
