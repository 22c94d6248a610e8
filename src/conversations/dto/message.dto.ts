import { ApiExtraModels, ApiProperty } from '@nestjs/swagger';
import { commonFields, EXAMPLE_ID } from '../../platform/http/index.js';
import { PageOf } from '../../platform/list/index.js';
import type { MessageContent } from '../messages/message-content.js';
import { MESSAGE_ROLES, type MessageRole } from '../messages/message.entity.js';
import type { Appended, CountedMessage, MessageRow } from '../messages/messages.repository.js';
import type { SearchHit } from '../messages/search/message-search.repository.js';
import { fromStoredText } from '../parts/index.js';
import { AppendMessagesDto, contentSchema, NewMessageDto } from './new-message.dto.js';

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
  @ApiProperty(commonFields.createdAt) createdAt: string;
}

export class MessageListDto {
  @ApiProperty({
    type: [MessageDto],
    description: 'The appended messages, in the order they were sent.',
  })
  data: MessageDto[];
}

export const MessagePageDto = PageOf(MessageDto);

export class MessageHitDto {
  @ApiProperty({ type: MessageDto, description: 'The message that was found.' })
  message: MessageDto;
  @ApiProperty({
    description:
      'Rank: higher is better. A word counts more than its other forms. Comparable within one answer only.',
    example: 0.61,
  })
  score: number;
}

export class MessageHitsDto {
  @ApiProperty({ type: [MessageHitDto], description: 'The hits, best first.' })
  data: MessageHitDto[];
  @ApiProperty({
    description: 'False when hits were left out because the answer would exceed `MAX_PAGE_BYTES`.',
    example: true,
  })
  complete: boolean;
}

export const toMessageDto = (conversationId: string, row: MessageRow): MessageDto => ({
  id: row.id,
  conversationId,
  seq: row.seq,
  role: row.role,
  content: row.contentIsJson ? fromStoredText(row.content) : row.content,
  metadata: row.metadata ?? {},
  tokenCount: row.tokenCount,
  createdAt: row.createdAt,
});

export const toHitDto = (hit: SearchHit): MessageHitDto => ({
  message: toMessageDto(hit.conversationId, hit),
  score: hit.score,
});

/** Builds the answer to an append from what was written, without reading it back. */
export function toAppendedDto(
  conversationId: string,
  messages: CountedMessage[],
  { ids, firstSeq, createdAt }: Appended,
): MessageListDto {
  const data = messages.map(({ role, content, metadata, tokenCount }, i) => ({
    id: ids[i]!,
    conversationId,
    seq: firstSeq + i,
    role,
    content,
    metadata: metadata ?? {},
    tokenCount,
    createdAt,
  }));
  return { data };
}
