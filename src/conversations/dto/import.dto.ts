import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsIn, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { BodyField, IsListOf } from '../../platform/input/index.js';
import type { ConversationStatus } from '../conversation.entity.js';
import { IsImportTime } from '../import/time.js';
import { CONVERSATION_STATUSES, ConversationDto, TaggedFields } from './conversation.dto.js';
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
      'Id of the conversation at its source. Importing the same key again adds the messages that are new.',
    example: 'chat-export/4711',
  })
  @IsString()
  @Length(1, IMPORT_LIMITS.keyLength)
  importKey: string;

  @BodyField({ description: 'Time of creation. Without it, the time of the first message.' })
  @IsOptional()
  @IsImportTime()
  createdAt?: string | null;

  @BodyField({
    description:
      'Time of the last change. Without it, the time of the last message; never before `createdAt`.',
  })
  @IsOptional()
  @IsImportTime()
  updatedAt?: string | null;

  @BodyField({ default: 'active', description: '`active`, or `archived`.', example: 'archived' })
  @IsOptional()
  @IsIn(CONVERSATION_STATUSES)
  status?: ConversationStatus | null;

  @BodyField({
    default: 1,
    description:
      '`seq` of the first of the messages, to send a long conversation in several requests. Those before must be there; otherwise 409 `conversation.head_moved`.',
    example: 1,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(2_147_483_647)
  firstSeq?: number | null;

  @BodyField({
    description:
      'The messages in order, at most 20,000. Messages as this API answers them are accepted, too; their ids and counts are made anew.',
  })
  @IsListOf(() => ImportMessageDto)
  @ArrayMaxSize(IMPORT_LIMITS.messages)
  messages: ImportMessageDto[];
}

export class ImportResultDto {
  @ApiProperty({
    description:
      'False when a conversation with this `importKey` existed already, even a deleted one. A deleted one is not changed.',
    example: true,
  })
  imported: boolean;
  @ApiProperty({
    type: 'integer',
    description: 'Number of messages that were stored.',
    example: 2,
  })
  added: number;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description:
      '`seq` of the first message that is another one here than in the request; nothing was stored then. Null when there is none.',
    example: null,
  })
  differsAt: number | null;
  @ApiProperty({
    type: ConversationDto,
    description: 'The imported conversation, or the existing one.',
  })
  conversation: ConversationDto;
}
