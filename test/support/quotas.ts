// What each user keeps, in the answer of the API and in the tables.
import type { QuotaName } from '../../src/platform/quotas/index.js';
import type { Caller, TestApp } from './app.js';

export type Used = Record<QuotaName, number>;

/** What the user keeps of each quota. */
export async function usageOf(who: Caller, path = '/v1/users/me/usage'): Promise<Used> {
  const { data } = (await who.get(path).expect(200)).body as {
    data: { quota: QuotaName; used: number }[];
  };
  return Object.fromEntries(data.map(({ quota, used }) => [quota, used])) as Used;
}

const TABLES = [
  'conversation',
  'message',
  'summary',
  'memory',
  'memory_source',
  'context_manifest',
  'agent_config',
  'agent_config_version',
  'agent_config_move',
  'agent_config_override',
  'task',
  'event',
  'api_key',
  'idempotency_key',
];

/** Rows of every kind, of all users, and the numbers that say how long conversations are. */
export async function rowsIn({ database }: TestApp): Promise<Record<string, unknown>> {
  const counts = TABLES.map(
    (table) => `(select count(*)::integer from threadkeep.${table}) as ${table}`,
  );
  const sums = `(select sum(last_seq)::integer from threadkeep.conversation) as last_seq, (select sum(message_bytes)::integer from threadkeep.conversation) as message_bytes`;
  return (await database.admin(`select ${counts.join(', ')}, ${sums}`)).rows[0]!;
}
