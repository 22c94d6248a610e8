import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { MessageDto } from '../../conversations/index.js';
import type { FoundMessages } from '../message-search/message-search.service.js';
import { MemoryHitsDto } from './search.dto.js';

export class MessageHitDto {
  @ApiProperty({ type: MessageDto, description: 'The message that was found.' })
  message: MessageDto;
  @ApiProperty({
    description:
      'Rank: higher is better. A word counts more than its other forms. Comparable within one answer only.',
    example: 0.61,
  })
  score: number;
  @ApiProperty({
    description:
      'Whether the conversation shows the message: false for one of another branch. Such hits come last.',
    example: true,
  })
  onPath: boolean;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'number' },
    description: 'Only with `explain`: what each signal added to the score.',
    example: { words: 1.6, exact: 6 },
  })
  parts?: Record<string, number>;
}

export class MessageHitsDto extends PickType(MemoryHitsDto, ['searchedBy', 'complete']) {
  @ApiProperty({ type: [MessageHitDto], description: 'The hits, best first.' })
  data: MessageHitDto[];
}

/** Writes `MessageHitsDto` as JSON text. */
export function messageHitsJson({ hits, searchedBy, complete }: FoundMessages): string {
  const data = hits.map(({ hit, json, onPath }) => {
    const parts = hit.parts ? `,"parts":${JSON.stringify(hit.parts)}` : '';
    return `{"message":${json},"score":${hit.score},"onPath":${onPath}${parts}}`;
  });
  return `{"data":[${data.join()}],"searchedBy":"${searchedBy}","complete":${complete}}`;
}
