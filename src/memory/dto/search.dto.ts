import {
  ApiProperty,
  ApiPropertyOptional,
  type ApiPropertyOptions,
  getSchemaPath,
} from '@nestjs/swagger';
import { MessageDto } from '../../conversations/index.js';
import { PAGE_LIMIT } from '../../platform/list/index.js';
import { MEMORY_KINDS } from '../memory.entity.js';
import { MEMORY_LIMITS } from '../writes/memory-input.js';
import { AS_OF_SCHEMA } from '../as-of.js';
import type { FoundTexts } from '../recall/memory-search.service.js';
import { SEARCH_LIMITS, SEARCH_TARGETS } from '../recall/search-input.js';
import { MemoryDto } from './memory.dto.js';

/** A value, or an array of values. */
const oneOrMore = (values: readonly string[]) =>
  ({
    oneOf: [
      { type: 'string', enum: [...values] },
      { type: 'array', items: { type: 'string', enum: [...values] }, minItems: 1, maxItems: 100 },
    ],
  }) as unknown as ApiPropertyOptions;

const optionalTime = { type: String, format: 'date-time', nullable: true } as const;

/**
 * Documents the filter of a search. search-input.ts validates it, not class-validator; so it does
 * the body below.
 */
export class MemoryFilterDto {
  @ApiPropertyOptional({
    ...oneOrMore(MEMORY_KINDS),
    description: 'Only memories of this kind, or of one of these kinds.',
  })
  kind?: string | string[];
  @ApiPropertyOptional({
    type: [String],
    minItems: 1,
    maxItems: MEMORY_LIMITS.tags,
    items: { type: 'string', minLength: 1, maxLength: MEMORY_LIMITS.tagLength },
    description: 'Only memories with all of these tags.',
  })
  tags?: string[];
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    minLength: 1,
    maxLength: MEMORY_LIMITS.agentIdLength,
    description: 'Only memories for exactly this agent; null for those for all agents.',
  })
  agentId?: string | null;
  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    nullable: true,
    description:
      'Only messages of this conversation and memories for it; null for memories for all conversations.',
  })
  conversationId?: string | null;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Only what has these keys and values in its metadata, at any depth.',
  })
  metadata?: Record<string, unknown> | null;
  @ApiPropertyOptional({
    ...optionalTime,
    description: 'Only what was true, happened or was written at or after this time.',
  })
  from?: string | null;
  @ApiPropertyOptional({
    ...optionalTime,
    description: 'Only what was true, happened or was written before this time.',
  })
  to?: string | null;
  @ApiPropertyOptional({
    type: 'number',
    minimum: 0,
    maximum: 1,
    nullable: true,
    description: 'Only memories of at least this importance, from 0 to 1.',
  })
  minImportance?: number | null;
}

export class SearchMemoriesDto {
  @ApiProperty({
    minLength: 1,
    maxLength: SEARCH_LIMITS.queryLength,
    description: 'What to look for, in plain words.',
    example: 'What does the user drink?',
  })
  query: string;
  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: PAGE_LIMIT.min,
    maximum: PAGE_LIMIT.max,
    default: 10,
    description: 'Most hits.',
  })
  limit?: number | null;
  @ApiPropertyOptional({
    ...oneOrMore(SEARCH_TARGETS),
    default: ['memories'],
    description: 'What to search: memories, messages, or both.',
  })
  in?: string | string[];
  @ApiPropertyOptional({
    oneOf: [{ $ref: getSchemaPath(MemoryFilterDto) }, { type: 'null' }],
    description:
      'Conditions that every hit meets. Kind, tags, agent and importance only apply to memories.',
  })
  filter?: MemoryFilterDto | null;
  @ApiPropertyOptional(AS_OF_SCHEMA) asOf?: string | number;
  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    default: false,
    description: 'Adds `parts` to each hit: how its score is made up.',
  })
  explain?: boolean | null;
  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 0,
    maximum: SEARCH_LIMITS.neighbours,
    default: 0,
    description: 'Number of memories or messages to add from directly before and after each hit.',
  })
  neighbours?: number | null;
}

export class MemoryHitDto {
  @ApiPropertyOptional({
    type: MemoryDto,
    description: 'The memory that was found. Absent when the hit is a message.',
  })
  memory?: MemoryDto;
  @ApiPropertyOptional({
    type: MessageDto,
    description: 'The message that was found. Absent when the hit is a memory.',
  })
  message?: MessageDto;
  @ApiProperty({
    description: 'Rank: higher is better. Comparable within one answer only.',
    example: 0.82,
  })
  score: number;
  @ApiProperty({
    enum: ['lexical', 'vector', 'both'],
    description: 'What the hit was found by: its words, its vector, or both.',
  })
  matchedBy: 'lexical' | 'vector' | 'both';
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'number' },
    description: 'Only with `explain`: what each signal added to the score.',
  })
  parts?: Record<string, number>;
  @ApiPropertyOptional({
    type: 'array',
    items: { oneOf: [{ $ref: getSchemaPath(MemoryDto) }, { $ref: getSchemaPath(MessageDto) }] },
    description: 'Only with `neighbours`: what stands directly before the hit.',
  })
  before?: (MemoryDto | MessageDto)[];
  @ApiPropertyOptional({
    type: 'array',
    items: { oneOf: [{ $ref: getSchemaPath(MemoryDto) }, { $ref: getSchemaPath(MessageDto) }] },
    description: 'Only with `neighbours`: what stands directly after the hit.',
  })
  after?: (MemoryDto | MessageDto)[];
}

export class MemoryHitsDto {
  @ApiProperty({ type: [MemoryHitDto], description: 'The hits, best first.' }) data: MemoryHitDto[];
  @ApiProperty({
    enum: ['index', 'database'],
    description:
      "`index`: an index in the server's memory. `database`: the user has too much text for that; the database ranks the texts with the rarest words, and adds no neighbours.",
  })
  searchedBy: 'index' | 'database';
  @ApiProperty({
    description:
      'False when something was left out: hits or neighbours beyond `MAX_PAGE_BYTES`, or texts that could not be searched. With `database` also texts older than the newest `SEARCH_SCAN_MB`, and those beyond the 300 most likely.',
    example: true,
  })
  complete: boolean;
}

/** Writes `MemoryHitsDto` as JSON text. */
export function hitsJson(
  { hits: found, searchedBy, complete }: FoundTexts,
  { neighbours }: { neighbours: number },
): string {
  const hits = found.map(({ of, hit, json, before, after }) => {
    const parts = hit.parts ? `,"parts":${JSON.stringify(hit.parts)}` : '';
    const around = neighbours > 0 ? `,"before":[${before.join()}],"after":[${after.join()}]` : '';
    return `{"${of}":${json},"score":${hit.score},"matchedBy":"${hit.matchedBy}"${parts}${around}}`;
  });
  return `{"data":[${hits.join()}],"searchedBy":"${searchedBy}","complete":${complete}}`;
}
