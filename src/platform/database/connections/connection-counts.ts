// Counts the connections that one process opens to the primary server. max_connections must leave room for them.
import type { Config } from '../../config/config.js';

/**
 * Pipelined connections of each login. While one commits or answers, the other takes new
 * statements. The system has few.
 */
export const PIPELINED_CONNECTIONS = { user: { read: 2, write: 2 }, system: { read: 1, write: 1 } };

/** Connections of the job queue on PostgreSQL. */
export const QUEUE_CONNECTIONS = 3;

const HEALTH_PROBE = 1;
/** Looks whether the server can be reached again, or still. */
const REACHABILITY_CHECK = 1;
/** Listens for changed keys. */
const LISTENER = 1;

type Settings = Pick<
  Config,
  'poolSize' | 'poolOverflow' | 'systemPool' | 'redis' | 'transactionPooler'
>;

/** Replicas are other servers, and setting up comes before all of these. `.env.example` says the same in words. */
export function maxConnections({
  poolSize,
  poolOverflow,
  systemPool,
  redis,
  transactionPooler,
}: Settings): number {
  const pools = poolSize + poolOverflow + systemPool.size + systemPool.overflow;
  const checked = pools + HEALTH_PROBE + REACHABILITY_CHECK;
  if (transactionPooler) return checked;
  const { user, system } = PIPELINED_CONNECTIONS;
  const shared = user.read + user.write + system.read + system.write;
  return checked + shared + LISTENER + (redis ? 0 : QUEUE_CONNECTIONS);
}
