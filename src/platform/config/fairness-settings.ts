// How much of the database one user may have at a time, so that others find room.
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

/** The shares of the pool. No number is larger than the pool, and none is so small that nothing runs. */
export interface Fairness {
  /** Connections of the pool, of all owners together. */
  readonly connections: number;
  /** Connections that one user holds at a time. */
  readonly perUser: number;
  /** Connections that slow work of all users holds at a time. */
  readonly slow: number;
  /** Connections that slow work of one user holds at a time; they count as connections of the user, too. */
  readonly slowPerUser: number;
  /** Pieces of work of one user that wait for a connection; one more is refused. */
  readonly maxWaiting: number;
  /** Pieces of slow work of one user that wait; one more is refused. */
  readonly maxSlowWaiting: number;
  /** Seconds a filtered list, or its count, may take. */
  readonly listTimeout: number;
}

/** Parts of the pool by default. */
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
