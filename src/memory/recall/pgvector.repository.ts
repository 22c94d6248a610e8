// Compares vectors in PostgreSQL where it has pgvector, for users with too many vectors to keep in
// a process.
import { Injectable } from '@nestjs/common';
import { ownedAnonymous, ScopedDatabase, statement } from '../../platform/database/index.js';
import { memoryConditions, type MemoryFilter } from './memory-filter.js';
import { IS_NEWEST, isValidAt } from '../memory-row.js';

/** The schema of pgvector's types; no row when our table lacks the column. */
const NAMESPACE = statement<{ namespace: string }>(
  'pgvector.namespace',
  `select quote_ident(n.nspname) as namespace from pg_attribute a
    join pg_type t on t.oid = a.atttypid join pg_namespace n on n.oid = t.typnamespace
    where a.attrelid = 'threadkeep.memory_embedding'::regclass and a.attname = 'embedding'
      and not a.attisdropped`,
);

/**
 * A trigger fills the column on every update, but not for sealed vectors. Anonymous, because the column does not exist on every
 * server.
 */
const FILL = ownedAnonymous(`
  update threadkeep.memory_embedding set vector = vector
   where user_id = $1 and memory_id in (select memory_id from threadkeep.memory_embedding
     where user_id = $1 and embedding is null and not starts_with(model, 'sealed:') limit $2)
   returning memory_id`);
const MISSING = ownedAnonymous(
  `select memory_id from threadkeep.memory_embedding where user_id = $1 and embedding is null
    limit 1`,
);

/** The inner product of two unit vectors that are stored as signed bytes. */
const INT8_SCALE_SQUARED = 127 * 127;

@Injectable()
export class PgvectorRepository {
  private known: Promise<string | null> | undefined;

  constructor(private readonly database: ScopedDatabase) {}

  /** Tells whether the server has pgvector. Asks the server once. */
  async isAvailable(): Promise<boolean> {
    return (await this.namespace()) !== null;
  }

  /**
   * Tells whether PostgreSQL can compare all vectors of the user: it has pgvector, and its column
   * is filled.
   */
  async hasAll(): Promise<boolean> {
    return (await this.isAvailable()) && (await this.database.read(MISSING, [])).length === 0;
  }

  /**
   * Fills the column for vectors that were saved before the server had pgvector. Returns how many.
   */
  async fill(limit: number): Promise<number> {
    return (await this.database.write(FILL, [limit])).length;
  }

  /**
   * Returns cosine similarities of the nearest visible memories, by id. Exact: it compares every
   * vector of the user.
   */
  async nearest(
    vector: Int8Array,
    model: string,
    filter: MemoryFilter | null,
    limit: number,
  ): Promise<Map<string, number>> {
    const namespace = await this.namespace();
    const values: unknown[] = [];
    const parameter = (value: unknown, type: string) => `$${values.push(value) + 4}::${type}`;
    const product = `-(e.embedding operator(${namespace}.<#>) $2::${namespace}.halfvec)`;
    const text = `
      select m.id, ${product} / ${INT8_SCALE_SQUARED} as cosine
        from threadkeep.memory_embedding e
        join threadkeep.memory m on m.user_id = $1 and m.id = e.memory_id and m.version = e.version
          and ${IS_NEWEST}
       where ${['e.user_id = $1', 'e.model = $3', `octet_length(e.vector) = ${vector.length}`, isValidAt('now()'), ...memoryConditions(filter, parameter)].join(' and ')}
       order by ${product} desc, m.id limit $4`;
    const rows = await this.database.read(ownedAnonymous<{ id: string; cosine: number }>(text), [
      `[${vector.join()}]`,
      model,
      limit,
      ...values,
    ]);
    return new Map(rows.map(({ id, cosine }) => [id, cosine]));
  }

  private async namespace(): Promise<string | null> {
    this.known ??= this.database.read(NAMESPACE, []).then(([row]) => row?.namespace ?? null);
    try {
      return await this.known;
    } catch (error) {
      this.known = undefined;
      throw error;
    }
  }
}
