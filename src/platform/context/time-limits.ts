// How long the database may take, where that is another time than the configuration's.
import { SetMetadata } from '@nestjs/common';

/** In seconds. What is not said is as the configuration says. */
export interface TimeLimits {
  /** For each statement. */
  statement?: number;
  /** To wait for a row or a table that somebody else holds. */
  lock?: number;
  /** With the transaction open and nothing to do. */
  idle?: number;
}

export const TIME_LIMITS = Symbol('time limits');

/** For all that the database is asked on this route. Each statement then has a connection of its own, as nobody else is to wait behind it. */
export const DatabaseLimits = (limits: TimeLimits) => SetMetadata(TIME_LIMITS, limits);

/** The database may take long on this route, within the limits of all: few of one user run at a time, and a part of the pool is left to others. */
export const SlowRoute = () => DatabaseLimits({});
