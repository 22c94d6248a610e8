// Converts memories from the form of requests to the form in which they are stored.
import { readReferenceText } from '../../conversations/index.js';
import {
  isPlainObject,
  parseTime,
  parseTimeOrDay,
  sent,
  validateBody,
} from '../../platform/input/index.js';
import {
  NewMemoriesDto,
  NewMemoryDto,
  type OnSimilar,
  type UpdateMemoryDto,
} from '../dto/memory.dto.js';
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
  /** Its id, or `key:` and its key. */
  conversationId?: string | null;
  validFrom?: string | null;
  validTo?: string | null;
  expiresAt?: string | null;
  sourceMessageIds?: string[];
  reason?: string | null;
}

export interface NewMemoryInput extends MemoryInput {
  content: string;
  /** Ids of memories whose validity it closes. */
  supersedes?: string[];
  onSimilar?: OnSimilar;
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
  return { memories: memories.map(toNewMemoryInput), isBatch };
}

function toNewMemoryInput(fields: NewMemoryDto): NewMemoryInput {
  const input = toMemoryInput(fields) as NewMemoryInput;
  if (input.supersedes)
    input.supersedes = [...new Set(input.supersedes.map((id) => id.toLowerCase()))];
  return input;
}

const VALIDITY = ['validFrom', 'validTo'] as const;
const NULLABLE = [...VALIDITY, 'expiresAt', 'agentId', 'conversationId', 'reason'] as const;

export function toMemoryInput(fields: NewMemoryDto | UpdateMemoryDto): MemoryInput {
  const input: MemoryInput = sent<UpdateMemoryDto, (typeof NULLABLE)[number]>(fields, NULLABLE);
  if (input.tags) input.tags = [...new Set(input.tags)];
  if (input.conversationId) input.conversationId = readReferenceText(input.conversationId);
  if (input.sourceMessageIds)
    input.sourceMessageIds = [...new Set(input.sourceMessageIds.map((id) => id.toLowerCase()))];
  for (const name of VALIDITY) if (input[name]) input[name] = parseTimeOrDay(input[name]);
  if (input.expiresAt) input.expiresAt = parseTime(input.expiresAt);
  return input;
}
