import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { BodyField, IsListOf, IsOpaqueObject } from '../../platform/input/index.js';
import {
  IsMessageContent,
  MESSAGE_LIMITS,
  type MessageContent,
} from '../messages/message-content.js';
import { MESSAGE_ROLES, type MessageRole } from '../messages/message.entity.js';

export const contentSchema = {
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
          type: {
            type: 'string',
            minLength: 1,
            maxLength: MESSAGE_LIMITS.typeLength,
            description: 'Kind of the part, such as `text` or `tool_call`.',
          },
        },
        additionalProperties: true,
      },
    },
  ],
  description:
    'A text, or a list of parts: text, image, file, tool call, tool result, reasoning, or any other type. Parts are returned exactly as sent.',
  example: 'I plan a trip to Lisbon.',
};

export class NewMessageDto {
  @BodyField({ description: 'Who wrote the message.', example: 'user' })
  @IsIn(MESSAGE_ROLES)
  role: MessageRole;

  @ApiProperty(contentSchema)
  @IsMessageContent()
  content: MessageContent;

  @BodyField({
    description: "The application's own JSON object of at most 64 KiB, returned exactly as sent.",
  })
  @IsOptional()
  @IsOpaqueObject()
  metadata?: Record<string, unknown> | null;
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
  @Max(2_147_483_647)
  expectedSeq?: number | null;
}

/** Body of an append: one message, or several. */
export const appendBody = {
  schema: {
    oneOf: [{ $ref: getSchemaPath(NewMessageDto) }, { $ref: getSchemaPath(AppendMessagesDto) }],
  },
};
