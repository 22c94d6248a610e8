// SQL that finds near memories, and fills the fingerprints by which they are found.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, statement } from '../../platform/database/index.js';
import { SealedMemories } from '../sealing/sealed-memories.js';
import type { Fingerprinted } from './fingerprint.js';
import { type ComparedMemory, similarTo } from './near-memories.js';

const FIND = ownedStatement<{ id: string; similar: ComparedMemory[] }>(
  'memory.find_near',
  `select found.id, found.similar from (
     select g.id, ${similarTo('g', '$4::uuid[]')} as similar
       from unnest($2::uuid[], $3::bigint[]) as g (id, near_fingerprint)) found
    where found.similar is not null`,
  { slow: true },
);

const IS_UNKNOWN = `superseded_at is null and near_fingerprint is null and content is not null
  and label is null`;

const USERS = statement<{ id: string }>(
  'memory.near_unknown_users',
  `select distinct user_id as id from threadkeep.memory where ${IS_UNKNOWN} and user_id > $1
    order by 1 limit $2`,
  { slow: true },
);

export interface Unmarked extends Fingerprinted {
  id: string;
  version: number;
}

/** Rollbacks rely on it that no other write changes a current version meanwhile. */
const LOCK = ownedStatement(
  'memory.lock_head',
  `select true from threadkeep.memory_head where user_id = $1 for update`,
);

const NEXT = ownedStatement<Unmarked>(
  'memory.near_unknown',
  `select id, version, kind, label, content, agent_id as "agentId",
     conversation_id as "conversationId", valid_from as "validFrom"
     from threadkeep.memory where user_id = $1 and ${IS_UNKNOWN} order by id limit $2`,
);

const FILL = ownedStatement(
  'memory.fill_near',
  `update threadkeep.memory m set near_fingerprint = g.near_fingerprint
     from unnest($2::uuid[], $3::integer[], $4::bigint[]) as g (id, version, near_fingerprint)
    where m.user_id = $1 and m.id = g.id and m.version = g.version and m.content is not null`,
);

@Injectable()
export class NearMemoriesRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealing: SealedMemories,
  ) {}

  /**
   * Returns those that are near to a stored memory, with up to ten of these.
   * @param except ids of stored memories that do not count
   */
  async find(memories: { id: string; nearFingerprint: string }[], except: string[] = []) {
    const found: { id: string; similar: ComparedMemory[] | null }[] = await this.database.write(
      FIND,
      [
        memories.map(({ id }) => id),
        memories.map(({ nearFingerprint }) => this.sealing.nearFingerprint(nearFingerprint)),
        except,
      ],
    );
    return this.sealing.openSimilar(found);
  }

  /** Runs as the system. Lists users who have memories without a near fingerprint. */
  async usersWithUnknown(after: string, limit: number): Promise<string[]> {
    return (await this.database.read(USERS, [after, limit])).map(({ id }) => id);
  }

  /** Call it inside a transaction. No other write of the user's memory runs until its end. */
  async lock(): Promise<void> {
    await this.database.write(LOCK, []);
  }

  nextUnknown(limit: number): Promise<Unmarked[]> {
    return this.database.read(NEXT, [limit]);
  }

  async fill(memories: { id: string; version: number; nearFingerprint: string }[]): Promise<void> {
    await this.database.write(FILL, [
      memories.map(({ id }) => id),
      memories.map(({ version }) => version),
      memories.map(({ nearFingerprint }) => nearFingerprint),
    ]);
  }
}
