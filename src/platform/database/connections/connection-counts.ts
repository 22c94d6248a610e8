// Counts the connections that one process may open to the primary server, for its max_connections.
import type { Config } from '../../config/config.js';

/**
 * Pipelined connections of each login. While one commits or answers, the other takes new
 * statements. The system has few.
 */
export const PIPELINED_CONNECTIONS = { user: { read: 2, write: 2 }, system: { read: 1, write: 1 } };

const HEALTH_PROBE = 1;
/** The circuit breaker's probe. */
const BREAKER_PROBE = 1;
/** Listens for notifications: of changed keys, and of new jobs. */
const LISTENER = 1;

type Settings = Pick<Config, 'poolSize' | 'poolOverflow' | 'systemPool' | 'transactionPooler'>;

/**
 * Without replicas, which are other servers, and without the setup, which ends before the others
 * are opened. `.env.example` has the same sum in words.
 */
export function maxConnections({
  poolSize,
  poolOverflow,
  systemPool,
  transactionPooler,
}: Settings): number {
  const pools = poolSize + poolOverflow + systemPool.size + systemPool.overflow;
  const afterPooler = pools + HEALTH_PROBE + BREAKER_PROBE;
  if (transactionPooler) return afterPooler;
  const { user, system } = PIPELINED_CONNECTIONS;
  const shared = user.read + user.write + system.read + system.write;
  return afterPooler + shared + LISTENER;
}
