import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { rfc3339 } from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import type { Summary } from '../summaries/summary.entity.js';

const MAX_SEQ = 2_147_483_647;
const MAX_LENGTH = 65_536;

export class CreateSummaryDto {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: MAX_SEQ,
    required: false,
    nullable: true,
    default: 1,
    examples: [1],
    description: 'The first message it summarises.',
  })
  @IsOptional()
  @Min(1)
  @Max(MAX_SEQ)
  @IsInt()
  fromSeq?: number | null;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: MAX_SEQ,
    examples: [1],
    description: 'The last message it summarises.',
  })
  @Min(1)
  @Max(MAX_SEQ)
  @IsInt()
  toSeq: number;

  @ApiProperty({ minLength: 1, maxLength: MAX_LENGTH })
  @IsString()
  @Length(1, MAX_LENGTH)
  content: string;

  @ApiProperty({
    type: Boolean,
    required: false,
    nullable: true,
    default: false,
    description:
      'Compacts the conversation: contexts no longer send the messages up to `toSeq`, but this summary in the prefix. Without it, the summary is sent when messages of its range are left out.',
  })
  @IsOptional()
  @IsBoolean()
  compact?: boolean | null;
}

export class SummaryDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ format: 'uuid' }) conversationId: string;
  @ApiProperty({ type: 'integer' }) fromSeq: number;
  @ApiProperty({ type: 'integer' }) toSeq: number;
  @ApiProperty() content: string;
  @ApiProperty({
    type: 'integer',
    description: 'In tokens of o200k_base, with the line that says what it is.',
  })
  tokenCount: number;
  @ApiProperty({ description: 'Whether the messages up to `toSeq` are no longer sent.' })
  compact: boolean;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
}

export const SummaryPageDto = PageOf(SummaryDto);

/** A row or an entity: its times are RFC 3339 texts, or dates. */
export type SummaryState = Omit<Summary, 'userId' | 'createdAt'> & { createdAt: string | Date };

export const toSummaryDto = (row: SummaryState): SummaryDto => ({
  id: row.id,
  conversationId: row.conversationId,
  fromSeq: row.fromSeq,
  toSeq: row.toSeq,
  content: row.content,
  tokenCount: row.tokenCount,
  compact: row.compact,
  createdAt: rfc3339(row.createdAt),
});
