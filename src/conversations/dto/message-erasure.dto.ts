import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { BodyField, IsOpaqueObject } from '../../platform/input/index.js';
import { EXAMPLE_ID } from '../../platform/http/index.js';
import { IsMessageContent, type MessageContent } from '../messages/message-content.js';
import { DerivedDto } from './derived.dto.js';
import { contentSchemaWith } from './new-message.dto.js';

export const MAX_REASON_LENGTH = 500;

const REDACTED_CHOICES = ['keep', 'forget'] as const;

export class RedactMessageDto {
  @ApiProperty({
    ...contentSchemaWith(['type']),
    description:
      'What the message says from now on: a text, or all of its parts, with others in place of those to erase.',
    example: 'My number is [removed].',
  })
  @IsMessageContent()
  content: MessageContent;

  @BodyField({
    description: 'Takes the place of the metadata, of which nothing is kept. Left out, it stays.',
  })
  @IsOptional()
  @IsOpaqueObject()
  metadata?: Record<string, unknown> | null;

  @BodyField({ description: 'Why, for those who read it later.', example: 'A phone number.' })
  @IsOptional()
  @IsString()
  @Length(1, MAX_REASON_LENGTH)
  reason?: string | null;

  @BodyField({
    default: 'keep',
    description:
      'What becomes of memories and summaries that were made from the message: `keep` keeps them and marks summaries as stale, `forget` deletes them for good.',
  })
  @IsOptional()
  @IsIn(REDACTED_CHOICES)
  derived?: (typeof REDACTED_CHOICES)[number] | null;
}

/** Answer to a removal: what was made from the message and stays. */
export class RemovedMessageDto {
  @ApiProperty({ format: 'uuid', description: 'Id of the removed message.', example: EXAMPLE_ID })
  messageId: string;
  @ApiProperty({
    type: [DerivedDto],
    description: 'What was made from the message or a copy of it and still exists, by kind.',
  })
  derived: DerivedDto[];
}
