// Reads the newest versions that lack a vector of the model, and saves vectors.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, statement } from '../../platform/database/index.js';
import { SealedMemories } from '../sealing/sealed-memories.js';

export interface Unembedded {
  id: string;
  version: number;
  content: string;
}

const IS_CURRENT = `m.user_id = $1 and m.superseded_at is null and m.content is not null
  and m.label is null`;
const HAS_VECTOR = `exists (select from threadkeep.memory_embedding e
  where e.user_id = $1 and e.memory_id = m.id and e.version = m.version
    and e.model in ($2, 'sealed:' || $2))`;

const NEXT = ownedStatement<Unembedded>(
  'memory_embedding.next',
  `select m.id, m.version, m.content from threadkeep.memory m where ${IS_CURRENT}
    and not ${HAS_VECTOR} and m.id <> all($4::uuid[]) order by m.created_at, m.id limit $3`,
  { slow: true },
);

const REVISION = ownedStatement<{ revision: number }>(
  'memory_embedding.revision',
  `select revision from threadkeep.memory_head where user_id = $1`,
);

/** Saves a vector only while its version is still the newest and has content. */
const SAVE = ownedStatement(
  'memory_embedding.save',
  `with head as (
     update threadkeep.memory_head set embedded = embedded + 1 where user_id = $1
       returning embedded)
   insert into threadkeep.memory_embedding as e (user_id, memory_id, version, arrival, model,
     vector)
   select $1, m.id, m.version, head.embedded, $2, given.vector
     from head, unnest($3::uuid[], $4::integer[], $5::bytea[]) as given (id, version, vector)
     join threadkeep.memory m on ${IS_CURRENT} and m.id = given.id and m.version = given.version
   on conflict (user_id, memory_id) do update
     set version = excluded.version, arrival = excluded.arrival, model = excluded.model,
     vector = excluded.vector`,
);

const DONE = ownedStatement(
  'memory_embedding.done',
  `update threadkeep.memory_head set embedded_to = $2, embedded_by = $3 where user_id = $1`,
);

const BEHIND = statement<{ id: string }>(
  'memory_embedding.behind',
  `select user_id as id from threadkeep.memory_head where user_id > $1
    and (embedded_to < revision or embedded_by is distinct from $2) order by user_id limit $3`,
  { slow: true },
);

const STATS = ownedStatement<{
  memories: number;
  revision: number;
  embedded: number;
  pending: number;
}>(
  'memory_embedding.stats',
  `select count(m.id)::integer as memories,
    coalesce((select revision from threadkeep.memory_head where user_id = $1), 0) as revision,
          (count(m.id) filter (where ${HAS_VECTOR}))::integer as embedded,
          (count(m.id) filter (where $2::text is not null
            and not ${HAS_VECTOR}))::integer as pending
     from threadkeep.memory m where ${IS_CURRENT}
       and (m.expires_at is null or m.expires_at > now())`,
  { slow: true },
);

@Injectable()
export class EmbeddingRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealing: SealedMemories,
  ) {}

  /**
   * Lists the oldest memories without a vector of the model.
   * @param passed ids of those to pass over, because they cannot be opened
   * @returns also the ids of the next ones that cannot be opened
   */
  async next(
    model: string,
    limit: number,
    passed: string[],
  ): Promise<{ memories: Unembedded[]; unreadable: string[] }> {
    const rows = await this.database.read(NEXT, [model, limit, passed]);
    const memories = await this.sealing.openKnown(rows);
    const known = new Set(memories.map(({ id }) => id));
    return { memories, unreadable: rows.map(({ id }) => id).filter((id) => !known.has(id)) };
  }

  async revision(): Promise<number> {
    return (await this.database.read(REVISION, []))[0]?.revision ?? 0;
  }

  async save(model: string, memories: Unembedded[], vectors: Int8Array[]): Promise<void> {
    const bytes = vectors.map(({ buffer, byteOffset, byteLength }, i) => ({
      id: memories[i]!.id,
      vector: Buffer.from(buffer, byteOffset, byteLength),
    }));
    const stored = await this.sealing.storedVectors(model, bytes);
    await this.database.write(SAVE, [
      stored.model,
      memories.map(({ id }) => id),
      memories.map(({ version }) => version),
      stored.vectors,
    ]);
  }

  /** Notes that all memories up to this revision have their vector. */
  async markEmbedded(revision: number, model: string): Promise<void> {
    await this.database.write(DONE, [revision, model]);
  }

  /** Runs as the system. Lists users with memories that may lack a vector of the model. */
  async usersBehind(model: string, after: string, limit: number): Promise<string[]> {
    return (await this.database.read(BEHIND, [after, model, limit])).map(({ id }) => id);
  }

  async stats(
    model: string | null,
  ): Promise<{ memories: number; revision: number; embedded: number; pending: number }> {
    const [row] = await this.database.read(STATS, [model]);
    return row!;
  }
}
