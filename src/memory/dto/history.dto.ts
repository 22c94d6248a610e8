import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import {
  CONVERSATION_REFERENCE,
  type ConversationReference,
  IsConversationReference,
} from '../../conversations/index.js';
import { BodyField, MAX_INTEGER } from '../../platform/input/index.js';
import { commonFields, EXAMPLE_TIME } from '../../platform/http/index.js';
import { shownActor } from '../../platform/context/index.js';
import { MEMORY_ACTIONS, type MemoryAction } from '../memory.entity.js';
import { MEMORY_LIMITS } from '../memory-limits.js';
import type { MemoryRow } from '../memory-row.js';
import { type AsOf, AS_OF_SCHEMA, IsAsOf } from '../as-of.js';
import { MemoryDto, toMemoryDto } from './memory.dto.js';

export class MemoryVersionDto {
  @ApiProperty(commonFields.version) version: number;
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: "Number of the write among all writes to the user's memory. `asOf` takes it.",
    example: 7,
  })
  revision: number;
  @ApiProperty({ enum: MEMORY_ACTIONS, description: 'What the write did.' }) action: MemoryAction;
  @ApiProperty({
    description: 'Who wrote: `user:` and the id of the key, `service`, or `system`.',
    example: 'service',
  })
  actor: string;
  @ApiProperty({ type: String, nullable: true, description: 'The reason that was given, or null.' })
  reason: string | null;
  @ApiProperty({ format: 'date-time', description: 'Time of the write.', example: EXAMPLE_TIME })
  recordedAt: string;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time of the next version; null for the current one.',
  })
  supersededAt: string | null;
  @ApiProperty({
    oneOf: [{ $ref: getSchemaPath(MemoryDto) }, { type: 'null' }],
    description: 'The memory in this version; null when it was deleted or has been erased.',
  })
  memory: MemoryDto | null;
}

export class MemoryHistoryDto {
  @ApiProperty({ type: [MemoryVersionDto], description: 'Versions, newest first.' })
  data: MemoryVersionDto[];
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: '`beforeVersion` of the next page; null on the last page.',
  })
  next: number | null;
}

export const MEMORY_CHANGES = ['created', 'updated', 'removed'] as const;

export class MemoryDifferenceDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({
    enum: MEMORY_CHANGES,
    description: 'What happened to the memory between the two moments.',
  })
  change: (typeof MEMORY_CHANGES)[number];
  @ApiProperty({
    oneOf: [{ $ref: getSchemaPath(MemoryDto) }, { type: 'null' }],
    description: 'The memory at `from`; null when it did not exist.',
  })
  before: MemoryDto | null;
  @ApiProperty({
    oneOf: [{ $ref: getSchemaPath(MemoryDto) }, { type: 'null' }],
    description: 'The memory at `to`; null when it no longer existed.',
  })
  after: MemoryDto | null;
}

export class MemoryDiffDto {
  @ApiProperty({ type: [MemoryDifferenceDto], description: 'Memories that differ, sorted by id.' })
  data: MemoryDifferenceDto[];
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: '`after` of the next page; null on the last page.',
  })
  next: string | null;
}

class RollbackReason {
  @BodyField({ description: 'Why, for the history.' })
  @IsOptional()
  @IsString()
  @Length(1, MEMORY_LIMITS.reasonLength)
  reason?: string | null;
}

export class RollbackMemoryDto extends RollbackReason {
  @BodyField({ description: 'The version to restore.', example: 1 })
  @IsInt()
  @Min(1)
  @Max(MAX_INTEGER)
  version: number;
}

export class RollbackToDto extends RollbackReason {
  @ApiProperty(AS_OF_SCHEMA) @IsAsOf() asOf: string | number;
}

export class RollbackConversationDto extends RollbackReason {
  @BodyField({
    ...CONVERSATION_REFERENCE,
    description:
      'The conversation: its id, or `key:` and its key. Memories that its messages are the source of are retracted.',
  })
  @IsConversationReference()
  conversationId: string;
}

export class RollbackDto {
  @ApiProperty({
    type: 'integer',
    description: 'Number of this write. A rollback to the number before undoes it.',
    example: 8,
  })
  revision: number;
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Memories that have their earlier version again.',
    example: 2,
  })
  restored: number;
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Memories that did not exist at that moment, and are deleted.',
    example: 1,
  })
  retracted: number;
}

/**
 * The target of a rollback of all memories: an as-of point, or the conversation whose effects are
 * retracted.
 */
export type RollbackTo = { asOf: AsOf } | { conversation: ConversationReference };

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
