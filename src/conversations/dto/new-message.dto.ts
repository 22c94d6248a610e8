import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
} from 'class-validator';
import {
  BodyField,
  CheckedBy,
  IsListOf,
  IsOpaqueObject,
  MAX_INTEGER,
} from '../../platform/input/index.js';
import { MESSAGE_REFERENCE, referenceFaults } from '../keys/conversation-reference.js';
import {
  IsMessageContent,
  MESSAGE_LIMITS,
  type MessageContent,
} from '../messages/message-content.js';
import {
  MESSAGE_ROLES,
  MESSAGE_STATUSES,
  type MessageRole,
  type MessageStatus,
} from '../messages/message.entity.js';
import { IsMessageTime } from '../import/time.js';
import { DIALECTS, type Dialect } from '../parts/index.js';

/** @param required fields that each part has; parts of some dialects have no type */
export const contentSchemaWith = (required: string[]) => ({
  oneOf: [
    { type: 'string' },
    {
      type: 'array',
      maxItems: MESSAGE_LIMITS.parts,
      items: {
        type: 'object',
        ...(required.length > 0 ? { required } : {}),
        properties: {
          type: {
            type: 'string',
            minLength: 1,
            maxLength: MESSAGE_LIMITS.typeLength,
            description:
              'Kind of the part, such as `text` or `tool_call`. Parts of Gemini and Bedrock have none, and neither has what stands beside the content of OpenAI chat, such as `{"refusal": "…"}`.',
          },
        },
        additionalProperties: true,
      },
    },
  ],
  description:
    'A text, or a list of parts: text, image, file, tool call, tool result, reasoning, or any other type. Parts are returned exactly as sent.',
  example: 'I plan a trip to Lisbon.',
});

/** Content as it is returned. */
export const contentSchema = contentSchemaWith([]);

export const leaseField = {
  default: MESSAGE_LIMITS.defaultLeaseSeconds,
  description:
    'Seconds for which the writer of a message in progress may write nothing. Then the message is `interrupted`.',
};

export class NewMessageDto {
  @BodyField({ description: 'Who wrote the message.', example: 'user' })
  @IsIn(MESSAGE_ROLES)
  role: MessageRole;

  @ApiProperty({
    ...contentSchemaWith(['type']),
    nullable: true,
    description: `${contentSchema.description} Null is kept as no parts.`,
  })
  @IsMessageContent()
  content: MessageContent;

  @BodyField({
    description: "The application's own JSON object of at most 64 KiB, returned exactly as sent.",
  })
  @IsOptional()
  @IsOpaqueObject()
  metadata?: Record<string, unknown> | null;

  @BodyField({
    description:
      "The application's own name of the message, unique in the conversation. The same key with the same content again is the same message (200), with another content 409 `message.key_taken`; a message in progress takes the content.",
    example: 'msg-1',
  })
  @IsOptional()
  @IsString()
  @Length(1, MESSAGE_LIMITS.keyLength)
  key?: string | null;

  @BodyField({
    default: 'complete',
    description:
      '`in_progress`: the message grows by `PATCH` until it is finished, and models do not get it before. `interrupted`: it ends too early. `failed`: models do not get it. All but `in_progress` never change.',
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

  @BodyField({
    description:
      'When the message was written, with up to six digits of a second; further digits are cut. Needs the scope `import`. Without it, the time of storing; in an import, the time of the message before, and for the first one `createdAt` of the conversation, or now. `seq` has the order of arrival, whatever the times are.',
    example: '2025-11-03T08:15:00.123456Z',
  })
  @IsOptional()
  @IsMessageTime()
  createdAt?: string | null;
}

const formatField = {
  enum: DIALECTS,
  description:
    'Dialect of the messages: one that is not of it is refused. By default it is told from the shape of each message.',
};

/** The part of a body that says in which dialect its messages are. */
export class FormatDto {
  @BodyField(formatField)
  @IsIn(DIALECTS)
  @IsOptional()
  format?: Dialect | null;
}

export class AppendMessagesDto {
  @BodyField({
    description: 'The messages in order, at most 1,000. All are appended, or none.',
    example: [
      { role: 'user', content: 'Where shall we eat?' },
      { role: 'assistant', content: 'Try the market hall.' },
    ],
  })
  @IsListOf(() => NewMessageDto)
  @ArrayMinSize(1)
  @ArrayMaxSize(MESSAGE_LIMITS.perCall)
  messages: NewMessageDto[];

  @BodyField({
    description:
      'Appends only when the last message has this `seq` (0: no messages); otherwise 409 `conversation.head_moved`.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_INTEGER)
  expectedSeq?: number | null;

  @ApiProperty({
    ...MESSAGE_REFERENCE,
    required: false,
    nullable: true,
    description:
      'Id of the message that the first one follows, or `key:` and its key, as it is; null for none. The messages begin a branch then, and become what the conversation shows. Without it they follow the head.',
    example: null,
  })
  @IsOptional()
  @CheckedBy(referenceFaults)
  parentId?: string | null;

  @BodyField({
    description:
      'Appends only when the conversation ends with the message of this `seq` (0: it shows none); otherwise 409 `conversation.head_moved`.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_INTEGER)
  expectedHead?: number | null;

  @BodyField({
    default: true,
    description: 'False: the conversation goes on to end with the message that it ends with now.',
  })
  @IsOptional()
  @IsBoolean()
  moveHead?: boolean | null;

  @BodyField(formatField)
  @IsOptional()
  @IsIn(DIALECTS)
  format?: Dialect | null;
}

const DIALECT_MESSAGE = {
  type: 'object',
  additionalProperties: true,
  anyOf: [{ required: ['role'] }, { required: ['type'] }, { required: ['parts'] }],
  description:
    'A message or item as OpenAI (chat or Responses), the Agents SDK, Anthropic, Gemini, Bedrock, the AI SDK or LangChain has it.',
  example: { role: 'model', parts: [{ text: 'Try the market hall.' }] },
  examples: [
    { role: 'model', parts: [{ text: 'Try the market hall.' }] },
    { type: 'function_call', call_id: 'call_1', name: 'find_hall', arguments: '{}' },
    { role: 'tool', tool_call_id: 'call_1', content: 'At the river.' },
    { role: 'assistant', content: [{ text: 'At the river.' }] },
    { id: 'msg-1', role: 'user', parts: [{ type: 'text', text: 'Thank you.' }] },
  ],
};

/** Body of an append: one message, or several. */
export const appendBody = {
  schema: {
    anyOf: [
      { $ref: getSchemaPath(NewMessageDto) },
      { $ref: getSchemaPath(AppendMessagesDto) },
      DIALECT_MESSAGE,
    ],
  },
};
