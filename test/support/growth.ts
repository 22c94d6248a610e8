// How the CPU time of a piece of work grows when its input doubles.

/** Milliseconds of CPU from which on noise does not matter. */
const LEAST_MS = 6;
const RUNS = 3;
/** Measurements of a ratio, of which the least counts: the collector of garbage may have a share in others. */
const MEASUREMENTS = 4;
/** A ratio that needs no other measurement. */
const CLEAR = 2.4;
/** Doublings of an input after which work that takes less than that has a bound of its own. */
const DOUBLINGS = 9;

/** Makes the work for an input of a size: what it needs is not measured. */
export type Work = (size: number) => () => unknown;

/** @returns the time of twice the input over that of the input, or 0 for work that has a bound */
export function growthOf(work: Work, start = 500): number {
  for (let size = start, doublings = 0; doublings < DOUBLINGS; size *= 2, doublings++) {
    if (cpuOf(work, size, 1) < LEAST_MS) continue;
    return ratioFrom(work, size);
  }
  return 0;
}

/**
 * Where a cache of the processor ends, or the collector of garbage begins another kind of work, linear
 * work may look worse. Work that grows faster does so at the next sizes, too.
 */
function ratioFrom(work: Work, start: number): number {
  let ratio = Infinity;
  for (let size = start; size <= start * 4 && ratio > CLEAR; size *= 2)
    ratio = Math.min(ratio, ratioAt(work, size));
  return ratio;
}

/** The time of twice the input over that of the input: the least of some measurements. */
function ratioAt(work: Work, size: number): number {
  let ratio = Infinity;
  for (let tried = 0; tried < MEASUREMENTS && ratio > CLEAR; tried++) {
    ratio = Math.min(ratio, cpuOf(work, size * 2, RUNS) / cpuOf(work, size, RUNS));
  }
  return ratio;
}

/** Of the best run, in milliseconds. */
function cpuOf(work: Work, size: number, runs: number): number {
  let best = Infinity;
  for (let run = 0; run < runs; run++) {
    const made = work(size);
    const before = process.cpuUsage();
    made();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}
