// Converts memories from the form of requests to the form in which they are stored.
import { isPlainObject, parseTime, sent, validateBody } from '../../platform/input/index.js';
import { NewMemoriesDto, NewMemoryDto, type UpdateMemoryDto } from '../dto/memory.dto.js';
import type { MemoryKind } from '../memory.entity.js';

/**
 * The fields that were sent. Null clears a nullable field; for the others it means not sent.
 */
export interface MemoryInput {
  content?: string;
  kind?: MemoryKind;
  tags?: string[];
  importance?: number;
  metadata?: Record<string, unknown>;
  agentId?: string | null;
  conversationId?: string | null;
  validFrom?: string | null;
  validTo?: string | null;
  expiresAt?: string | null;
  sourceMessageIds?: string[];
  reason?: string | null;
}

export interface NewMemoryInput extends MemoryInput {
  content: string;
}

/**
 * Reads one memory, or `{memories: [...]}`.
 * @throws AppError `request.invalid_body`
 */
export function parseMemories(body: unknown): { memories: NewMemoryInput[]; isBatch: boolean } {
  const isBatch = isPlainObject(body) && 'memories' in body;
  const memories = isBatch
    ? validateBody(NewMemoriesDto, body).memories
    : [validateBody(NewMemoryDto, body)];
  return { memories: memories.map((memory) => toMemoryInput(memory) as NewMemoryInput), isBatch };
}

const TIMES = ['validFrom', 'validTo', 'expiresAt'] as const;
const NULLABLE = [...TIMES, 'agentId', 'conversationId', 'reason'] as const;

export function toMemoryInput(fields: NewMemoryDto | UpdateMemoryDto): MemoryInput {
  const input: MemoryInput = sent<UpdateMemoryDto, (typeof NULLABLE)[number]>(fields, NULLABLE);
  if (input.tags) input.tags = [...new Set(input.tags)];
  if (input.conversationId) input.conversationId = input.conversationId.toLowerCase();
  if (input.sourceMessageIds)
    input.sourceMessageIds = [...new Set(input.sourceMessageIds.map((id) => id.toLowerCase()))];
  for (const name of TIMES) if (input[name]) input[name] = parseTime(input[name]);
  return input;
}
