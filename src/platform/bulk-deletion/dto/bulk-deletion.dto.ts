import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { BodyField } from '../../input/index.js';
import { MAX_PREVIEWED_IDS } from '../bulk-deletion.js';

export class BulkDeletionDto {
  @BodyField({
    default: false,
    description: 'Only counts what would be deleted, and deletes nothing.',
  })
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean | null;
}

/** Answer to a dry run. */
export class DeletionPreviewDto {
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Number of items that would be deleted now.',
    example: 12,
  })
  count: number;
  @ApiProperty({
    type: [String],
    items: { type: 'string', format: 'uuid' },
    maxItems: MAX_PREVIEWED_IDS,
    description: `Ids of the first ${MAX_PREVIEWED_IDS}, in the order of creation.`,
  })
  ids: string[];
}

export class DeletionJobDto {
  @ApiProperty({
    format: 'uuid',
    description: 'Id of the job that deletes them. Read its progress at `/v1/jobs/{id}`.',
  })
  jobId: string;
}
