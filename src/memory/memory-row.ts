// A version as statements read and write it.
import { packedBytes, textBytes } from '../platform/database/index.js';
import type { MemoryAction, MemoryKind } from './memory.entity.js';

/** What the caller says of a memory. Times are RFC 3339 in UTC. */
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

export interface MemoryRow extends Omit<MemoryValues, 'content'> {
  id: string;
  /** Null where there is nothing: it was forgotten, or rolled back. */
  content: string | null;
  version: number;
  revision: number;
  strength: number;
  sourceMessageIds: string[];
  /** Those of them that have been purged. */
  removedSourceMessageIds: string[];
  hasSources: boolean;
  action: MemoryAction;
  actor: string;
  reason: string | null;
  createdAt: string;
  updatedAt: string;
  supersededAt: string | null;
}

/** Messages that this version or one before it came from, or those of them that have been purged. Looked up only where there are any. */
export const sourceIds = (row: string, owner: string, which: 'all' | 'removed') => `
  case when ${row}.has_sources then array(
    select distinct s.message_id from threadkeep.memory_source s
     where s.user_id = ${owner} and s.memory_id = ${row}.id and s.version <= ${row}.version${which === 'removed' ? ' and s.removed' : ''} order by 1) else '{}' end`;
const sources = (row: string) =>
  `${sourceIds(row, '$1', 'all')} as "sourceMessageIds", ${sourceIds(row, '$1', 'removed')} as "removedSourceMessageIds"`;

/** The columns of a `MemoryRow`; the owner is the first parameter. */
export const memoryColumns = (row = 'm'): string => `
  ${row}.id, ${row}.kind, ${row}.label, ${row}.content, ${row}.tags, ${row}.importance, ${row}.metadata, ${row}.agent_id as "agentId",
  ${row}.conversation_id as "conversationId", ${row}.valid_from as "validFrom", ${row}.valid_to as "validTo", ${row}.expires_at as "expiresAt",
  ${row}.version, ${row}.revision, ${row}.strength, ${row}.has_sources as "hasSources", ${sources(row)}, ${row}.action, ${row}.actor,
  ${row}.reason, ${row}.created_at as "createdAt", ${row}.recorded_at as "updatedAt", ${row}.superseded_at as "supersededAt"`;

const utc = (time: string) =>
  `to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** A memory as the API shows it, in JSON: what `toMemoryDto` makes of the row, without its being read and written again. */
export const memoryJson = (row = 'm'): string => `
  (select row_to_json(shown)::text from (
    select ${row}.id, ${row}.kind, ${row}.content, ${row}.tags, ${row}.importance, coalesce(${row}.metadata, '{}') as metadata, ${row}.agent_id as "agentId",
           ${row}.conversation_id as "conversationId", ${utc(`${row}.valid_from`)} as "validFrom", ${utc(`${row}.valid_to`)} as "validTo",
           ${utc(`${row}.expires_at`)} as "expiresAt", ${sources(row)}, ${row}.strength, ${row}.version, ${row}.revision,
           ${utc(`${row}.created_at`)} as "createdAt", ${utc(`${row}.recorded_at`)} as "updatedAt") shown)`;

/** The newest version, where it says something that has not expired. */
export const isCurrent = (row = 'm'): string =>
  `${row}.superseded_at is null and ${row}.content is not null and (${row}.expires_at is null or ${row}.expires_at > now())`;

/** The version that was the newest at a moment, where it said something then. What was forgotten since is gone from then, too. */
export const wasCurrent = (at: string, row = 'm'): string =>
  `${row}.recorded_at <= ${at} and (${row}.superseded_at is null or ${row}.superseded_at > ${at}) and ${row}.content is not null and (${row}.expires_at is null or ${row}.expires_at > ${at})`;

/** SQL for the bytes of what a version says. */
export const memoryBytes = (row = 'm'): string =>
  `(${textBytes(`${row}.content`)} + ${packedBytes(`${row}.metadata`)} + ${packedBytes(`${row}.tags`)})`;
