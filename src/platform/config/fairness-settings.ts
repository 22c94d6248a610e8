// Settings of the share of the database that one user may have at a time.
import { z } from 'zod';
import { count, seconds } from './setting-kinds.js';

const MAX_CONNECTIONS = 2000;
const connections = z.coerce.number().int().min(1).max(MAX_CONNECTIONS).optional();

export const fairnessSettings = {
  DB_USER_CONNECTIONS: connections,
  DB_USER_SLOW_STATEMENTS: connections,
  DB_SHORT_WORK_CONNECTIONS: z.coerce.number().int().min(0).max(MAX_CONNECTIONS).optional(),
  DB_USER_WAITING: count(1000, 100_000),
  DB_USER_SLOW_WAITING: count(100, 100_000),
  DB_LIST_TIMEOUT: seconds(5),
};

interface FairnessEnvironment {
  DB_POOL_SIZE: number;
  DB_POOL_OVERFLOW: number;
  DB_USER_CONNECTIONS?: number | undefined;
  DB_USER_SLOW_STATEMENTS?: number | undefined;
  DB_SHORT_WORK_CONNECTIONS?: number | undefined;
  DB_USER_WAITING: number;
  DB_USER_SLOW_WAITING: number;
  DB_LIST_TIMEOUT: number;
}

/**
 * The shares of the pool's connections, corrected to its size: none is larger than the pool, and
 * each is at least one.
 */
export interface Fairness {
  /** Connections for all owners together. */
  readonly connections: number;
  /** Connections of one user at a time. */
  readonly perUser: number;
  /** Connections for slow work of all users at a time. */
  readonly slow: number;
  /** Connections for slow work of one user at a time. They also count in `perUser`. */
  readonly slowPerUser: number;
  /** Work of one user that may wait for a connection. Further work is refused. */
  readonly maxWaiting: number;
  /** Slow work of one user that may wait. Further work is refused. */
  readonly maxSlowWaiting: number;
  /** Seconds that a filtered list, or its count, may take. */
  readonly listTimeout: number;
}

/** Default shares of the pool. */
const USER_SHARE = 0.3;
const SLOW_SHARE = 0.1;
const SHORT_WORK_SHARE = 0.25;

const within = (value: number, most: number): number => Math.max(1, Math.min(value, most));

export function fairnessOf(env: FairnessEnvironment): Fairness {
  const connections = env.DB_POOL_SIZE + env.DB_POOL_OVERFLOW;
  const kept = env.DB_SHORT_WORK_CONNECTIONS ?? Math.ceil(connections * SHORT_WORK_SHARE);
  const slow = within(connections - kept, connections);
  const perUser = within(
    env.DB_USER_CONNECTIONS ?? Math.ceil(connections * USER_SHARE),
    connections,
  );
  const slowPerUser = env.DB_USER_SLOW_STATEMENTS ?? Math.ceil(connections * SLOW_SHARE);
  return Object.freeze({
    connections,
    perUser,
    slow,
    slowPerUser: within(slowPerUser, Math.min(slow, perUser)),
    maxWaiting: env.DB_USER_WAITING,
    maxSlowWaiting: env.DB_USER_SLOW_WAITING,
    listTimeout: env.DB_LIST_TIMEOUT,
  });
}
