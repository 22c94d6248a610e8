import { ApiProperty } from '@nestjs/swagger';
import type { MemoryVersionDto } from '../../../memory/index.js';
import { commonFields, EXAMPLE_ID, EXAMPLE_TIME } from '../../../platform/http/index.js';

const nothing = { type: String, nullable: true, example: null } as const;

export class Mem0PingDto {
  @ApiProperty({ enum: ['ok'], description: 'The key is valid.', example: 'ok' }) status: 'ok';
  @ApiProperty({ ...nothing, description: 'Always null: there are no organisations.' })
  org_id: null;
  @ApiProperty({ ...nothing, description: 'Always null: there are no projects.' })
  project_id: null;
  @ApiProperty({ ...nothing, description: 'Always null.' }) user_email: null;
}

export class Mem0MessageOnlyDto {
  @ApiProperty({ description: 'What was done.', example: 'Memory deleted successfully!' })
  message: string;
}

export class DeletedMem0MemoriesDto extends Mem0MessageOnlyDto {
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Memories that are deleted.',
    example: 2,
  })
  deleted: number;
  @ApiProperty({
    description: 'True when there are more: a request deletes 1,000. Send it again then.',
    example: false,
  })
  has_more: boolean;
}

export class Mem0EntityDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({ description: 'The `user_id`.', example: 'ada' }) name: string;
  @ApiProperty({ enum: ['user'], description: 'What it is.', example: 'user' }) type: 'user';
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Number of memories.', example: 3 })
  total_memories: number;
  @ApiProperty(commonFields.createdAt) created_at: string;
  @ApiProperty({
    format: 'date-time',
    description: 'Time of the last edit.',
    example: EXAMPLE_TIME,
  })
  updated_at: string;
}

export class Mem0EntitiesDto {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Number of entities.', example: 1 })
  count: number;
  @ApiProperty({ ...nothing, description: 'Always null: there is one page.' }) next: null;
  @ApiProperty({ ...nothing, description: 'Always null.' }) previous: null;
  @ApiProperty({ type: [Mem0EntityDto], description: 'The user whom the request acts for.' })
  results: Mem0EntityDto[];
}

const CHANGES = ['ADD', 'UPDATE', 'DELETE', 'NOOP'] as const;

export class Mem0VersionDto {
  @ApiProperty({
    description: 'The id of the memory, and the number of the version.',
    example: `${EXAMPLE_ID}:1`,
  })
  id: string;
  @ApiProperty(commonFields.id) memory_id: string;
  @ApiProperty({ ...nothing, description: 'What was known before; null without, and when erased.' })
  old_memory: string | null;
  @ApiProperty({ ...nothing, description: 'What is known since; null without, and when erased.' })
  new_memory: string | null;
  @ApiProperty({ enum: CHANGES, description: 'What happened. `NOOP`: it was added again.' })
  event: (typeof CHANGES)[number];
  @ApiProperty({ description: 'The `user_id`.', example: 'ada' }) user_id: string;
  @ApiProperty(commonFields.createdAt) created_at: string;
  @ApiProperty({ format: 'date-time', description: 'The same time.', example: EXAMPLE_TIME })
  updated_at: string;
}

const EVENTS: Readonly<Record<MemoryVersionDto['action'], (typeof CHANGES)[number]>> = {
  create: 'ADD',
  update: 'UPDATE',
  strengthen: 'NOOP',
  forget: 'DELETE',
  expire: 'DELETE',
  retract: 'DELETE',
  rollback: 'UPDATE',
};

/** @param before the version before; undefined for the first, and when it is not known */
export const toMem0Version = (
  memoryId: string,
  version: MemoryVersionDto,
  before: MemoryVersionDto | undefined,
  userId: string,
): Mem0VersionDto => ({
  id: `${memoryId}:${version.version}`,
  memory_id: memoryId,
  old_memory: before?.memory?.content ?? null,
  new_memory: version.memory?.content ?? null,
  event: EVENTS[version.action],
  user_id: userId,
  created_at: version.recordedAt,
  updated_at: version.recordedAt,
});
