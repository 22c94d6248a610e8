import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { commonFields, EXAMPLE_ID } from '../../platform/http/index.js';
import { BodyField, IsOpaqueObject, MAX_INTEGER } from '../../platform/input/index.js';
import {
  IsMessageContent,
  MESSAGE_LIMITS,
  type MessageContent,
} from '../messages/message-content.js';
import { MESSAGE_STATUSES, type MessageStatus } from '../messages/message.entity.js';
import { contentSchemaWith, leaseField } from './new-message.dto.js';

/** Body of a write of a message in progress. */
export class GrowMessageDto {
  @BodyField({
    description:
      'The version that the message has now, 0 after its append. Each write counts it up. Otherwise 409 `message.version_mismatch`; a write that was sent before is answered as it was then.',
    example: 0,
  })
  @IsInt()
  @Min(0)
  @Max(MAX_INTEGER)
  expectedVersion: number;

  @ApiProperty({
    ...contentSchemaWith(['type']),
    nullable: true,
    required: false,
    example: ' at the river',
    description:
      'A text, or parts, to add at the end. A text goes on with the text before it, or becomes a text part.',
  })
  @IsOptional()
  @IsMessageContent()
  append?: MessageContent | null;

  @ApiProperty({
    ...contentSchemaWith(['type']),
    nullable: true,
    example: undefined,
    description: 'Takes the place of all that the message says so far.',
    required: false,
  })
  @IsOptional()
  @IsMessageContent()
  content?: MessageContent | null;

  @BodyField({ description: 'Takes the place of the metadata.' })
  @IsOptional()
  @IsOpaqueObject()
  metadata?: Record<string, unknown> | null;

  @BodyField({
    default: 'in_progress',
    description:
      'Any other status finishes the message: it never changes from then on. `interrupted`: it ends too early. `failed`: models do not get it.',
    example: 'complete',
  })
  @IsOptional()
  @IsIn(MESSAGE_STATUSES)
  status?: MessageStatus | null;

  @BodyField(leaseField)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MESSAGE_LIMITS.leaseSeconds)
  leaseSeconds?: number | null;
}

/** Answer to a write of a message in progress. It does not repeat what the message says. */
export class WrittenMessageDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({ format: 'uuid', description: 'Id of the conversation.', example: EXAMPLE_ID })
  conversationId: string;
  @ApiProperty({ type: 'integer', description: 'Number in the conversation.', example: 2 })
  seq: number;
  @ApiProperty({ enum: MESSAGE_STATUSES, description: 'What it is now.', example: 'in_progress' })
  status: MessageStatus;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'The version to send with the next write. Null when the message is finished.',
    example: 1,
  })
  version: number | null;
  @ApiProperty({
    ...commonFields.createdAt,
    type: String,
    nullable: true,
    description: 'The message is interrupted when nothing is written until then.',
  })
  leaseExpiresAt: string | null;
}
