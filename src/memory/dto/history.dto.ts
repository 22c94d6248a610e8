import { ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { shownActor } from '../../platform/context/index.js';
import { MEMORY_ACTIONS, type MemoryAction } from '../memory.entity.js';
import { MEMORY_LIMITS } from '../writes/memory-input.js';
import type { MemoryRow } from '../memory-row.js';
import { type AsOf, AS_OF_SCHEMA } from '../as-of.js';
import { MemoryDto, toMemoryDto } from './memory.dto.js';

export class MemoryVersionDto {
  @ApiProperty({ type: 'integer', minimum: 1 }) version: number;
  @ApiProperty({ type: 'integer', minimum: 1 }) revision: number;
  @ApiProperty({ enum: MEMORY_ACTIONS }) action: MemoryAction;
  @ApiProperty({ description: '`user:` and the id of the key, `service`, or `system`.' })
  actor: string;
  @ApiProperty({ type: String, nullable: true }) reason: string | null;
  @ApiProperty({ format: 'date-time' }) recordedAt: string;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the next version was recorded.',
  })
  supersededAt: string | null;
  @ApiProperty({
    oneOf: [{ $ref: getSchemaPath(MemoryDto) }, { type: 'null' }],
    description: 'Null where there was nothing, or where it has been erased.',
  })
  memory: MemoryDto | null;
}

export class MemoryHistoryDto {
  @ApiProperty({ type: [MemoryVersionDto], description: 'Newest first.' }) data: MemoryVersionDto[];
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Where the next page begins: give it as `beforeVersion`. Null at the end.',
  })
  next: number | null;
}

export const MEMORY_CHANGES = ['created', 'updated', 'removed'] as const;

export class MemoryDifferenceDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ enum: MEMORY_CHANGES }) change: (typeof MEMORY_CHANGES)[number];
  @ApiProperty({ oneOf: [{ $ref: getSchemaPath(MemoryDto) }, { type: 'null' }] })
  before: MemoryDto | null;
  @ApiProperty({ oneOf: [{ $ref: getSchemaPath(MemoryDto) }, { type: 'null' }] })
  after: MemoryDto | null;
}

export class MemoryDiffDto {
  @ApiProperty({ type: [MemoryDifferenceDto], description: 'By id.' }) data: MemoryDifferenceDto[];
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Where the next page begins: give it as `after`.',
  })
  next: string | null;
}

const reason = {
  type: String,
  nullable: true,
  minLength: 1,
  maxLength: MEMORY_LIMITS.reasonLength,
} as const;

export class RollbackMemoryDto {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 2_147_483_647 }) version: number;
  @ApiPropertyOptional(reason) reason?: string | null;
}

export class RollbackToDto {
  @ApiProperty(AS_OF_SCHEMA) asOf: string | number;
  @ApiPropertyOptional(reason) reason?: string | null;
}

export class RollbackConversationDto {
  @ApiProperty({
    format: 'uuid',
    description: 'What the messages of this conversation taught is taken back.',
  })
  conversationId: string;
  @ApiPropertyOptional(reason) reason?: string | null;
}

export class RollbackDto {
  @ApiProperty({
    type: 'integer',
    description: 'The number of this write. To undo it, go back to the one before.',
  })
  revision: number;
  @ApiProperty({ type: 'integer', minimum: 0 }) restored: number;
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'What was not there then, and is no longer.',
  })
  retracted: number;
}

/**
 * The target of a rollback of all memories: an as-of point, or the conversation whose effects are
 * retracted.
 */
export type RollbackTo = { asOf: AsOf } | { conversationId: string };

export const toVersionDto = (row: MemoryRow): MemoryVersionDto => ({
  version: row.version,
  revision: row.revision,
  action: row.action,
  actor: shownActor(row.actor),
  reason: row.reason,
  recordedAt: row.updatedAt,
  supersededAt: row.supersededAt,
  memory: row.content === null ? null : toMemoryDto(row),
});
