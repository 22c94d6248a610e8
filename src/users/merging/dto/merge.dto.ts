import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Length } from 'class-validator';
import { EXTERNAL_ID_FORM, EXTERNAL_ID_MAX_CHARACTERS } from '../../../platform/context/index.js';
import { BodyField } from '../../../platform/input/index.js';
import type { LoginName } from '../merge-steps.js';

export const ON_COLLISION = ['refuse', 'rename'] as const;

/** Body of an undo, and what a merge has in common with it. */
export class UndoMergeDto {
  @BodyField({
    ...EXTERNAL_ID_FORM,
    description:
      'The user who becomes, or became, a part of the other, by externalId or id as in the `Threadkeep-User` header.',
  })
  @IsString()
  @Length(1, EXTERNAL_ID_MAX_CHARACTERS + 'external:'.length)
  from: string;

  @BodyField({ default: false, description: 'Only tells what would be done, and does nothing.' })
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean | null;
}

export class MergeDto extends UndoMergeDto {
  @BodyField({
    enum: ON_COLLISION,
    default: 'refuse',
    description:
      'What to do where both users have a row with the same name. `rename` adds a suffix to the name of the row of `from`, where the name means nothing else.',
  })
  @IsOptional()
  @IsIn(ON_COLLISION)
  onCollision?: (typeof ON_COLLISION)[number] | null;
}

export class MergeJobDto {
  @ApiProperty({
    format: 'uuid',
    description:
      'Id of the job that merges the users, or parts them. Read it at `/v1/admin/jobs/{id}`.',
  })
  jobId: string;
}

export class MergeCollisionDto {
  @ApiProperty({ description: 'The table of the rows.', example: 'conversation' })
  table: string;
  @ApiProperty({ description: 'The key that must be unique.', example: 'conversation__key' })
  key: string;
  @ApiProperty({ type: 'integer', minimum: 1, description: 'Number of rows.', example: 1 })
  count: number;
  @ApiProperty({
    type: [String],
    maxItems: 5,
    description: 'The first of the names that both users have.',
    example: ['support-chat'],
  })
  examples: string[];
  @ApiProperty({ description: 'True when `onCollision: "rename"` solves it.', example: true })
  canRename: boolean;
}

/** Answer to a dry run. */
export class MergePreviewDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description:
      'How many rows of each table would move now. Of `from`, sessions end, mailed secrets are removed, and so is the password when both users have one.',
    example: { conversation: 12, message: 240 },
  })
  rows: Record<string, number>;
  @ApiProperty({
    type: [MergeCollisionDto],
    description: 'Rows of both users with the same name.',
  })
  collisions: MergeCollisionDto[];
}

/** Answer to the dry run of an undo. */
export class UndoMergePreviewDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'How many rows of each table would go back now.',
    example: { conversation: 12, message: 240 },
  })
  rows: Record<string, number>;
  @ApiProperty({
    enum: ['email', 'username'],
    isArray: true,
    description:
      'Names that moved to the account, and that it has changed since or another user has by now. `from` comes back without them.',
    example: ['username'],
  })
  takenNames: LoginName[];
}
