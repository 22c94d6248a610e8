import { ConversationField, conversationIdSql } from '../conversations/index.js';
import { containsText } from '../platform/database/index.js';
import { type Condition, field, List } from '../platform/list/index.js';
import { MemoryDto, toMemoryDto } from './dto/memory.dto.js';
import { MEMORY_KINDS } from './memory.entity.js';
import { isCurrent, type MemoryRow, sourceIds, wasCurrent } from './memory-row.js';

/**
 * The fields that memories are filtered by, in lists and in searches.
 * @param row what stands before each column, such as `m.`
 */
export const memoryFields = (row = '') => ({
  id: field.uuid(`${row}id`, { sort: true }),
  kind: field.oneOf(`${row}kind`, MEMORY_KINDS),
  tags: field.texts(`${row}tags`),
  importance: field.share(`${row}importance`),
  metadata: field.object(`${row}metadata`, { nullable: true }),
  agentId: field.text(`${row}agent_id`, { nullable: true }),
  conversationId: new ConversationField(`${row}conversation_id`, { nullable: true }),
  validFrom: field.time(`${row}valid_from`, { nullable: true }),
  validTo: field.time(`${row}valid_to`, { nullable: true }),
  expiresAt: field.time(`${row}expires_at`, { nullable: true }),
  strength: field.integer(`${row}strength`),
  revision: field.integer(`${row}revision`),
  createdAt: field.time(`${row}created_at`),
  updatedAt: field.time(`${row}recorded_at`, { sort: true }),
});

/**
 * The memories of a user, last changed first. `q` matches text as it stands; `/search` finds words
 * and meaning.
 */
export const memoryList = new List<MemoryRow, MemoryDto>({
  name: 'memory',
  table: 'threadkeep.memory',
  owner: 'user_id',
  fields: {
    ...memoryFields(),
    content: field.shown('content', { large: 'text' }),
    supersedes: field.shown(`coalesce(supersedes, '{}')`),
    supersededBy: field.shown('superseded_by'),
    version: field.shown('version'),
    sourceMessageIds: field.shown(`(${sourceIds('memory', 'memory.user_id', 'all')})`),
    removedSourceMessageIds: field.shown(`(${sourceIds('memory', 'memory.user_id', 'removed')})`),
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

/**
 * Selects memories with a source message, or with one of a conversation. Purged messages count.
 * @param of id of the message, or the conversation in the form of `readReferenceText`
 */
export const sourcedFrom = (source: 'message' | 'conversation', of: string): Condition => ({
  name: `learnt from ${source} ${of}`,
  text: (parameter) =>
    `has_sources and exists (select from threadkeep.memory_source s
      where ${UP_TO_VERSION} and s.${source}_id = ${conversationIdSql(of, parameter)})`,
});
