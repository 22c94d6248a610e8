// Filters of a search, and their SQL. Column names come from declarations; values become bind
// parameters.
import { ConversationField } from '../../conversations/index.js';
import {
  applicableTo,
  field,
  type FilterGrammar,
  filterSql,
  type FilterTree,
} from '../../platform/list/index.js';
import { memoryFields } from '../memory.list.js';

export interface MemoryFilter {
  /** The filter of the client. */
  asked?: FilterTree;
  /**
   * Selects memories for every conversation and for this one. Only contexts use it; clients cannot
   * set it.
   */
  usableIn?: string;
  /**
   * Selects memories for every agent and for this one. Only contexts use it; clients cannot set it.
   */
  usableBy?: string | null;
}

const fields = memoryFields('m.');
/** The time that `from` and `to` bound. */
const happened = field.time('coalesce(m.valid_from, m.created_at)');
const HAPPENED = 'happenedAt';
const MEMORY_FIELDS = { ...fields, [HAPPENED]: happened };

/** The fields that a message has, too. */
const MESSAGE_FIELDS = {
  id: field.uuid('m.id'),
  conversationId: new ConversationField('m.conversation_id'),
  metadata: field.object('m.metadata'),
  createdAt: field.time('m.created_at'),
  [HAPPENED]: field.time('m.created_at'),
};

/** The grammar of a search's filter. */
export const MEMORY_FILTER: FilterGrammar = {
  fields,
  short: {
    from: {
      field: HAPPENED,
      operator: 'gte',
      of: happened,
      description: 'What was true, happened or was written at or after this time.',
    },
    to: {
      field: HAPPENED,
      operator: 'lt',
      of: happened,
      description: 'What was true, happened or was written before this time.',
    },
    minImportance: {
      field: 'importance',
      operator: 'gte',
      of: fields.importance,
      description: 'Memories of at least this importance, from 0 to 1.',
    },
  },
};

/** SQL condition: a memory for every agent, or for the one of a parameter. */
export const isUsableBy = (agent: string, row: string): string =>
  `(${row}.agent_id is null or ${row}.agent_id = ${agent})`;

/** SQL condition: a memory for every conversation, or for the one of a parameter. */
export const isUsableIn = (conversation: string, row: string): string =>
  `(${row}.conversation_id is null or ${row}.conversation_id = ${conversation})`;

type BindParameter = (value: unknown, type: string) => string;

/** Returns SQL conditions for a version of a memory with the alias `m`. */
export function memoryConditions(filter: MemoryFilter | null, parameter: BindParameter): string[] {
  const { asked, usableIn, usableBy } = filter ?? {};
  return [
    ...(asked ? [filterSql(asked, MEMORY_FIELDS, parameter)] : []),
    ...(usableIn ? [isUsableIn(parameter(usableIn, 'uuid'), 'm')] : []),
    ...(usableBy === undefined ? [] : [isUsableBy(parameter(usableBy, 'text'), 'm')]),
  ];
}

/**
 * Returns SQL conditions for a message with the alias `m`: what is left of the filter without the
 * conditions that only memories can have.
 */
export function messageConditions(filter: MemoryFilter | null, parameter: BindParameter): string[] {
  const asked = filter?.asked && applicableTo(filter.asked, MESSAGE_FIELDS);
  return asked ? [filterSql(asked, MESSAGE_FIELDS, parameter)] : [];
}
