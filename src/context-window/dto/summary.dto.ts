import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { WrittenByModelDto } from '../../conversations/index.js';
import { commonFields, EXAMPLE_ID } from '../../platform/http/index.js';
import { BodyField, MAX_INTEGER, rfc3339 } from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import type { Summary } from '../summaries/summary.entity.js';

const MAX_LENGTH = 65_536;

export class CreateSummaryDto {
  @BodyField({
    default: 1,
    examples: [1],
    description: '`seq` of the first message that is summarised.',
  })
  @IsOptional()
  @Min(1)
  @Max(MAX_INTEGER)
  @IsInt()
  fromSeq?: number | null;

  @BodyField({
    examples: [1],
    description:
      '`seq` of the last message that is summarised. In a conversation with branches, the messages that it follows are summarised, from `fromSeq` on.',
  })
  @Min(1)
  @Max(MAX_INTEGER)
  @IsInt()
  toSeq: number;

  @BodyField({
    description: 'The summary itself.',
    example: 'The user plans a trip to Lisbon in March.',
  })
  @IsString()
  @Length(1, MAX_LENGTH)
  content: string;

  @BodyField({
    default: false,
    description:
      'True compacts the conversation: contexts contain this summary in place of all messages up to `toSeq`. False only uses the summary when messages of its range are left out.',
  })
  @IsOptional()
  @IsBoolean()
  compact?: boolean | null;
}

export class SummaryDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({ format: 'uuid', description: 'Id of the conversation.', example: EXAMPLE_ID })
  conversationId: string;
  @ApiProperty({
    type: 'integer',
    description: '`seq` of the first message that is summarised.',
    example: 1,
  })
  fromSeq: number;
  @ApiProperty({
    type: 'integer',
    description: '`seq` of the last message that is summarised.',
    example: 1,
  })
  toSeq: number;
  @ApiProperty({
    description: 'The summary itself.',
    example: 'The user plans a trip to Lisbon in March.',
  })
  content: string;
  @ApiProperty({
    type: 'integer',
    description:
      'Tokens (o200k_base) in a context, including the line that introduces the summary.',
    example: 21,
  })
  tokenCount: number;
  @ApiProperty({
    description: 'Whether contexts contain the summary in place of the messages up to `toSeq`.',
  })
  compact: boolean;
  @ApiProperty({
    description:
      'True after a message of its range was removed or redacted: it may still say what that said.',
    example: false,
  })
  stale: boolean;
  @ApiProperty({
    type: WrittenByModelDto,
    nullable: true,
    description: 'The model that wrote it; null for a summary of the application.',
    example: null,
  })
  source: WrittenByModelDto | null;
  @ApiProperty(commonFields.createdAt) createdAt: string;
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
  stale: row.stale,
  source: row.source,
  createdAt: rfc3339(row.createdAt),
});
