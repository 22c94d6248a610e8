import { ApiPropertyOptional, type ApiPropertyOptions, getSchemaPath } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import {
  BodyField,
  bodyRule,
  IsId,
  IsNested,
  IsOpaqueObject,
  IsTime,
  IsTimeZone,
  MAX_ZONE_LENGTH,
  words,
} from '../../platform/input/index.js';
import { PAGE_LIMIT } from '../../platform/list/index.js';
import { MEMORY_KINDS, type MemoryKind } from '../memory.entity.js';
import { MEMORY_LIMITS } from '../memory-limits.js';
import { IsAsOf, OPTIONAL_AS_OF_SCHEMA } from '../as-of.js';

export const SEARCH_TARGETS = ['memories', 'messages'] as const;
export type SearchTarget = (typeof SEARCH_TARGETS)[number];

export const SEARCH_LIMITS = { queryLength: 2_000, neighbours: 5 } as const;

const MAX_VALUES = 100;

/** A value, or an array of values. */
const oneOrMore = (values: readonly string[]) =>
  ({
    oneOf: [
      { type: 'string', enum: [...values] },
      {
        type: 'array',
        items: { type: 'string', enum: [...values] },
        minItems: 1,
        maxItems: MAX_VALUES,
      },
      { type: 'null' },
    ],
  }) as unknown as ApiPropertyOptions;

const IsOneOrSeveralOf = (values: readonly string[]) =>
  bodyRule(
    'isOneOrSeveralOf',
    (value) => {
      const given = [value].flat() as string[];
      return (
        given.length > 0 && given.length <= MAX_VALUES && given.every((one) => values.includes(one))
      );
    },
    words.someOf(values),
  )();

export class MemoryFilterDto {
  @ApiPropertyOptional({
    ...oneOrMore(MEMORY_KINDS),
    description: 'Only memories of this kind, or of one of these kinds.',
  })
  @IsOptional()
  @IsOneOrSeveralOf(MEMORY_KINDS)
  kind?: MemoryKind | MemoryKind[] | null;
  @BodyField({ description: 'Only memories with all of these tags.' })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MEMORY_LIMITS.tags)
  @IsString({ each: true })
  @Length(1, MEMORY_LIMITS.tagLength, { each: true })
  tags?: string[] | null;
  @BodyField({
    description: 'Only memories for exactly this agent; null for those for all agents.',
  })
  @IsOptional()
  @IsString()
  @Length(1, MEMORY_LIMITS.agentIdLength)
  agentId?: string | null;
  @BodyField({
    description:
      'Only messages of this conversation and memories for it; null: memories for all of them.',
  })
  @IsOptional()
  @IsId()
  conversationId?: string | null;
  @BodyField({ description: 'Only what has these keys and values in its metadata, at any depth.' })
  @IsOptional()
  @IsOpaqueObject()
  metadata?: Record<string, unknown> | null;
  @BodyField({ description: 'Only what was true, happened or was written at or after this time.' })
  @IsOptional()
  @IsTime()
  from?: string | null;
  @BodyField({ description: 'Only what was true, happened or was written before this time.' })
  @IsOptional()
  @IsTime()
  to?: string | null;
  @BodyField({ description: 'Only memories of at least this importance, from 0 to 1.' })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  minImportance?: number | null;
}

export class SearchMemoriesDto {
  @BodyField({
    description: 'What to look for, in plain words.',
    example: 'What does the user drink?',
  })
  @IsString()
  @Length(1, SEARCH_LIMITS.queryLength)
  query: string;
  @BodyField({ default: 10, description: 'Most hits.' })
  @IsOptional()
  @IsInt()
  @Min(PAGE_LIMIT.min)
  @Max(PAGE_LIMIT.max)
  limit?: number | null;
  @ApiPropertyOptional({
    ...oneOrMore(SEARCH_TARGETS),
    default: ['memories'],
    description: 'What to search: memories, messages, or both.',
  })
  @IsOptional()
  @IsOneOrSeveralOf(SEARCH_TARGETS)
  in?: SearchTarget | SearchTarget[] | null;
  @ApiPropertyOptional({
    oneOf: [{ $ref: getSchemaPath(MemoryFilterDto) }, { type: 'null' }],
    description:
      'Conditions that every hit meets. Kind, tags, agent and importance only apply to memories.',
  })
  @IsOptional()
  @IsNested(() => MemoryFilterDto)
  filter?: MemoryFilterDto | null;
  @ApiPropertyOptional(OPTIONAL_AS_OF_SCHEMA)
  @IsOptional()
  @IsAsOf()
  asOf?: string | number | null;
  @BodyField({ default: false, description: 'Adds `parts` to each hit: how its score is made up.' })
  @IsOptional()
  @IsBoolean()
  explain?: boolean | null;
  @BodyField({
    default: 0,
    description: 'Number of memories or messages to add from directly before and after each hit.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(SEARCH_LIMITS.neighbours)
  neighbours?: number | null;
  @BodyField({
    description:
      'IANA name of the time zone of dates in the query, such as "on Monday" or "8 May". UTC without it.',
    example: 'Europe/Oslo',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ZONE_LENGTH)
  @IsTimeZone()
  timeZone?: string | null;
}
