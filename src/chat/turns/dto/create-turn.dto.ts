import { BuildContextDto } from '../../../context-window/index.js';
import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
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
  MaxLength,
  Min,
} from 'class-validator';
import {
  DIALECTS,
  type Dialect,
  MESSAGE_REFERENCE,
  NewMessageDto,
  referenceFaults,
} from '../../../conversations/index.js';
import {
  BodyField,
  CheckedBy,
  HasForm,
  IsId,
  IsJsonObject,
  IsListOf,
  IsNested,
  IsOpaqueObject,
  MAX_INTEGER,
} from '../../../platform/input/index.js';
import { MAX_TTL_SECONDS } from '../../reply-cache/reply-cache.js';
import { WHEN_BUSY, type WhenBusy } from '../turn.entity.js';

const MAX_MESSAGES = 100;
export const MAX_TOOLS = 128;
export const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;
export const TOOL_CHOICE = /^(auto|none|required|tool:[a-zA-Z0-9_-]{1,64})$/;
export const ON_CRASH = ['interrupt', 'retry'] as const;

export class TurnModelDto {
  @BodyField({
    description: 'Name of a configured provider.',
    example: 'openai',
    examples: ['openai'],
  })
  @IsString()
  @Length(1, 100)
  provider: string;

  @BodyField({ description: "The provider's name of the model.", example: 'gpt-5-mini' })
  @IsString()
  @Length(1, 200)
  name: string;
}

export class TurnToolDto {
  @BodyField({ description: 'Name of the tool.', examples: ['find_place'] })
  @IsString()
  @HasForm(TOOL_NAME, 'letters, digits, _ and -, at most 64', 'find_place')
  name: string;

  @BodyField({ description: 'What the tool does, for the model.' })
  @IsOptional()
  @IsString()
  @MaxLength(10_000)
  description?: string | null;

  @BodyField({ description: "JSON Schema of the tool's input." })
  @IsOptional()
  @IsOpaqueObject()
  parameters?: Record<string, unknown> | null;

  @BodyField({
    description: 'Whether the model must keep to the schema, where the provider can promise it.',
  })
  @IsOptional()
  @IsBoolean()
  strict?: boolean | null;
}

const REPLY_MATCHES = ['exact', 'near'] as const;

export class TurnReplyCacheDto {
  @BodyField({
    description:
      'Seconds for which the reply is kept, and given to turns that ask exactly the same; 0 does neither. Without it `REPLY_CACHE_TTL`.',
    example: 3_600,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_TTL_SECONDS)
  ttlSeconds?: number | null;

  @BodyField({
    enum: REPLY_MATCHES,
    default: 'exact',
    description:
      '`near` also finds the reply to a question that differs only in how it is written: white space, quotes, brackets, hyphens, marks between sentences, or the capital of a word such as What. Everything else of the context is the same. Turns with `near` find replies to turns with `near` only.',
    example: 'near',
  })
  @IsOptional()
  @IsIn(REPLY_MATCHES)
  match?: (typeof REPLY_MATCHES)[number] | null;
}

const MESSAGE = { $ref: getSchemaPath(NewMessageDto) };

export class CreateTurnDto {
  @ApiProperty({
    type: () => NewMessageDto,
    required: false,
    nullable: true,
    example: null,
    description: 'The message to answer, in our form or in that of any dialect.',
  })
  @IsOptional()
  @IsJsonObject()
  message?: Record<string, unknown> | null;

  @ApiProperty({
    type: 'array',
    items: MESSAGE,
    maxItems: MAX_MESSAGES,
    required: false,
    nullable: true,
    example: [{ role: 'user', content: 'Where shall we eat?' }],
    description:
      'Several messages, in order, each as `message`, which is the last when both are there. Without any the model answers what the conversation ends with.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_MESSAGES)
  messages?: unknown[] | null;

  @BodyField({ enum: DIALECTS, description: 'Dialect of the messages, as of an append.' })
  @IsOptional()
  @IsIn(DIALECTS)
  format?: Dialect | null;

  @ApiProperty({
    ...MESSAGE_REFERENCE,
    required: false,
    nullable: true,
    example: null,
    description:
      'Message that the first new one follows: its id, or `key:` and its key. To answer again, send the message that the reply follows, and no message.',
  })
  @IsOptional()
  @CheckedBy(referenceFaults)
  parentId?: string | null;

  @BodyField({
    description: 'As of an append: `seq` of the message that the conversation ends with.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_INTEGER)
  expectedHead?: number | null;

  @BodyField({
    example: { provider: 'openai', name: 'gpt-5-mini' },
    description: 'The model. Without it that of the agent configuration.',
  })
  @IsOptional()
  @IsNested(() => TurnModelDto)
  model?: TurnModelDto | null;

  @BodyField({
    example: { maxOutputTokens: 500 },
    description: 'Parameters of the model, over those of the agent configuration.',
  })
  @IsOptional()
  @IsOpaqueObject()
  parameters?: Record<string, unknown> | null;

  @BodyField({
    example: null,
    description: 'An agent configuration, in place of that of the conversation.',
  })
  @IsOptional()
  @IsId()
  agentConfigId?: string | null;

  @BodyField({ description: 'Its version.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_INTEGER)
  agentConfigVersion?: number | null;

  @BodyField({ description: 'Its alias.' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  agentConfigAlias?: string | null;

  @BodyField({
    description:
      'Tools that the model may call, in place of those of the agent configuration. The turn waits for their results.',
    example: null,
  })
  @IsOptional()
  @ArrayMaxSize(MAX_TOOLS)
  @IsListOf(() => TurnToolDto)
  tools?: TurnToolDto[] | null;

  @BodyField({
    description:
      '`auto`, `none`, `required`, or the name of a tool as `tool:` and the name. Without it the model decides.',
    example: null,
    examples: ['auto', 'tool:find_place'],
  })
  @IsOptional()
  @IsString()
  @HasForm(TOOL_CHOICE, 'auto, none, required, or tool: and a name', 'tool:find_place')
  toolChoice?: string | null;

  @BodyField({
    description:
      'How the context is built, as the body of `POST …/context`. Its `format` is not used.',
  })
  @IsOptional()
  @IsNested(() => BuildContextDto)
  context?: BuildContextDto | null;

  @BodyField({
    description:
      'Whether the reply may be one that a model gave before to the same model, parameters, tools and context of the user. A turn without a message always asks the model.',
    example: null,
  })
  @IsOptional()
  @IsNested(() => TurnReplyCacheDto)
  replyCache?: TurnReplyCacheDto | null;

  @BodyField({
    default: 'reject',
    description:
      'What happens while another turn holds the conversation: `reject` is 409, `queue` waits for it, and `interrupt` ends it and whatever waits. The messages of a turn that waits come into the conversation when it begins.',
    example: 'queue',
  })
  @IsOptional()
  @IsIn(WHEN_BUSY)
  whenBusy?: WhenBusy | null;

  @BodyField({
    default: false,
    description:
      'True for a turn that nobody waits for: it waits for a place at its provider behind other turns, however long. Its stream and its state are as of any other.',
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  background?: boolean | null;

  @BodyField({
    default: 'interrupt',
    description:
      'What happens when the process dies before the model said anything: `interrupt` ends the turn, `retry` calls the model again, which may cost twice.',
    example: 'interrupt',
  })
  @IsOptional()
  @IsIn(ON_CRASH)
  onCrash?: (typeof ON_CRASH)[number] | null;
}

/** Results of tools that a turn waits for. */
export class ToolResultsDto {
  @ApiProperty({
    type: 'array',
    items: MESSAGE,
    minItems: 1,
    maxItems: MAX_MESSAGES,
    description: 'Messages with the results, in our form or in that of any dialect.',
    example: [
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'call_1',
            toolName: 'find',
            output: { type: 'text', value: 'ok' },
          },
        ],
      },
    ],
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_MESSAGES)
  messages: unknown[];
}
