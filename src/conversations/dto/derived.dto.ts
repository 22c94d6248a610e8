import { ApiProperty } from '@nestjs/swagger';
import { MAX_LISTED_IDS } from '../derived/derivations.js';

/** What a purge does with memories, forks, tasks and events that came from the conversation. */
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
    maxItems: MAX_LISTED_IDS,
    description: `The first ${MAX_LISTED_IDS}.`,
  })
  ids: string[];
}

/** Answer to a purge: what came from the conversation and stays. */
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
