// Looks for a word in everything that is stored.
import type { TestDatabase } from './database.js';
import type { RedisServer } from './redis-server.js';

/** Tables with the canary in some row, as text or as bytes. */
export async function tablesWithCanary(database: TestDatabase, canary: string): Promise<string[]> {
  const { rows } = await database.admin(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and n.nspname in ('threadkeep', 'public') order by 1`,
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const searched = await database.admin(
      `select count(*)::integer as n from ${String(name)} t
        where t::text ilike $1 or t::text ilike $2`,
      [`%${canary}%`, `%${Buffer.from(canary).toString('hex')}%`],
    );
    if (searched.rows[0]!['n'] !== 0) found.push(String(name));
  }
  return found;
}

/** Every key in Redis, with its value. */
export const keptInRedis = (redis: RedisServer): Promise<string[]> =>
  redis.ask(async (client) => {
    const texts: string[] = [];
    for await (const keys of client.scanIterator()) {
      for (const key of keys) {
        const type = await client.type(key);
        const value = type === 'hash' ? await client.hGetAll(key) : null;
        texts.push(JSON.stringify([key, type === 'string' ? await client.get(key) : value]));
      }
    }
    return texts;
  });
