// Remembers how slowly a server usually answers, so that its silence can be judged. All times are
// in milliseconds.

/** A server that usually answers at once may be silent for this time before it is probed. */
const MIN_PROBE_AFTER_MS = 500;
/** Answers that take longer are slow. */
const SLOW_MS = 500;
/** An answer within this many times the recent maximum is expected. */
const EXPECTED_FACTOR = 4;
/** Each shorter answer lowers the recent maximum to this part of it. */
const DECAY = 0.9;

export class ResponseTimes {
  private recentMax = 0;

  /** @param limit silence after which the server counts as unreachable */
  constructor(readonly limit: number) {}

  record(took: number): void {
    this.recentMax = Math.max(took, this.recentMax * DECAY);
  }

  get areSlow(): boolean {
    return this.recentMax > SLOW_MS;
  }

  /** Silence after which a second connection probes whether the server is there. */
  get probeAfter(): number {
    return Math.min(this.limit / 2, Math.max(MIN_PROBE_AFTER_MS, EXPECTED_FACTOR * this.recentMax));
  }

  /**
   * Silence on a new connection after which open connections that are silent as well are dropped.
   */
  get giveUpAfter(): number {
    return Math.min(this.limit, Math.max(this.limit / 2, 2 * this.recentMax));
  }

  /** The longest time that an answer is expected to take. */
  get expected(): number {
    return Math.min(this.limit, EXPECTED_FACTOR * this.recentMax);
  }
}
