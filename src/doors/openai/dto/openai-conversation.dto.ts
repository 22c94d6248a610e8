import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsOptional } from 'class-validator';
import { type ConversationDto, MESSAGE_LIMITS } from '../../../conversations/index.js';
import type { FieldError } from '../../../platform/errors/index.js';
import {
  BodyField,
  CheckedBy,
  isLongerThan,
  isPlainObject,
  pointerToken,
  storableFaults,
  words,
} from '../../../platform/input/index.js';
import { toConversationId } from '../openai-ids.js';
import { ITEMS_FIELD } from './item-schema.js';

const LIMITS = { pairs: 16, keyCharacters: 64, valueCharacters: 512 };

/** Metadata as OpenAI takes it: short texts by short names. */
function metadataFaults(value: unknown): FieldError[] {
  if (!isPlainObject(value)) return [{ pointer: '', message: words.object }];
  const pairs = Object.entries(value);
  if (pairs.length > LIMITS.pairs) return [{ pointer: '', message: words.maxFields(LIMITS.pairs) }];
  return pairs.flatMap(([name, text]) => {
    const message = isLongerThan(name, LIMITS.keyCharacters)
      ? words.maxCharacters(LIMITS.keyCharacters)
      : valueFault(text);
    const pointer = `/${pointerToken(name)}`;
    return message === null ? storableFaults(name, pointer) : [{ pointer, message }];
  });
}

function valueFault(text: unknown): string | null {
  if (typeof text !== 'string') return words.text;
  if (isLongerThan(text, LIMITS.valueCharacters))
    return words.maxCharacters(LIMITS.valueCharacters);
  return storableFaults(text, '')[0]?.message ?? null;
}

const metadataField = {
  type: 'object',
  additionalProperties: { type: 'string', maxLength: LIMITS.valueCharacters },
  maxProperties: LIMITS.pairs,
  example: { topic: 'travel' },
} as const;

export class CreateOpenAiConversationDto {
  @BodyField({ ...ITEMS_FIELD, description: 'The first items, at most 1,000.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MESSAGE_LIMITS.perCall)
  items?: unknown[] | null;

  @BodyField({
    ...metadataField,
    description:
      'Up to 16 texts of at most 512 characters, by names of at most 64. They are the metadata of the conversation.',
  })
  @IsOptional()
  @CheckedBy(metadataFaults)
  metadata?: Record<string, string> | null;
}

export class UpdateOpenAiConversationDto {
  @BodyField({
    ...metadataField,
    nullable: true,
    description: 'The new metadata, which replaces all of it. Null empties it.',
  })
  @CheckedBy((value) => (value === null ? [] : metadataFaults(value)))
  metadata: Record<string, string> | null;
}

export class OpenAiConversationDto {
  @ApiProperty({
    description: 'The id: `conv_` and the UUID of the conversation without its dashes.',
    example: 'conv_0198c2f45a6b7c8d9e0f1a2b3c4d5e6f',
  })
  id: string;
  @ApiProperty({ enum: ['conversation'], description: 'What this is.', example: 'conversation' })
  object: 'conversation';
  @ApiProperty({
    type: 'integer',
    description: 'Time of creation, in seconds since 1970.',
    example: 1_773_480_413,
  })
  created_at: number;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'The metadata of the conversation, which may be any JSON object.',
    example: { topic: 'travel' },
  })
  metadata: Record<string, unknown>;
}

export class DeletedOpenAiConversationDto {
  @ApiProperty({
    description: 'The id of the conversation.',
    example: 'conv_0198c2f45a6b7c8d9e0f1a2b3c4d5e6f',
  })
  id: string;
  @ApiProperty({ description: 'Always true.', example: true }) deleted: true;
  @ApiProperty({
    enum: ['conversation.deleted'],
    description: 'What this is.',
    example: 'conversation.deleted',
  })
  object: 'conversation.deleted';
}

export const toOpenAiConversation = ({
  id,
  createdAt,
  metadata,
}: Pick<ConversationDto, 'id' | 'createdAt' | 'metadata'>): OpenAiConversationDto => ({
  id: toConversationId(id),
  object: 'conversation',
  created_at: Math.floor(Date.parse(createdAt) / 1_000),
  metadata,
});
