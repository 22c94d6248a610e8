import { ApiProperty } from '@nestjs/swagger';
import { MAX_LISTED } from '../derived/derivations.js';

/** What may become of what derives from a purged conversation. */
export const DERIVED_CHOICES = ['list', 'keep', 'forget'] as const;
export type DerivedChoice = (typeof DERIVED_CHOICES)[number];

export class DerivedDto {
  @ApiProperty({
    description:
      'What was made from the conversation: `conversation` (a fork), `memory`, `task` or `event`.',
    example: 'memory',
  })
  kind: string;
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Number of them.', example: 1 })
  count: number;
  @ApiProperty({
    type: [String],
    items: { type: 'string', format: 'uuid' },
    maxItems: MAX_LISTED,
    description: `The first ${MAX_LISTED}.`,
  })
  ids: string[];
}

/** What is left of a purged conversation. */
export class PurgedDto {
  @ApiProperty({ format: 'uuid', description: 'Id of the purged conversation.' })
  conversationId: string;
  @ApiProperty({
    type: [DerivedDto],
    description: 'What was made from the conversation and still exists, by kind.',
  })
  derived: DerivedDto[];
}

export class ForgettingDto {
  @ApiProperty({
    format: 'uuid',
    description: 'Id of the job that deletes the rest. Read it at `/v1/jobs/{id}`.',
  })
  jobId: string;
}
