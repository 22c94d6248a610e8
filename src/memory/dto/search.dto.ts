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
  @ApiPropertyOptional(oneOrMore(MEMORY_KINDS)) kind?: string | string[];
  @ApiPropertyOptional({
    type: [String],
    minItems: 1,
    maxItems: MEMORY_LIMITS.tags,
    items: { type: 'string', minLength: 1, maxLength: MEMORY_LIMITS.tagLength },
    description: 'All of them.',
  })
  tags?: string[];
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    minLength: 1,
    maxLength: MEMORY_LIMITS.agentIdLength,
    description: 'Null: what is for every agent.',
  })
  agentId?: string | null;
  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Of memories, null: what is for every conversation.',
  })
  conversationId?: string | null;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'The keys and values given, at any depth.',
  })
  metadata?: Record<string, unknown> | null;
  @ApiPropertyOptional({
    ...optionalTime,
    description: 'What happened, or has been true, from then on; else what was told then.',
  })
  from?: string | null;
  @ApiPropertyOptional({ ...optionalTime, description: 'And before then.' }) to?: string | null;
  @ApiPropertyOptional({ type: 'number', minimum: 0, maximum: 1, nullable: true }) minImportance?:
    number | null;
}

export class SearchMemoriesDto {
  @ApiProperty({ minLength: 1, maxLength: SEARCH_LIMITS.queryLength }) query: string;
  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: PAGE_LIMIT.min,
    maximum: PAGE_LIMIT.max,
    default: 10,
  })
  limit?: number | null;
  @ApiPropertyOptional({ ...oneOrMore(SEARCH_TARGETS), default: ['memories'] }) in?:
    string | string[];
  @ApiPropertyOptional({
    oneOf: [{ $ref: getSchemaPath(MemoryFilterDto) }, { type: 'null' }],
    description: 'Kind, tags, agent and importance are asked of memories only.',
  })
  filter?: MemoryFilterDto | null;
  @ApiPropertyOptional(AS_OF_SCHEMA) asOf?: string | number;
  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    default: false,
    description: 'With the parts of each score.',
  })
  explain?: boolean | null;
  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 0,
    maximum: SEARCH_LIMITS.neighbours,
    default: 0,
    description: 'What was said before and after each hit, so many of each.',
  })
  neighbours?: number | null;
}

export class MemoryHitDto {
  @ApiPropertyOptional({ type: MemoryDto }) memory?: MemoryDto;
  @ApiPropertyOptional({ type: MessageDto }) message?: MessageDto;
  @ApiProperty({ description: 'Higher is better; compare within one answer only.' }) score: number;
  @ApiProperty({
    enum: ['lexical', 'vector', 'both'],
    description: 'What the hit was found by: its words, its vector, or both.',
  })
  matchedBy: 'lexical' | 'vector' | 'both';
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'number' },
    description: 'With `explain`: what each signal has added to the score.',
  })
  parts?: Record<string, number>;
  @ApiPropertyOptional({
    type: 'array',
    items: { oneOf: [{ $ref: getSchemaPath(MemoryDto) }, { $ref: getSchemaPath(MessageDto) }] },
  })
  before?: (MemoryDto | MessageDto)[];
  @ApiPropertyOptional({
    type: 'array',
    items: { oneOf: [{ $ref: getSchemaPath(MemoryDto) }, { $ref: getSchemaPath(MessageDto) }] },
  })
  after?: (MemoryDto | MessageDto)[];
}

export class MemoryHitsDto {
  @ApiProperty({ type: [MemoryHitDto], description: 'Best first.' }) data: MemoryHitDto[];
  @ApiProperty({
    enum: ['index', 'database'],
    description:
      'Who looked for the words: an index in the process, or, for a user whose index would be too large, the database. That ranks the texts with the rarest words by the same signals, and knows no neighbours.',
  })
  searchedBy: 'index' | 'database';
  @ApiProperty({
    description:
      'False when something was left out: hits or neighbours because the answer would have been too large (`MAX_PAGE_BYTES`), or texts that could not be searched; by the database also texts older than the newest of `SEARCH_SCAN_MB`, and those beyond the 300 likeliest.',
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
