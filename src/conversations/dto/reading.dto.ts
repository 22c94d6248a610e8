import { ApiProperty, PickType } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { BodyField, MAX_INTEGER } from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import { ConversationDto, type ConversationState } from './conversation.dto.js';
import { MessageDto } from './message.dto.js';

/** Characters of a preview. */
export const PREVIEW_LENGTH = 200;
/** Bytes of a message with parts; a larger one is not read for a preview. */
export const MAX_PREVIEWED_BYTES = 16_384;

export const INCLUDES = ['lastMessage', 'unread'] as const;
export type Include = (typeof INCLUDES)[number];

export class MarkReadDto {
  @BodyField({ description: '`seq` of the last message that the user has seen.', example: 1 })
  @IsInt()
  @Min(1)
  @Max(MAX_INTEGER)
  upTo: number;
}

const readUpTo = {
  type: 'integer',
  minimum: 0,
  description: '`seq` of the last message that the user has seen; 0 when none.',
  example: 1,
} as const;
const unread = {
  type: 'integer',
  minimum: 0,
  description: 'Number of messages that arrived since, of all roles and branches.',
  example: 1,
} as const;

export class ReadMarkDto {
  @ApiProperty(readUpTo) readUpTo: number;
  @ApiProperty(unread) unread: number;
}

export class MessagePreviewDto extends PickType(MessageDto, [
  'id',
  'seq',
  'role',
  'status',
  'createdAt',
]) {
  @ApiProperty({
    type: String,
    nullable: true,
    maxLength: PREVIEW_LENGTH,
    description: `The first ${PREVIEW_LENGTH} characters of its text. Null when it has none, or more than ${MAX_PREVIEWED_BYTES} bytes of parts.`,
    example: 'Which tram goes to Belém?',
  })
  preview: string | null;
}

/** A conversation of a list, with what the list was asked to include. */
export class ListedConversationDto extends ConversationDto {
  @ApiProperty({
    type: MessagePreviewDto,
    nullable: true,
    required: false,
    description:
      'Only with `include=lastMessage`: the message that the conversation ends with; null when it shows none.',
  })
  lastMessage?: MessagePreviewDto | null;
  @ApiProperty({
    ...readUpTo,
    required: false,
    description: `Only with \`include=unread\`: ${readUpTo.description}`,
  })
  readUpTo?: number;
  @ApiProperty({
    ...unread,
    required: false,
    description: `Only with \`include=unread\`: ${unread.description}`,
  })
  unread?: number;
}

export const ListedConversationPageDto = PageOf(ListedConversationDto);

/** @param conversation with the `seq` of its last message, and of the last one that was read */
export const toReadMark = ({
  readUpTo,
  lastSeq,
}: Pick<ConversationState, 'readUpTo' | 'lastSeq'>): ReadMarkDto => ({
  readUpTo: readUpTo ?? 0,
  unread: lastSeq - (readUpTo ?? 0),
});
