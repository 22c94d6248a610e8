// Filters of a search, and their SQL. Column names come from this file; values become bind
// parameters.
import type { MemoryKind } from '../memory.entity.js';

/** Times are RFC 3339 in UTC. */
export interface MemoryFilter {
  kind?: MemoryKind[];
  /** A memory must have all of these tags. */
  tags?: string[];
  /** Null selects memories that are for every agent. */
  agentId?: string | null;
  conversationId?: string | null;
  /**
   * Selects memories for every conversation and for this one. Only contexts use it; clients cannot
   * set it.
   */
  usableIn?: string;
  /**
   * Selects memories for every agent and for this one. Only contexts use it; clients cannot set it.
   */
  usableBy?: string | null;
  /** Keys and values that the metadata must contain, at any depth. */
  metadata?: Record<string, unknown>;
  /** Bounds `validFrom`, or the time of creation for a memory without it. */
  from?: string;
  to?: string;
  minImportance?: number;
}

/** SQL condition: a memory for every agent, or for the one of a parameter. */
export const isUsableBy = (agent: string, row: string): string =>
  `(${row}.agent_id is null or ${row}.agent_id = ${agent})`;

/** SQL condition: a memory for every conversation, or for the one of a parameter. */
export const isUsableIn = (conversation: string, row: string): string =>
  `(${row}.conversation_id is null or ${row}.conversation_id = ${conversation})`;

type BindParameter = (value: unknown, type: string) => string;

/** Returns SQL conditions for a version of a memory with the alias `row`. */
export function memoryConditions(
  filter: MemoryFilter | null,
  row: string,
  parameter: BindParameter,
): string[] {
  const { kind, tags, usableIn, usableBy, metadata, from, to, minImportance } = filter ?? {};
  const at = `coalesce(${row}.valid_from, ${row}.created_at)`;
  return [
    ...(kind ? [`${row}.kind = any(${parameter(kind, 'text[]')})`] : []),
    ...(tags ? [`${row}.tags @> ${parameter(tags, 'text[]')}`] : []),
    ...equal(filter?.agentId, `${row}.agent_id`, 'text', parameter),
    ...equal(filter?.conversationId, `${row}.conversation_id`, 'uuid', parameter),
    ...(usableIn ? [isUsableIn(parameter(usableIn, 'uuid'), row)] : []),
    ...(usableBy === undefined ? [] : [isUsableBy(parameter(usableBy, 'text'), row)]),
    ...(metadata
      ? [`coalesce(${row}.metadata, '{}') @> ${parameter(JSON.stringify(metadata), 'jsonb')}`]
      : []),
    ...(from ? [`${at} >= ${parameter(from, 'timestamptz')}`] : []),
    ...(to ? [`${at} < ${parameter(to, 'timestamptz')}`] : []),
    ...(minImportance === undefined
      ? []
      : [`${row}.importance >= ${parameter(minImportance, 'double precision')}`]),
  ];
}

/** Returns SQL conditions for a message: only the filters that a message has a column for. */
export function messageConditions(
  filter: MemoryFilter | null,
  row: string,
  parameter: BindParameter,
): string[] {
  const { metadata, from, to } = filter ?? {};
  return [
    ...equal(filter?.conversationId ?? undefined, `${row}.conversation_id`, 'uuid', parameter),
    ...(metadata
      ? [`coalesce(${row}.metadata, '{}') @> ${parameter(JSON.stringify(metadata), 'jsonb')}`]
      : []),
    ...(from ? [`${row}.created_at >= ${parameter(from, 'timestamptz')}`] : []),
    ...(to ? [`${row}.created_at < ${parameter(to, 'timestamptz')}`] : []),
  ];
}

function equal(
  value: string | null | undefined,
  column: string,
  type: string,
  parameter: BindParameter,
): string[] {
  if (value === undefined) return [];
  return [value === null ? `${column} is null` : `${column} = ${parameter(value, type)}`];
}
