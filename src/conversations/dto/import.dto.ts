import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import { ConversationDto, TaggedFields } from './conversation.dto.js';
import { NewMessageDto } from './message.dto.js';

export const IMPORT_LIMITS = { messages: 20_000, keyLength: 500 } as const;

/**
 * Body of an import without its messages, which a hand-written check reads because there may be
 * thousands.
 */
export class ImportFieldsDto extends TaggedFields {
  @ApiProperty({
    minLength: 1,
    maxLength: IMPORT_LIMITS.keyLength,
    description:
      'Id of the conversation at its source. Importing the same key again changes nothing.',
    example: 'chat-export/4711',
  })
  @IsString()
  @Length(1, IMPORT_LIMITS.keyLength)
  importKey: string;

  @ApiProperty({
    type: String,
    required: false,
    nullable: true,
    format: 'date-time',
    description: 'Time of creation. Without it, the time of the first message.',
  })
  @IsOptional()
  @IsString()
  createdAt?: string | null;
}

export class ImportMessageDto extends NewMessageDto {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    format: 'date-time',
    description:
      'Time of the message. Without it, the time of the message before; for the first message, `createdAt` of the conversation, or now.',
    example: '2025-11-03T08:15:00Z',
  })
  createdAt?: string | null;
}

/** Body of an import. */
export class ImportConversationDto extends ImportFieldsDto {
  @ApiProperty({
    type: [ImportMessageDto],
    maxItems: IMPORT_LIMITS.messages,
    description: 'The messages in order, at most 20,000.',
  })
  messages: ImportMessageDto[];
}

export class ImportResultDto {
  @ApiProperty({
    description:
      'False when a conversation with this `importKey` existed already, even a deleted one. Nothing has changed then.',
    example: true,
  })
  imported: boolean;
  @ApiProperty({
    type: ConversationDto,
    description: 'The imported conversation, or the existing one.',
  })
  conversation: ConversationDto;
}
