// How many connections one process opens to the primary server: what max_connections must leave room for.
import type { Config } from '../../config/config.js';

/** Connections that small statements share: while one is committing, or answering, the other takes what comes. The system has few. */
export const LANES = { user: { read: 2, write: 2 }, system: { read: 1, write: 1 } };

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
  const { user, system } = LANES;
  const shared = user.read + user.write + system.read + system.write;
  return checked + shared + LISTENER + (redis ? 0 : QUEUE_CONNECTIONS);
}
