import { ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { MessageDto } from '../../conversations/index.js';
import type { FoundTexts } from '../recall/found-texts.js';
import { MemoryDto } from './memory.dto.js';

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
