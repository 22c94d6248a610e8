import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
} from 'class-validator';
import type { FieldError } from '../../platform/errors/index.js';
import { Problem } from '../../platform/http/index.js';
import {
  BodyField,
  CheckedBy,
  IsListOf,
  IsNested,
  isPlainObject,
  MAX_INTEGER,
  words,
} from '../../platform/input/index.js';
import type { ConversationStatus } from '../conversation.entity.js';
import { IsMessageTime } from '../import/time.js';
import { CONVERSATION_STATUSES, ConversationDto, TaggedFields } from './conversation.dto.js';
import { ImportedFeedbackDto } from './feedback.dto.js';
import { NewMessageDto } from './new-message.dto.js';

export const IMPORT_LIMITS = { messages: 20_000, keyLength: 500, batch: 100 } as const;

export class ImportMessageDto extends NewMessageDto {
  @BodyField({ description: 'What the user thinks of the message.' })
  @IsOptional()
  @IsNested(() => ImportedFeedbackDto)
  feedback?: ImportedFeedbackDto | null;
  @BodyField({
    description:
      '`seq` of the message that this one follows, which comes before it: a branch begins here. Null: it follows none. Without it, the message before.',
    example: null,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_INTEGER)
  parentSeq?: number | null;
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
  @IsMessageTime()
  createdAt?: string | null;

  @BodyField({
    description:
      'Time of the last change. Without it, the time of the last message; never before `createdAt`.',
  })
  @IsOptional()
  @IsMessageTime()
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
  @Max(MAX_INTEGER)
  firstSeq?: number | null;

  @BodyField({
    description:
      '`seq` of the message that the conversation ends with; 0: it shows none. Send it with the last of the messages. Without it, the last message. A head that was moved here stays.',
    example: null,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_INTEGER)
  headSeq?: number | null;

  @BodyField({
    description:
      '`seq` of the last message that the user has seen. Send it with the last of the messages. Taken when messages are added; a mark never goes back.',
    example: null,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_INTEGER)
  readUpTo?: number | null;

  @BodyField({
    default: false,
    description:
      'True: a conversation that was deleted here is brought back. Otherwise it stays deleted: one that can be restored is answered as it is, and one that is gone is 410 `conversation.deleted_import`.',
  })
  @IsOptional()
  @IsBoolean()
  again?: boolean | null;

  @BodyField({
    description:
      'The messages in order, at most 20,000; with branches, each after the one that it follows. Messages as this API answers them are accepted, too; their ids and counts are made anew.',
  })
  @IsListOf(() => ImportMessageDto)
  @ArrayMaxSize(IMPORT_LIMITS.messages)
  messages: ImportMessageDto[];
}

/** Counts the messages of a batch before anything else looks at them. */
function tooManyMessages(conversations: unknown): FieldError[] {
  let left: number = IMPORT_LIMITS.messages;
  for (const [i, one] of (conversations as unknown[]).entries()) {
    const messages = isPlainObject(one) ? one['messages'] : null;
    const count = Array.isArray(messages) ? messages.length : 0;
    if (count > left) return [{ pointer: `/${i}/messages`, message: words.maxItems(left) }];
    left -= count;
  }
  return [];
}

/** Body of an import of many conversations. Each of them is read, and refused, on its own. */
export class ImportBatchDto {
  @BodyField({
    type: [ImportConversationDto],
    description: 'The conversations, with at most 20,000 messages together.',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(IMPORT_LIMITS.batch)
  @CheckedBy(tooManyMessages)
  conversations: unknown[];
}

export class ImportResultDto {
  @ApiProperty({
    description:
      'False when a conversation with this `importKey` existed already, even a deleted one. A deleted one is not changed without `again`.',
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
    minimum: 0,
    description: 'How many of them begin a branch.',
    example: 0,
  })
  branches: number;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description:
      '`seq` of the first message that is another one here than in the request; nothing was stored then. Null when there is none.',
    example: null,
  })
  differsAt: number | null;
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description:
      'Number of the messages of the request that were removed or redacted here. They stay so.',
    example: 0,
  })
  erased: number;
  @ApiProperty({
    type: ConversationDto,
    description: 'The imported conversation, or the existing one.',
  })
  conversation: ConversationDto;
}

/** Of the two, one is null. */
export class ImportOutcomeDto {
  @ApiProperty({
    type: ImportResultDto,
    nullable: true,
    description: 'What an import of this conversation alone answers; null when it was refused.',
  })
  result: ImportResultDto | null;
  @ApiProperty({
    type: Problem,
    nullable: true,
    description:
      'Why it was refused, as an import of it alone answers: pointers begin at the conversation. Null when it was not.',
  })
  problem: Problem | null;
}

export class ImportBatchResultDto {
  @ApiProperty({
    type: [ImportOutcomeDto],
    description: 'One for each conversation of the request, in the same order.',
  })
  data: ImportOutcomeDto[];
}
