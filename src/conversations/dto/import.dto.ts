import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsOptional, IsString, Length } from 'class-validator';
import { BodyField, IsListOf } from '../../platform/input/index.js';
import { IsImportTime } from '../import/time.js';
import { ConversationDto, TaggedFields } from './conversation.dto.js';
import { NewMessageDto } from './new-message.dto.js';

export const IMPORT_LIMITS = { messages: 20_000, keyLength: 500 } as const;

export class ImportMessageDto extends NewMessageDto {
  @BodyField({
    description:
      'Time of the message. Without it, the time of the message before; for the first message, `createdAt` of the conversation, or now.',
    example: '2025-11-03T08:15:00Z',
  })
  @IsOptional()
  @IsImportTime()
  createdAt?: string | null;
}

/** Body of an import. */
export class ImportConversationDto extends TaggedFields {
  @BodyField({
    description:
      'Id of the conversation at its source. Importing the same key again changes nothing.',
    example: 'chat-export/4711',
  })
  @IsString()
  @Length(1, IMPORT_LIMITS.keyLength)
  importKey: string;

  @BodyField({ description: 'Time of creation. Without it, the time of the first message.' })
  @IsOptional()
  @IsImportTime()
  createdAt?: string | null;

  @BodyField({ description: 'The messages in order, at most 20,000.' })
  @IsListOf(() => ImportMessageDto)
  @ArrayMaxSize(IMPORT_LIMITS.messages)
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
