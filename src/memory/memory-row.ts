// The columns of a memory version, as SQL statements read and write them.
import { packedBytes, textBytes } from '../platform/database/index.js';
import type { MemoryAction, MemoryKind } from './memory.entity.js';

/** The values that a caller sets. Times are RFC 3339 in UTC. */
export interface MemoryValues {
  kind: MemoryKind | 'block';
  label: string | null;
  content: string;
  tags: string[];
  importance: number;
  metadata: Record<string, unknown> | null;
  agentId: string | null;
  conversationId: string | null;
  validFrom: string | null;
  validTo: string | null;
  expiresAt: string | null;
}

/** Ids of the memories that this one supersedes, and of the one that supersedes it. */
export interface SupersessionLinks {
  /** What this memory has superseded. */
  supersedes: string[];
  supersededBy: string | null;
}

/** A version to be written. */
export interface NewVersion extends MemoryValues, SupersessionLinks {
  id: string;
  fingerprint: Buffer | null;
  /** By which near memories are found; null for a block. */
  nearFingerprint: string | null;
  sourceMessageIds: string[];
  actor: string;
  reason: string | null;
}

export interface MemoryRow extends Omit<MemoryValues, 'content'>, SupersessionLinks {
  id: string;
  /** Null in a tombstone: the memory was forgotten, expired or rolled back. */
  content: string | null;
  version: number;
  revision: number;
  strength: number;
  sourceMessageIds: string[];
  /** Source messages that have been purged. */
  removedSourceMessageIds: string[];
  hasSources: boolean;
  action: MemoryAction;
  actor: string;
  reason: string | null;
  createdAt: string;
  updatedAt: string;
  supersededAt: string | null;
}

/**
 * SQL for the source messages of this version and those before it, or for the purged ones among
 * them. Skips the lookup when there are none.
 */
export const sourceIds = (row: string, owner: string, which: 'all' | 'removed') => `
  case when ${row}.has_sources then array(
    select distinct s.message_id from threadkeep.memory_source s
     where s.user_id = ${owner} and s.memory_id = ${row}.id
       and s.version <= ${row}.version${which === 'removed' ? ' and s.removed' : ''}
       order by 1) else '{}' end`;

/**
 * SQL for who told a memory: the roles of its source messages, and `import` for a message of an
 * imported conversation that is not from a tool.
 */
export const sourceTellers = (row: string, owner: string): string => `
  case when ${row}.has_sources then array(
    select distinct case when c.key is not null and not c.named_by_application
        and t.role <> 'tool' then 'import' else t.role end
      from threadkeep.memory_source s
      join threadkeep.message t on t.user_id = ${owner} and t.id = s.message_id
      join threadkeep.conversation c on c.user_id = ${owner} and c.id = t.conversation_id
     where s.user_id = ${owner} and s.memory_id = ${row}.id and s.version <= ${row}.version
     order by 1) else '{}' end`;

const sources = (row: string) =>
  `${sourceIds(row, '$1', 'all')} as "sourceMessageIds",
    ${sourceIds(row, '$1', 'removed')} as "removedSourceMessageIds"`;

const links = (row: string) =>
  `coalesce(${row}.supersedes, '{}') as supersedes, ${row}.superseded_by as "supersededBy"`;

/** The columns of a `MemoryRow`. Parameter $1 must be the owner. */
export const memoryColumns = (row = 'm'): string => `
  ${row}.id, ${row}.kind, ${row}.label, ${row}.content, ${row}.tags, ${row}.importance,
  ${row}.metadata, ${row}.agent_id as "agentId",
  ${row}.conversation_id as "conversationId", ${row}.valid_from as "validFrom",
  ${row}.valid_to as "validTo", ${row}.expires_at as "expiresAt",
  ${links(row)}, ${row}.version, ${row}.revision, ${row}.strength, ${row}.has_sources as "hasSources",
  ${sources(row)}, ${row}.action, ${row}.actor,
  ${row}.reason, ${row}.created_at as "createdAt", ${row}.recorded_at as "updatedAt",
  ${row}.superseded_at as "supersededAt"`;

/** SQL for a time as RFC 3339 in UTC. */
export const utc = (time: string): string =>
  `to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/**
 * SQL for a memory in the JSON that the API returns. Equals `toMemoryDto` of the row, without
 * parsing and writing JSON again.
 */
export const memoryJson = (row = 'm'): string => `
  (select row_to_json(shown)::text from (
    select ${row}.id, ${row}.kind, ${row}.content, ${row}.tags, ${row}.importance,
      coalesce(${row}.metadata, '{}') as metadata, ${row}.agent_id as "agentId",
           ${row}.conversation_id as "conversationId", ${utc(`${row}.valid_from`)} as "validFrom",
             ${utc(`${row}.valid_to`)} as "validTo",
           ${utc(`${row}.expires_at`)} as "expiresAt", ${links(row)}, ${sources(row)},
           ${row}.strength,
             ${row}.version, ${row}.revision,
           ${utc(`${row}.created_at`)} as "createdAt",
             ${utc(`${row}.recorded_at`)} as "updatedAt") shown)`;

/** SQL condition: the newest version, with content and not expired. */
export const isCurrent = (row = 'm'): string =>
  `${row}.superseded_at is null and ${row}.content is not null
    and (${row}.expires_at is null or ${row}.expires_at > now())`;

/** SQL condition: a version `m` that is the newest and has content. */
export const IS_NEWEST = 'm.superseded_at is null and m.content is not null';
/** SQL condition: a version `m` that has not expired at a time, and is valid then. */
export const isValidAt = (at: string): string =>
  `(m.expires_at is null or m.expires_at > ${at})
    and (m.valid_from is null or m.valid_from <= ${at})
    and (m.valid_to is null or m.valid_to > ${at})`;

/**
 * SQL condition: the version that was current at a time. Content that was erased since is missing
 * there, too.
 */
export const wasCurrent = (at: string, row = 'm'): string =>
  `${row}.recorded_at <= ${at} and (${row}.superseded_at is null or ${row}.superseded_at > ${at})
    and ${row}.content is not null and (${row}.expires_at is null or ${row}.expires_at > ${at})`;

/** SQL for the bytes of a version's values. */
export const memoryBytes = (row = 'm'): string =>
  `(${textBytes(`${row}.content`)} + ${packedBytes(`${row}.metadata`)}
    + ${packedBytes(`${row}.tags`)})`;
