import { ApiExtraModels, ApiProperty } from '@nestjs/swagger';
import { commonFields, EXAMPLE_ID } from '../../platform/http/index.js';
import { PageOf } from '../../platform/list/index.js';
import type { MessageContent } from '../messages/message-content.js';
import {
  type Erasure,
  ERASURES,
  MESSAGE_ROLES,
  type MessageRole,
  UNFINISHED_STATUSES,
  type UnfinishedStatus,
} from '../messages/message.entity.js';
import type { Appended, CountedMessage, MessageRow } from '../messages/messages.repository.js';
import { fromStoredText } from '../parts/index.js';
import { FeedbackDto, toFeedbackDto } from './feedback.dto.js';
import { AppendMessagesDto, contentSchema, NewMessageDto } from './new-message.dto.js';

export class ErasureDto {
  @ApiProperty({
    enum: ERASURES,
    description: '`removed`: the message is empty. `redacted`: its content was replaced.',
    example: 'removed',
  })
  how: Erasure['how'];
  @ApiProperty({ ...commonFields.createdAt, description: 'When it was erased.' }) at: string;
  @ApiProperty({ description: 'Who erased it: the kind and id of a credential.' }) by: string;
  @ApiProperty({ type: String, nullable: true, description: 'Why, as the client said it.' })
  reason: string | null;
}

@ApiExtraModels(NewMessageDto, AppendMessagesDto)
export class MessageDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({ format: 'uuid', description: 'Id of the conversation.', example: EXAMPLE_ID })
  conversationId: string;
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'Number in the conversation: 1, 2, 3, ... without gaps.',
    example: 1,
  })
  seq: number;
  @ApiProperty({ enum: MESSAGE_ROLES, description: 'Who wrote the message.', example: 'user' })
  role: MessageRole;
  @ApiProperty(contentSchema) content: MessageContent;
  @ApiProperty(commonFields.metadata) metadata: Record<string, unknown>;
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Number of tokens by the o200k_base tokeniser.',
    example: 9,
  })
  tokenCount: number;
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    nullable: true,
    description:
      '`seq` of the message that this one follows: the one before, unless a branch begins here. Null: it follows none.',
    example: null,
  })
  parentSeq: number | null;
  @ApiProperty({
    type: 'integer',
    minimum: 2,
    required: false,
    description:
      'Number of messages that follow the same message, this one included. Left out when it is the only one, and with `all=true`.',
    example: 2,
  })
  branches?: number;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty({
    required: false,
    description: "The application's own name of the message. Only when it has one.",
    example: 'msg-1',
  })
  key?: string;
  @ApiProperty({
    enum: UNFINISHED_STATUSES,
    required: false,
    description:
      '`in_progress`: it may grow. `interrupted`: it ended too early. `failed`: models do not get it. Left out when it is complete.',
  })
  status?: UnfinishedStatus;
  @ApiProperty({
    type: 'integer',
    required: false,
    description: 'Of a message in progress: the version for the next write.',
    example: 3,
  })
  version?: number;
  @ApiProperty({
    ...commonFields.createdAt,
    required: false,
    description: 'Of a message in progress: it is interrupted when nothing is written until then.',
  })
  leaseExpiresAt?: string;
  @ApiProperty({
    type: ErasureDto,
    required: false,
    description: 'Only when what the message said was erased.',
  })
  erased?: Erasure;
  @ApiProperty({
    type: FeedbackDto,
    required: false,
    description: 'What the user thinks of the message. Only when feedback was given.',
  })
  feedback?: FeedbackDto;
}

export class MessageListDto {
  @ApiProperty({
    type: [MessageDto],
    description: 'The appended messages, in the order they were sent.',
  })
  data: MessageDto[];
}

export const MessagePageDto = PageOf(MessageDto);

/** @param siblings how many messages have the same parent, this one included */
export const toMessageDto = (
  conversationId: string,
  row: MessageRow,
  siblings = 1,
): MessageDto => ({
  id: row.id,
  conversationId,
  seq: row.seq,
  role: row.role,
  content: row.contentIsJson ? fromStoredText(row.content) : row.content,
  metadata: row.metadata ?? {},
  tokenCount: row.tokenCount,
  parentSeq: (row.parentSeq ?? row.seq - 1) || null,
  ...(siblings > 1 ? { branches: siblings } : {}),
  createdAt: row.createdAt,
  ...(row.key ? { key: row.key } : {}),
  ...(row.status ? { status: row.status } : {}),
  ...(row.draft ?? {}),
  ...(row.erased ? { erased: row.erased } : {}),
  ...(row.feedback ? { feedback: toFeedbackDto(row.feedback) } : {}),
});

/** Builds the answer to an append from what was written, without reading it back. */
export function toAppendedDto(
  conversationId: string,
  messages: CountedMessage[],
  { ids, firstSeq, parentSeq, createdAt }: Appended,
): MessageListDto {
  const data = messages.map(({ role, content, metadata, tokenCount, createdAt: own }, i) => ({
    id: ids[i]!,
    conversationId,
    seq: firstSeq + i,
    role,
    content,
    metadata: metadata ?? {},
    tokenCount,
    parentSeq: (i === 0 ? parentSeq : firstSeq + i - 1) || null,
    createdAt: own ?? createdAt,
  }));
  return { data };
}
