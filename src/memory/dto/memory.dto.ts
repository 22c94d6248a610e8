import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { PageOf } from '../../platform/list/index.js';
import { MEMORY_KINDS, type MemoryKind } from '../memory.entity.js';
import { MEMORY_LIMITS } from '../writes/memory-input.js';
import type { MemoryRow } from '../memory-row.js';

const optionalTime = { type: String, format: 'date-time', nullable: true } as const;

/** Documents the fields of a memory. memory-input.ts validates them, not class-validator. */
export class MemoryFieldsDto {
  @ApiPropertyOptional({ enum: MEMORY_KINDS, nullable: true, default: 'fact' })
  kind?: MemoryKind | null;
  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    maxItems: MEMORY_LIMITS.tags,
    items: { type: 'string', minLength: 1, maxLength: MEMORY_LIMITS.tagLength },
  })
  tags?: string[] | null;
  @ApiPropertyOptional({ type: 'number', nullable: true, minimum: 0, maximum: 1, default: 0.5 })
  importance?: number | null;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  metadata?: Record<string, unknown> | null;
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    minLength: 1,
    maxLength: MEMORY_LIMITS.agentIdLength,
    description: 'The only agent it is for, by your name for it.',
  })
  agentId?: string | null;
  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The only conversation it is for.',
  })
  conversationId?: string | null;
  @ApiPropertyOptional({
    ...optionalTime,
    description: 'From when on it is true; of an episode, when it happened.',
  })
  validFrom?: string | null;
  @ApiPropertyOptional({ ...optionalTime, description: 'Until when, exclusive.' }) validTo?:
    string | null;
  @ApiPropertyOptional({
    ...optionalTime,
    description: 'From then on nobody is told of it any more, and its content is erased.',
  })
  expiresAt?: string | null;
  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    maxItems: MEMORY_LIMITS.sources,
    items: { type: 'string', format: 'uuid' },
    description: 'The messages it comes from.',
  })
  sourceMessageIds?: string[] | null;
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    minLength: 1,
    maxLength: MEMORY_LIMITS.reasonLength,
    description: 'Why, for the history.',
  })
  reason?: string | null;
}

/** Examples that match the pattern. */
export const CONTENT_EXAMPLES = [
  'Likes green tea.',
  'No peanuts, ever',
  'Lives in Oslo, since 2024',
  '喜欢绿茶',
];

const content = {
  minLength: 1,
  maxLength: MEMORY_LIMITS.contentBytes,
  pattern: '\\S',
  examples: CONTENT_EXAMPLES,
  description: `At most ${MEMORY_LIMITS.contentBytes} bytes.`,
};

export class NewMemoryDto extends MemoryFieldsDto {
  @ApiProperty(content) content: string;
}

export class NewMemoriesDto {
  @ApiProperty({ type: [NewMemoryDto], minItems: 1, maxItems: MEMORY_LIMITS.perCall })
  memories: NewMemoryDto[];
}

export class UpdateMemoryDto extends MemoryFieldsDto {
  @ApiPropertyOptional({ ...content, type: String, nullable: true }) content?: string | null;
}

/** The body of a creation: one memory, or several. */
export const createBody = {
  schema: {
    oneOf: [{ $ref: getSchemaPath(NewMemoryDto) }, { $ref: getSchemaPath(NewMemoriesDto) }],
  },
};

@ApiExtraModels(NewMemoryDto, NewMemoriesDto)
export class MemoryDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ enum: MEMORY_KINDS }) kind: MemoryKind;
  @ApiProperty() content: string;
  @ApiProperty({ type: [String] }) tags: string[];
  @ApiProperty({ type: 'number', minimum: 0, maximum: 1 }) importance: number;
  @ApiProperty({ type: 'object', additionalProperties: true }) metadata: Record<string, unknown>;
  @ApiProperty({ type: String, nullable: true }) agentId: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) conversationId: string | null;
  @ApiProperty(optionalTime) validFrom: string | null;
  @ApiProperty(optionalTime) validTo: string | null;
  @ApiProperty(optionalTime) expiresAt: string | null;
  @ApiProperty({
    type: [String],
    items: { type: 'string', format: 'uuid' },
    description: 'Of this version and those before it. They stay when the messages are purged.',
  })
  sourceMessageIds: string[];
  @ApiProperty({
    type: [String],
    items: { type: 'string', format: 'uuid' },
    description: 'Those of them that have been purged, with their conversation.',
  })
  removedSourceMessageIds: string[];
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'How often it has been told: the same again does not make a second memory.',
  })
  strength: number;
  @ApiProperty({ type: 'integer', minimum: 1 }) version: number;
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description:
      "The number of the write among all of the user's memories: a moment that can be asked for with `asOf`.",
  })
  revision: number;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({ format: 'date-time', description: 'When this version was recorded.' })
  updatedAt: string;
}

export const MemoryPageDto = PageOf(MemoryDto);

export class MemoriesDto {
  @ApiProperty({ type: [MemoryDto], description: 'One for each that was sent, in order.' })
  data: MemoryDto[];
}

export class MemoryStatsDto {
  @ApiProperty({ type: 'integer', minimum: 0 }) memories: number;
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Of the last write.' }) revision: number;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Of the vectors; null when search goes by words alone.',
  })
  model: string | null;
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Memories that have a vector.' })
  embedded: number;
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Memories that are still to get one: they are found by their words.',
  })
  pending: number;
}

export const toMemoryDto = (row: MemoryRow): MemoryDto => ({
  id: row.id,
  kind: row.kind as MemoryKind,
  content: row.content ?? '',
  tags: row.tags,
  importance: row.importance,
  metadata: row.metadata ?? {},
  agentId: row.agentId,
  conversationId: row.conversationId,
  validFrom: row.validFrom,
  validTo: row.validTo,
  expiresAt: row.expiresAt,
  sourceMessageIds: row.sourceMessageIds,
  removedSourceMessageIds: row.removedSourceMessageIds,
  strength: row.strength,
  version: row.version,
  revision: row.revision,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});
