// When a job looks for rows that are not stored as a setting says: often while there may be some, and rarely when there are none.
import { performance } from 'node:perf_hooks';

const MINUTE_MS = 60_000;
/** After a switch, processes with the setting of before may write for this time. */
const SWITCH_MS = 30 * MINUTE_MS;
/** The time between two looks afterwards. */
const IDLE_MS = 6 * 60 * MINUTE_MS;

/** A setting changes only with a restart, so each process looks often after its start. */
export class ConversionPace {
  private readonly startedAt: number;
  /** When a run last found nothing to convert. */
  private idleSince: number | undefined;

  /** @param now in milliseconds of a clock that is never set back */
  constructor(private readonly now = () => performance.now()) {
    this.startedAt = now();
  }

  get isDue(): boolean {
    if (this.idleSince === undefined || this.now() - this.startedAt < SWITCH_MS) return true;
    return this.now() - this.idleSince >= IDLE_MS;
  }

  /** @param count rows that a whole run has found */
  ended(count: number): void {
    this.idleSince = count === 0 ? this.now() : undefined;
  }
}
