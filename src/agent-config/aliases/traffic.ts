// Which of an alias's versions a user gets: always the same, and shares can grow without others changing sides.
import { createHash } from 'node:crypto';

export interface Target {
  version: number;
  /** All targets of an alias add up to 100. */
  percent: number;
}

/** Hundredths of a percent. */
const PLACES = 10_000;

/** By a hash of configuration, alias and user. The last target takes from the end: when it grows at the cost of the one before it, who has it keeps it. */
export function chosenVersion(
  targets: readonly Target[],
  configId: string,
  alias: string,
  userId: string,
): number {
  const place =
    createHash('sha256').update(`${configId}\n${alias}\n${userId}`).digest().readUInt32BE() %
    PLACES;
  let end = 0;
  for (const { version, percent } of targets) {
    end += (percent * PLACES) / 100;
    if (place < end) return version;
  }
  return targets.at(-1)!.version;
}
