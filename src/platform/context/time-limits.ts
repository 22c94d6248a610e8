// Time limits of the database that replace those of the configuration.
import { SetMetadata } from '@nestjs/common';

/** In seconds. A missing limit is the configuration's. */
export interface TimeLimits {
  /** For each statement. */
  statement?: number;
  /** For the wait for a lock. */
  lock?: number;
  /** For an open transaction that is idle. */
  idle?: number;
}

export const TIME_LIMITS = Symbol('time limits');

/**
 * Sets time limits for all statements of the route. Each then uses a connection of its own, because
 * others would wait behind it.
 */
export const DatabaseLimits = (limits: TimeLimits) => SetMetadata(TIME_LIMITS, limits);

/**
 * Marks a route whose statements may take long, within the usual limits. Few of one user run at a
 * time, and they leave a part of the pool free.
 */
export const SlowRoute = () => DatabaseLimits({});
