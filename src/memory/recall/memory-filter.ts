// What a search is narrowed to, and its SQL: names come from here, values become parameters.
import type { MemoryKind } from '../memory.entity.js';

/** Times are RFC 3339 in UTC. */
export interface MemoryFilter {
  kind?: MemoryKind[];
  /** All of them. */
  tags?: string[];
  /** Null: those that are for every agent. */
  agentId?: string | null;
  conversationId?: string | null;
  /** What is for every conversation, and what is for this one. Not asked by clients. */
  usableIn?: string;
  /** What is for every agent, and what is for this one. Not asked by clients. */
  usableBy?: string | null;
  /** Containment: the keys and values given, at any depth. */
  metadata?: Record<string, unknown>;
  /** When it happened, or from when on it is true; else when it was told. */
  from?: string;
  to?: string;
  minImportance?: number;
}

type BindParameter = (value: unknown, type: string) => string;

/** `row` is a version of a memory. */
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
    ...(usableIn
      ? [
          `(${row}.conversation_id is null or ${row}.conversation_id = ${parameter(usableIn, 'uuid')})`,
        ]
      : []),
    ...(usableBy === undefined
      ? []
      : [`(${row}.agent_id is null or ${row}.agent_id = ${parameter(usableBy, 'text')})`]),
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

/** Of messages: those fields that a message has. */
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
