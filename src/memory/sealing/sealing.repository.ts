// The SQL that converts memories in place: as the system, from plain to sealed words and back.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase, statement } from '../../platform/database/index.js';
import { isSealedTextSql, SLICE_ROWS } from '../../platform/vault/index.js';
import { utc } from '../memory-row.js';
import type { Fingerprinted } from '../writes/fingerprint.js';
import { hasSealedSql, isSealedSql } from './sealed-words.js';
import { MAX_UUID } from '../../platform/input/index.js';

/** The place of a version in the order in which they are converted. */
export type VersionPlace = [userId: string, id: string, version: number];
export type VectorPlace = [userId: string, memoryId: string];

/** A version, or a tombstone with a reason, as it is stored. */
export interface StoredVersion extends Omit<Fingerprinted, 'content'> {
  userId: string;
  id: string;
  version: number;
  content: string | null;
  tags: string[];
  metadata: Record<string, unknown> | null;
  reason: string | null;
  fingerprint: Buffer | null;
  nearFingerprint: string | null;
}

/** A version as it was read, and what it gets. */
export interface ConvertedVersion extends Pick<
  StoredVersion,
  'content' | 'tags' | 'metadata' | 'reason' | 'fingerprint' | 'nearFingerprint'
> {
  read: StoredVersion;
}

export interface StoredVector {
  userId: string;
  id: string;
  arrival: number;
  model: string;
  vector: Buffer;
}

export interface ConvertedVector extends Pick<StoredVector, 'model' | 'vector'> {
  read: StoredVector;
}

const SLOW = { slow: true };

const END_OF_VERSIONS = statement<Pick<StoredVersion, 'userId' | 'id' | 'version'>>(
  'memory.end_of_slice',
  `select user_id as "userId", id, version from threadkeep.memory
    where (user_id, id, version) > ($1::uuid, $2::uuid, $3::integer)
    order by user_id, id, version offset ${SLICE_ROWS - 1} limit 1`,
  SLOW,
);
const versions = (condition: string) =>
  `select m.user_id as "userId", m.id, m.version, m.kind, m.label, m.content, m.tags, m.metadata,
     m.reason, m.agent_id as "agentId", m.conversation_id as "conversationId",
     ${utc('m.valid_from')} as "validFrom", m.fingerprint, m.near_fingerprint as "nearFingerprint"
     from threadkeep.memory m where (m.user_id, m.id, m.version) > ($1::uuid, $2::uuid, $3::integer)
       and (m.user_id, m.id, m.version) <= ($4::uuid, $5::uuid, $6::integer)
       and (${condition}) order by m.user_id, m.id, m.version limit $7`;
const PLAIN = statement<StoredVersion>(
  'memory.list_plain',
  versions(`not ${isSealedSql('m')} or not ${isSealedTextSql('m.reason')}`),
  SLOW,
);
const SEALED = statement<StoredVersion>('memory.list_sealed', versions(hasSealedSql('m')), SLOW);

/** Waits for the writers of these users, and lets no other begin until the commit. */
const LOCK = statement(
  'memory.lock_heads',
  `select user_id from threadkeep.memory_head where user_id = any($1::uuid[])
    order by user_id for update`,
);

/**
 * Writes versions that are as they were read. Of two memories that are the same only now, one keeps
 * the fingerprint, as after a merge.
 */
const CONVERT = statement<{ id: string }>(
  'memory.convert',
  `update threadkeep.memory m set content = g.content, metadata = g.metadata, reason = g.reason,
     tags = array(select jsonb_array_elements_text(g.tags)), near_fingerprint = g.near_fingerprint,
     fingerprint = case when m.superseded_at is null and exists (
       select from threadkeep.memory o where o.user_id = m.user_id
          and o.fingerprint = g.fingerprint and o.superseded_at is null and o.id <> m.id)
       then null else g.fingerprint end
     from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::jsonb[], $6::jsonb[],
       $7::text[], $8::bytea[], $9::bigint[], $10::boolean[], $11::text[])
       as g (user_id, id, version, content, tags, metadata, reason, fingerprint, near_fingerprint,
         was_sealed, read_reason)
    where m.user_id = g.user_id and m.id = g.id and m.version = g.version
      and ${isSealedSql('m')} is not distinct from g.was_sealed
      and m.reason is not distinct from g.read_reason
    returning m.id`,
  SLOW,
);

const END_OF_VECTORS = statement<Pick<StoredVector, 'userId' | 'id'>>(
  'memory_embedding.end_of_slice',
  `select user_id as "userId", memory_id as id from threadkeep.memory_embedding
    where (user_id, memory_id) > ($1::uuid, $2::uuid)
    order by user_id, memory_id offset ${SLICE_ROWS - 1} limit 1`,
  SLOW,
);
const vectors = (condition: string) =>
  `select user_id as "userId", memory_id as id, arrival, model, vector
     from threadkeep.memory_embedding where (user_id, memory_id) > ($1::uuid, $2::uuid)
       and (user_id, memory_id) <= ($3::uuid, $4::uuid)
       and ${condition} order by user_id, memory_id limit $5`;
const PLAIN_VECTORS = statement<StoredVector>(
  'memory_embedding.list_plain',
  vectors(`not starts_with(model, 'sealed:')`),
  SLOW,
);
const SEALED_VECTORS = statement<StoredVector>(
  'memory_embedding.list_sealed',
  vectors(`starts_with(model, 'sealed:')`),
  SLOW,
);
const CONVERT_VECTORS = statement<{ id: string }>(
  'memory_embedding.convert',
  `update threadkeep.memory_embedding e set vector = g.vector, model = g.model
     from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::bytea[])
       as g (user_id, memory_id, arrival, read_model, model, vector)
    where e.user_id = g.user_id and e.memory_id = g.memory_id and e.arrival = g.arrival
      and e.model = g.read_model
    returning e.memory_id as id`,
  SLOW,
);

@Injectable()
export class MemorySealingRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** @returns the place of the version that is `SLICE_ROWS` behind; null when fewer follow */
  async endOfVersions(after: VersionPlace): Promise<VersionPlace | null> {
    const [end] = await this.database.read(END_OF_VERSIONS, after);
    return end ? [end.userId, end.id, end.version] : null;
  }

  /** The first versions of a slice that are not stored as they should be. */
  versions(
    isOn: boolean,
    after: VersionPlace,
    end: VersionPlace | null,
    limit: number,
  ): Promise<StoredVersion[]> {
    const values = [...after, ...(end ?? [MAX_UUID, MAX_UUID, 0]), limit];
    return this.database.read(isOn ? PLAIN : SEALED, values);
  }

  /** @returns how many were unchanged since they were read */
  async convert(rows: ConvertedVersion[], wasSealed: (content: string) => boolean) {
    await this.database.write(LOCK, [[...new Set(rows.map(({ read }) => read.userId))]]);
    const written = await this.database.write(CONVERT, [
      rows.map(({ read }) => read.userId),
      rows.map(({ read }) => read.id),
      rows.map(({ read }) => read.version),
      rows.map(({ content }) => content),
      rows.map(({ tags }) => JSON.stringify(tags)),
      rows.map(({ metadata }) => metadata && JSON.stringify(metadata)),
      rows.map(({ reason }) => reason),
      rows.map(({ fingerprint }) => fingerprint),
      rows.map(({ nearFingerprint }) => nearFingerprint),
      rows.map(({ read }) => (read.content === null ? null : wasSealed(read.content))),
      rows.map(({ read }) => read.reason),
    ]);
    return written.length;
  }

  /** As `endOfVersions`. */
  async endOfVectors(after: VectorPlace): Promise<VectorPlace | null> {
    const [end] = await this.database.read(END_OF_VECTORS, after);
    return end ? [end.userId, end.id] : null;
  }

  /** As `versions`. */
  vectors(
    isOn: boolean,
    after: VectorPlace,
    end: VectorPlace | null,
    limit: number,
  ): Promise<StoredVector[]> {
    const values = [...after, ...(end ?? [MAX_UUID, MAX_UUID]), limit];
    return this.database.read(isOn ? PLAIN_VECTORS : SEALED_VECTORS, values);
  }

  async convertVectors(rows: ConvertedVector[]): Promise<number> {
    const written = await this.database.write(CONVERT_VECTORS, [
      rows.map(({ read }) => read.userId),
      rows.map(({ read }) => read.id),
      rows.map(({ read }) => read.arrival),
      rows.map(({ read }) => read.model),
      rows.map(({ model }) => model),
      rows.map(({ vector }) => vector),
    ]);
    return written.length;
  }
}
