// Reads memories of mem0.
import {
  isObject,
  isText,
  type JsonObject,
  memoryOf,
  said,
  type SourceItem,
  timeOf,
} from './format.js';

const MEM0_FIELDS = ['hash', 'user_id', 'created_at', 'agent_id', 'run_id', 'score', 'metadata'];

export const isMem0 = (value: JsonObject): boolean =>
  isText(value['memory']) && MEM0_FIELDS.some((name) => name in value);

export function fromMem0(value: JsonObject): SourceItem[] {
  const { id, memory, metadata, categories, created_at: created, expiration_date: expires } = value;
  const { hash, user_id: userId, run_id: runId, updated_at: updatedAt } = value;
  return [
    memoryOf('mem0', memory as string, {
      id,
      tags: Array.isArray(categories) ? categories.filter(isText) : [],
      agentId: isText(value['agent_id']) ? value['agent_id'] : null,
      validFrom: timeOf(created),
      expiresAt: timeOf(expires),
      metadata: {
        ...(isObject(metadata) ? metadata : {}),
        ...said({ source: 'mem0', hash, userId, runId, updatedAt }),
      },
    }),
  ];
}
