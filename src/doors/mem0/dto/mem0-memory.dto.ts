import { ApiProperty } from '@nestjs/swagger';
import type { MemoryDto } from '../../../memory/index.js';
import { commonFields, EXAMPLE_TIME } from '../../../platform/http/index.js';
import { isPlainObject } from '../../../platform/input/index.js';
import { toExpirationDate } from '../mem0-times.js';
import { KEPT } from '../mem0-filters.js';

export const MEM0_EVENTS = ['ADD', 'NOOP'] as const;

const optionalName = (of: string) =>
  ({
    type: String,
    nullable: true,
    description: `The ${of} that it is of; null without one.`,
  }) as const;

export class Mem0MemoryDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({ description: 'What is known.', example: 'Likes green tea.' }) memory: string;
  @ApiProperty({
    description: "The application's own id of the user, or the UUID of a user without one.",
    example: 'ada',
  })
  user_id: string;
  @ApiProperty(optionalName('agent')) agent_id: string | null;
  @ApiProperty(optionalName('app')) app_id: string | null;
  @ApiProperty(optionalName('run')) run_id: string | null;
  @ApiProperty({
    ...commonFields.metadata,
    description: "The application's own JSON object.",
  })
  metadata: Record<string, unknown>;
  @ApiProperty({ type: [String], description: 'The tags of the memory.', example: ['food'] })
  categories: string[];
  @ApiProperty(commonFields.createdAt) created_at: string;
  @ApiProperty({
    format: 'date-time',
    description: 'Time at which it was last written.',
    example: EXAMPLE_TIME,
  })
  updated_at: string;
  @ApiProperty({
    type: String,
    format: 'date',
    nullable: true,
    description: 'The last day, in UTC, before it is deleted and erased; null without one.',
  })
  expiration_date: string | null;
}

export class AddedMem0MemoryDto extends Mem0MemoryDto {
  @ApiProperty({
    enum: MEM0_EVENTS,
    description: '`NOOP` when it was known already: then its `id` is that of the known one.',
  })
  event: (typeof MEM0_EVENTS)[number];
}

export class FoundMem0MemoryDto extends Mem0MemoryDto {
  @ApiProperty({
    description: 'Rank: higher is better. Comparable within one answer only.',
    example: 0.82,
  })
  score: number;
}

export class AddedMem0MemoriesDto {
  @ApiProperty({ enum: ['SUCCEEDED'], description: 'Always the same: nothing is left to be done.' })
  status: 'SUCCEEDED';
  @ApiProperty({
    description: 'Says that the messages are stored as they are.',
    example: 'The messages are stored as they are. Nothing was extracted from them.',
  })
  message: string;
  @ApiProperty({ type: [AddedMem0MemoryDto], description: 'A memory for each message, in order.' })
  results: AddedMem0MemoryDto[];
}

const page = {
  type: String,
  nullable: true,
  example: null,
} as const;

export class Mem0PageDto {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Memories of all pages.', example: 1 })
  count: number;
  @ApiProperty({ ...page, description: 'Path of the next page; null on the last one.' })
  next: string | null;
  @ApiProperty({ ...page, description: 'Path of the page before; null on the first one.' })
  previous: string | null;
  @ApiProperty({ type: [Mem0MemoryDto], description: 'The memories, last changed first.' })
  results: Mem0MemoryDto[];
}

export class Mem0HitsDto {
  @ApiProperty({ type: [FoundMem0MemoryDto], description: 'The memories, best first.' })
  results: FoundMem0MemoryDto[];
}

export function toMem0Memory(memory: MemoryDto, userId: string): Mem0MemoryDto {
  const { [KEPT]: kept, ...metadata } = memory.metadata;
  return {
    id: memory.id,
    memory: memory.content,
    user_id: userId,
    agent_id: memory.agentId,
    app_id: nameIn(kept, 'app_id'),
    run_id: nameIn(kept, 'run_id'),
    metadata,
    categories: memory.tags,
    created_at: memory.createdAt,
    updated_at: memory.updatedAt,
    expiration_date: toExpirationDate(memory.expiresAt),
  };
}

const nameIn = (kept: unknown, name: string): string | null => {
  const value = isPlainObject(kept) ? kept[name] : undefined;
  return typeof value === 'string' ? value : null;
};
