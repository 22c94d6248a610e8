// Vectors that PostgreSQL looks at, where it has pgvector (see memory/embedding/pgvector-schema.ts): for users with too many to keep in a process.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import { anonymous, ScopedDatabase, statement } from '../../platform/database/index.js';
import { conditionsOf, type MemoryFilter } from './memory-filter.js';
import { isTrueAt, NOW } from './memory-index.repository.js';

/** The schema of pgvector's types, when our table has its column. */
const NAMESPACE = statement<{ namespace: string }>(
  'pgvector.namespace',
  `select quote_ident(n.nspname) as namespace from pg_attribute a join pg_type t on t.oid = a.atttypid join pg_namespace n on n.oid = t.typnamespace
    where a.attrelid = 'threadkeep.memory_embedding'::regclass and a.attname = 'embedding' and not a.attisdropped`,
);

/** A trigger fills the column on any update. Anonymous: it is not there on every server. */
const FILL = anonymous(`
  update threadkeep.memory_embedding set vector = vector
   where user_id = $1 and memory_id in (select memory_id from threadkeep.memory_embedding where user_id = $1 and embedding is null limit $2)
   returning memory_id`);
const MISSING = anonymous(
  `select memory_id from threadkeep.memory_embedding where user_id = $1 and embedding is null limit 1`,
);

/** The product of two unit vectors, of signed bytes as they are kept. */
const ONE = 127 * 127;

@Injectable()
export class PgvectorRepository {
  private known: Promise<string | null> | undefined;

  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
  ) {}

  /** Whether the server has it. Asked once; after that it costs nothing. */
  async isThere(): Promise<boolean> {
    return (await this.namespace()) !== null;
  }

  /** Whether PostgreSQL can look at all vectors of the user: it has pgvector, and has been given them. */
  async hasAll(): Promise<boolean> {
    return (
      (await this.isThere()) &&
      (await this.database.read(MISSING, () => [this.userId])).length === 0
    );
  }

  /** Gives it some that were there before it had pgvector. @returns how many */
  async fill(limit: number): Promise<number> {
    return (await this.database.write(FILL, () => [this.userId, limit])).length;
  }

  /** Cosines of the nearest that may be shown, by id. Exact: without an index of its own, it looks at every vector of the user. */
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
      select m.id, ${product} / ${ONE} as cosine
        from threadkeep.memory_embedding e
        join threadkeep.memory m on m.user_id = $1 and m.id = e.memory_id and m.version = e.version and ${NOW}
       where ${['e.user_id = $1', 'e.model = $3', `octet_length(e.vector) = ${vector.length}`, isTrueAt('now()'), ...conditionsOf(filter, 'm', parameter)].join(' and ')}
       order by ${product} desc, m.id limit $4`;
    const rows = await this.database.read(anonymous<{ id: string; cosine: number }>(text), () => [
      this.userId,
      `[${vector.join()}]`,
      model,
      limit,
      ...values,
    ]);
    return new Map(rows.map(({ id, cosine }) => [id, cosine]));
  }

  private async namespace(): Promise<string | null> {
    this.known ??= this.database.read(NAMESPACE, () => []).then(([row]) => row?.namespace ?? null);
    try {
      return await this.known;
    } catch (error) {
      this.known = undefined;
      throw error;
    }
  }

  private get userId(): string {
    return this.contexts.userScope().userId;
  }
}
