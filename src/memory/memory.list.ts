import { containsText } from '../platform/database/index.js';
import { type Condition, field, List } from '../platform/list/index.js';
import { MemoryDto, toMemoryDto } from './dto/memory.dto.js';
import { MEMORY_KINDS } from './memory.entity.js';
import { isCurrent, type MemoryRow, sourceIds, wasCurrent } from './memory-row.js';

/**
 * The memories of a user, last changed first. `q` matches text as it stands; `/search` finds words
 * and meaning.
 */
export const memoryList = new List<MemoryRow, MemoryDto>({
  name: 'memory',
  table: 'threadkeep.memory',
  owner: 'user_id',
  fields: {
    id: field.uuid('id', { sort: true }),
    kind: field.oneOf('kind', MEMORY_KINDS),
    content: field.shown('content', { large: 'text' }),
    tags: field.texts('tags'),
    importance: field.shown('importance'),
    metadata: field.object('metadata', { nullable: true }),
    agentId: field.text('agent_id', { nullable: true }),
    conversationId: field.uuid('conversation_id', { nullable: true }),
    validFrom: field.time('valid_from', { nullable: true }),
    validTo: field.time('valid_to', { nullable: true }),
    expiresAt: field.time('expires_at', { nullable: true }),
    supersedes: field.shown(`coalesce(supersedes, '{}')`),
    supersededBy: field.shown('superseded_by'),
    strength: field.integer('strength'),
    version: field.shown('version'),
    revision: field.integer('revision'),
    sourceMessageIds: field.shown(`(${sourceIds('memory', 'memory.user_id', 'all')})`),
    removedSourceMessageIds: field.shown(`(${sourceIds('memory', 'memory.user_id', 'removed')})`),
    createdAt: field.time('created_at'),
    updatedAt: field.time('recorded_at', { sort: true }),
  },
  sort: '-updatedAt',
  search: (text) => containsText('content', text),
  dto: MemoryDto,
  item: toMemoryDto,
});

/**
 * Selects memories (not blocks) that are current, or were at an as-of time.
 * Cursors carry the name of a condition, so a new name would invalidate those that clients hold.
 */
export const currentMemories = (asOf: string | null): Condition => ({
  name: `believed ${asOf ?? 'now'}`,
  text: (parameter) =>
    `label is null and ${asOf === null ? isCurrent('memory') : wasCurrent(parameter(asOf, 'timestamptz'), 'memory')}`,
});

const UP_TO_VERSION =
  's.user_id = memory.user_id and s.memory_id = memory.id and s.version <= memory.version';

/** Selects memories with a source message, or with one of a conversation. Purged messages count. */
export const sourcedFrom = (source: 'message' | 'conversation', id: string): Condition => ({
  name: `learnt from ${source} ${id}`,
  text: (parameter) =>
    `has_sources and exists (select from threadkeep.memory_source s
      where ${UP_TO_VERSION} and s.${source}_id = ${parameter(id, 'uuid')})`,
});
