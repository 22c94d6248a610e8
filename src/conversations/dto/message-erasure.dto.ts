import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
} from 'class-validator';
import type { FieldError } from '../../platform/errors/index.js';
import {
  BodyField,
  CheckedBy,
  IsListOf,
  IsOpaqueObject,
  IsTime,
  MAX_INTEGER,
  words,
} from '../../platform/input/index.js';
import { EXAMPLE_ID } from '../../platform/http/index.js';
import {
  IsMessageContent,
  MESSAGE_LIMITS,
  type MessageContent,
} from '../messages/message-content.js';
import { DerivedDto } from './derived.dto.js';
import { contentSchemaWith } from './new-message.dto.js';

export const MAX_REASON_LENGTH = 500;

const REDACTED_CHOICES = ['keep', 'forget'] as const;

class RedactionFields {
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

export class RedactMessageDto extends RedactionFields {
  @ApiProperty({
    ...contentSchemaWith(['type']),
    description: 'What the message says from now on: a text, or parts.',
    example: 'My number is [removed].',
  })
  @IsMessageContent()
  content: MessageContent;
}

/** As long as the text of a message may be. */
function replacingFaults(text: unknown): readonly FieldError[] {
  if (typeof text !== 'string') return [{ pointer: '', message: words.text }];
  if (text === '') return [{ pointer: '', message: words.notEmpty }];
  const { contentBytes } = MESSAGE_LIMITS;
  return Buffer.byteLength(text) > contentBytes
    ? [{ pointer: '', message: words.maxBytes(contentBytes) }]
    : [];
}

export class RedactedPartDto {
  @BodyField({
    description:
      'Place of the part in `content` as it is read without `format`, from 0. A text is one part.',
    example: 0,
  })
  @IsInt()
  @Min(0)
  @Max(MAX_INTEGER)
  index: number;

  @ApiProperty({
    type: String,
    required: false,
    nullable: true,
    minLength: 1,
    description:
      'Takes the place of what the part says. Left out, the part is removed. A call of a tool stays with its id and name, and a result with its id, so that they remain a pair.',
    example: 'My number is [removed].',
  })
  @IsOptional()
  @CheckedBy(replacingFaults)
  with?: string | null;
}

export class RedactPartsDto extends RedactionFields {
  @BodyField({
    description:
      'The parts to erase, at most 1,000; the others stay. Of two for the same index the last one counts.',
    example: [{ index: 0, with: 'My number is [removed].' }],
  })
  @IsListOf(() => RedactedPartDto)
  @ArrayMinSize(1)
  @ArrayMaxSize(MESSAGE_LIMITS.parts)
  parts: RedactedPartDto[];

  @BodyField({
    description:
      '`erased.at` of the message as you know it, null when it has none. Otherwise 409 `message.version_mismatch`, because its parts may stand elsewhere now.',
    example: null,
  })
  @IsOptional()
  @IsTime()
  expectedErasedAt?: string | null;
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
