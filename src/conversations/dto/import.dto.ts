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
      'What the conversation is called at its source. A key that is known imports nothing.',
  })
  @IsString()
  @Length(1, IMPORT_LIMITS.keyLength)
  importKey: string;

  @ApiProperty({
    type: String,
    required: false,
    nullable: true,
    format: 'date-time',
    description: 'Without it, the time of the first message.',
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
      'Without it, the time of the message before; of the first, the time of the conversation, or now.',
  })
  createdAt?: string | null;
}

/** Body of an import. */
export class ImportConversationDto extends ImportFieldsDto {
  @ApiProperty({ type: [ImportMessageDto], maxItems: IMPORT_LIMITS.messages })
  messages: ImportMessageDto[];
}

export class ImportResultDto {
  @ApiProperty({
    description:
      'False when there was a conversation with this importKey already, also a deleted one; then nothing has changed.',
  })
  imported: boolean;
  @ApiProperty({ type: ConversationDto }) conversation: ConversationDto;
}
