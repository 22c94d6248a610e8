import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
} from 'class-validator';
import { CONVERSATION_REFERENCE, IsConversationReference } from '../../conversations/index.js';
import { commonFields, EXAMPLE_TIME } from '../../platform/http/index.js';
import {
  BodyField,
  IsId,
  IsListOf,
  IsNotBlank,
  IsOpaqueObject,
  IsTime,
  IsTimeOrDay,
  MaxBytes,
} from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import { MEMORY_KINDS, type MemoryKind } from '../memory.entity.js';
import { MEMORY_LIMITS } from '../memory-limits.js';
import type { MemoryRow } from '../memory-row.js';

const optionalTime = { type: String, format: 'date-time', nullable: true } as const;

export class MemoryFieldsDto {
  @BodyField({ default: 'fact', description: 'What kind of knowledge it is.' })
  @IsOptional()
  @IsIn(MEMORY_KINDS)
  kind?: MemoryKind | null;
  @BodyField({ description: 'Labels to filter by.', example: ['food'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MEMORY_LIMITS.tags)
  @IsString({ each: true })
  @Length(1, MEMORY_LIMITS.tagLength, { each: true })
  tags?: string[] | null;
  @BodyField({
    default: 0.5,
    description: 'How important it is, from 0 to 1. It raises the rank in searches and contexts.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  importance?: number | null;
  @BodyField({ description: "The application's own JSON object of at most 64 KiB." })
  @IsOptional()
  @IsOpaqueObject()
  metadata?: Record<string, unknown> | null;
  @BodyField({
    description:
      "The only agent it is for, by the application's name for the agent. All agents without it.",
  })
  @IsOptional()
  @IsString()
  @Length(1, MEMORY_LIMITS.agentIdLength)
  agentId?: string | null;
  @BodyField({
    ...CONVERSATION_REFERENCE,
    description:
      'The only conversation that it is for: its id, or `key:` and its key. All conversations without it.',
  })
  @IsOptional()
  @IsConversationReference()
  conversationId?: string | null;
  @BodyField({
    description:
      'Time from which it is true; for an episode, the time at which it happened. A date is midnight in UTC.',
    example: '2026-05-01',
  })
  @IsOptional()
  @IsTimeOrDay()
  validFrom?: string | null;
  @BodyField({
    description: 'Time until which it is true, exclusive. A date is midnight in UTC.',
    example: '2027-01-01',
  })
  @IsOptional()
  @IsTimeOrDay()
  validTo?: string | null;
  @BodyField({ description: 'Time at which it is deleted and its content erased.' })
  @IsOptional()
  @IsTime()
  expiresAt?: string | null;
  @BodyField({ description: 'Ids of the messages that it was learnt from.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MEMORY_LIMITS.sources)
  @IsId({ each: true })
  sourceMessageIds?: string[] | null;
  @BodyField({ description: 'Why it changes, for the history.' })
  @IsOptional()
  @IsString()
  @Length(1, MEMORY_LIMITS.reasonLength)
  reason?: string | null;
}

/** What becomes of a memory when another one says nearly the same. */
export const ON_SIMILAR = ['keep', 'strengthen', 'refuse'] as const;
export type OnSimilar = (typeof ON_SIMILAR)[number];

/** Examples that match the pattern. */
export const CONTENT_EXAMPLES = [
  'Likes green tea.',
  'No peanuts, ever',
  'Lives in Oslo, since 2024',
  '喜欢绿茶',
];

export class NewMemoryDto extends MemoryFieldsDto {
  @BodyField({
    examples: CONTENT_EXAMPLES,
    description: 'What is known, as one statement. At most 65,536 bytes.',
    example: 'Likes green tea.',
  })
  @IsString()
  @IsNotBlank()
  @Length(1, MEMORY_LIMITS.contentBytes)
  @MaxBytes(MEMORY_LIMITS.contentBytes)
  content: string;

  @BodyField({
    description:
      'Ids of memories that it takes the place of. They stay, and are true until its `validFrom`, or until now without one.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MEMORY_LIMITS.superseded)
  @ArrayUnique()
  @IsId({ each: true })
  supersedes?: string[] | null;

  @BodyField({
    default: 'keep',
    description:
      'What to do when a memory says nearly the same, and not the same: `keep` stores this one, `strengthen` raises the strength of the nearest one in place of it, `refuse` answers 409.',
  })
  @IsOptional()
  @IsIn(ON_SIMILAR)
  onSimilar?: OnSimilar | null;
}

export class NewMemoriesDto {
  @BodyField({
    description: 'The memories, at most 1,000. All are stored, or none.',
    example: [{ content: 'Has no car.' }, { content: 'Speaks Portuguese.', kind: 'preference' }],
  })
  @IsListOf(() => NewMemoryDto)
  @ArrayMinSize(1)
  @ArrayMaxSize(MEMORY_LIMITS.perCall)
  memories: NewMemoryDto[];
}

export class UpdateMemoryDto extends MemoryFieldsDto {
  @BodyField({
    examples: CONTENT_EXAMPLES,
    description: 'What is known, as one statement.',
    example: 'Likes black tea.',
  })
  @IsOptional()
  @IsString()
  @IsNotBlank()
  @Length(1, MEMORY_LIMITS.contentBytes)
  @MaxBytes(MEMORY_LIMITS.contentBytes)
  content?: string | null;
}

/** The body of a creation: one memory, or several. */
export const createBody = {
  schema: {
    oneOf: [{ $ref: getSchemaPath(NewMemoryDto) }, { $ref: getSchemaPath(NewMemoriesDto) }],
  },
};

@ApiExtraModels(NewMemoryDto, NewMemoriesDto)
export class MemoryDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({ enum: MEMORY_KINDS, description: 'What kind of knowledge it is.' })
  kind: MemoryKind;
  @ApiProperty({ description: 'What is known.', example: 'Likes green tea.' }) content: string;
  @ApiProperty({ type: [String], description: 'Labels to filter by.', example: ['food'] })
  tags: string[];
  @ApiProperty({
    type: 'number',
    minimum: 0,
    maximum: 1,
    description: 'How important it is, from 0 to 1.',
    example: 0.5,
  })
  importance: number;
  @ApiProperty(commonFields.metadata) metadata: Record<string, unknown>;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The only agent that it is for; null for all agents.',
  })
  agentId: string | null;
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Id of the only conversation that it is for; null for all conversations.',
  })
  conversationId: string | null;
  @ApiProperty({ ...optionalTime, description: 'Time from which it is true, or null.' }) validFrom:
    string | null;
  @ApiProperty({ ...optionalTime, description: 'Time until which it is true, exclusive, or null.' })
  validTo: string | null;
  @ApiProperty({ ...optionalTime, description: 'Time at which it is deleted and erased, or null.' })
  expiresAt: string | null;
  @ApiProperty({
    type: [String],
    items: { type: 'string', format: 'uuid' },
    description: 'Ids of the memories that it has superseded, also of removed ones.',
  })
  supersedes: string[];
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Id of the memory that has superseded it, or null. It was true until `validTo`.',
  })
  supersededBy: string | null;
  @ApiProperty({
    type: [String],
    items: { type: 'string', format: 'uuid' },
    description:
      'Ids of messages that this or an earlier version was learnt from, also of purged messages.',
  })
  sourceMessageIds: string[];
  @ApiProperty({
    type: [String],
    items: { type: 'string', format: 'uuid' },
    description: 'Those of the source messages that have been purged.',
  })
  removedSourceMessageIds: string[];
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description:
      'How often it was stored: the same content again raises it, and makes no second memory.',
    example: 1,
  })
  strength: number;
  @ApiProperty(commonFields.version) version: number;
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: "Number of the last write among all writes to the user's memory. `asOf` takes it.",
    example: 7,
  })
  revision: number;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty({
    format: 'date-time',
    description: 'Time at which this version was written.',
    example: EXAMPLE_TIME,
  })
  updatedAt: string;
}

export const MemoryPageDto = PageOf(MemoryDto);

export class SimilarMemoryDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({
    type: 'number',
    minimum: 0,
    maximum: 0.999,
    description:
      'Share of the pairs of neighbouring characters that both texts have; never 1, as texts that differ are not the same.',
    example: 0.9,
  })
  similarity: number;
}

export class CreatedMemoryDto extends MemoryDto {
  @ApiProperty({
    type: [SimilarMemoryDto],
    required: false,
    maxItems: MEMORY_LIMITS.similar,
    description:
      'Current memories of the same kind, agent and conversation that say nearly the same as what was sent, nearest first. Left out when there is none. A text of over 500 characters is near to none.',
  })
  similar?: SimilarMemoryDto[];
}

export class MemoriesDto {
  @ApiProperty({
    type: [CreatedMemoryDto],
    description: 'One memory for each that was sent, in the same order.',
  })
  data: CreatedMemoryDto[];
}

export class MemoryStatsDto {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Number of memories.', example: 12 })
  memories: number;
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: "Number of the last write to the user's memory; 0 when there was none.",
    example: 14,
  })
  revision: number;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Embedding model of the vectors; null when the search uses words alone.',
  })
  model: string | null;
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Memories that have a vector.',
    example: 0,
  })
  embedded: number;
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Memories that do not have a vector yet. The search finds them by their words.',
    example: 0,
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
  supersedes: row.supersedes,
  supersededBy: row.supersededBy,
  sourceMessageIds: row.sourceMessageIds,
  removedSourceMessageIds: row.removedSourceMessageIds,
  strength: row.strength,
  version: row.version,
  revision: row.revision,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});

export const toCreatedMemoryDto = (
  row: MemoryRow,
  similar: SimilarMemoryDto[],
): CreatedMemoryDto => (similar.length > 0 ? { ...toMemoryDto(row), similar } : toMemoryDto(row));
