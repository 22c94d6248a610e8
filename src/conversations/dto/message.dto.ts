import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { PageOf } from '../../platform/list/index.js';
import { MESSAGE_LIMITS, type MessageContent } from '../messages/message-input.js';
import { MESSAGE_ROLES, type MessageRole } from '../messages/message.entity.js';
import type { Appended, CountedMessage, MessageRow } from '../messages/messages.repository.js';
import type { SearchHit } from '../messages/message-search.repository.js';

const contentSchema = {
  oneOf: [
    { type: 'string' },
    {
      type: 'array',
      minItems: 1,
      maxItems: MESSAGE_LIMITS.parts,
      items: {
        type: 'object',
        required: ['type'],
        properties: {
          type: { type: 'string', minLength: 1, maxLength: MESSAGE_LIMITS.typeLength },
        },
        additionalProperties: true,
      },
    },
  ],
  description:
    'A text, or parts: text, image, file, tool call, tool result, reasoning, or any other type. Parts come back as they went in.',
};

export class NewMessageDto {
  @ApiProperty({ enum: MESSAGE_ROLES }) role: MessageRole;
  @ApiProperty(contentSchema) content: MessageContent;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  metadata?: Record<string, unknown> | null;
}

export class AppendMessagesDto {
  @ApiProperty({ type: [NewMessageDto], minItems: 1, maxItems: MESSAGE_LIMITS.perCall })
  messages: NewMessageDto[];
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    maximum: 2_147_483_647,
    required: false,
    nullable: true,
    description: 'Refused with 409 unless the last message has this number; 0 for none.',
  })
  expectedSeq?: number | null;
}

/** Body of an append: one message, or several. */
export const appendBody = {
  schema: {
    oneOf: [{ $ref: getSchemaPath(NewMessageDto) }, { $ref: getSchemaPath(AppendMessagesDto) }],
  },
};

@ApiExtraModels(NewMessageDto, AppendMessagesDto)
export class MessageDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ format: 'uuid' }) conversationId: string;
  @ApiProperty({ type: 'integer', minimum: 1, description: 'Gapless from 1 in its conversation.' })
  seq: number;
  @ApiProperty({ enum: MESSAGE_ROLES }) role: MessageRole;
  @ApiProperty(contentSchema) content: MessageContent;
  @ApiProperty({ type: 'object', additionalProperties: true }) metadata: Record<string, unknown>;
  @ApiProperty({ type: 'integer', minimum: 0, description: 'In tokens of o200k_base.' })
  tokenCount: number;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
}

export class MessageListDto {
  @ApiProperty({ type: [MessageDto] }) data: MessageDto[];
}

export const MessagePageDto = PageOf(MessageDto);

export class MessageHitDto {
  @ApiProperty({ type: MessageDto }) message: MessageDto;
  @ApiProperty({ description: 'ts_rank: higher is better; compare within one answer only.' })
  score: number;
}

export class MessageHitsDto {
  @ApiProperty({ type: [MessageHitDto] }) data: MessageHitDto[];
  @ApiProperty({
    description:
      'False when hits were left out because the answer would have been too large (`MAX_PAGE_BYTES`).',
  })
  complete: boolean;
}

export const toMessageDto = (conversationId: string, row: MessageRow): MessageDto => ({
  id: row.id,
  conversationId,
  seq: row.seq,
  role: row.role,
  content: row.contentIsJson ? (JSON.parse(row.content) as MessageContent) : row.content,
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
