// The body of a chat completion, by the names of OpenAI.
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import {
  CONVERSATION_REFERENCE,
  contentSchemaWith,
  IsConversationReference,
} from '../../../../conversations/index.js';
import { EXTERNAL_ID_FORM } from '../../../../platform/context/index.js';
import {
  BodyField,
  CheckedBy,
  IsListOf,
  isLongerThan,
  IsNested,
  IsOpaqueObject,
  MAX_INTEGER,
  words,
} from '../../../../platform/input/index.js';
import { MAX_TOOLS, TOOL_NAME, TurnToolDto } from '../../../turns/dto/create-turn.dto.js';

/** One less than an append takes, which has the reply as well. */
const MAX_MESSAGES = 999;
const MAX_STOPS = 16;
const MAX_STOP_CHARACTERS = 256;
export const HISTORIES = ['all', 'new'] as const;

export class CompletionMetadataDto {
  @BodyField({
    ...CONVERSATION_REFERENCE,
    description:
      'The conversation: its id, or `key:` and its key. One that is named by a key is made when there is none.',
    example: 'key:thread-1',
  })
  @IsConversationReference()
  conversation: string;

  @BodyField({
    description:
      'Of a service key: the user to act for, in place of the header `Threadkeep-User`. Of the two, one is enough.',
    ...EXTERNAL_ID_FORM,
    example: 'ada',
  })
  @IsOptional()
  @IsString()
  @Length(1, 264)
  user?: string | null;

  @BodyField({
    enum: HISTORIES,
    default: 'all',
    description:
      '`all`: the messages are the whole history, of which only what is new is stored. `new`: all of them are new, and follow what the conversation ends with.',
  })
  @IsOptional()
  @IsIn(HISTORIES)
  history?: (typeof HISTORIES)[number] | null;
}

/** A function has the fields of a tool of a turn. */
export class CompletionFunctionDto extends TurnToolDto {}

export class CompletionToolDto {
  @BodyField({ enum: ['function'], description: 'Kind of the tool.' })
  @IsIn(['function'])
  type: 'function';

  @BodyField({ description: 'The function that the model may call.' })
  @IsNested(() => CompletionFunctionDto)
  function: CompletionFunctionDto;
}

export class StreamOptionsDto {
  @BodyField({
    default: false,
    description: 'Gives the usage in a last chunk, which has no choices.',
  })
  @IsOptional()
  @IsBoolean()
  include_usage?: boolean | null;

  @BodyField({ description: 'Taken, and without effect.', example: false })
  @IsOptional()
  @IsBoolean()
  include_obfuscation?: boolean | null;
}

/** Texts at which the model ends. */
function stopFaults(value: unknown) {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  if (texts.length > MAX_STOPS) return [{ pointer: '', message: words.maxItems(MAX_STOPS) }];
  const isGood = (text: unknown) =>
    typeof text === 'string' && text !== '' && !isLongerThan(text, MAX_STOP_CHARACTERS);
  return texts.every(isGood)
    ? []
    : [{ pointer: '', message: words.suchAs('one or several texts', 'END') }];
}

const MODES: readonly unknown[] = ['auto', 'none', 'required'];

const NAMED_FUNCTION = {
  type: 'object',
  required: ['type', 'function'],
  properties: {
    type: { enum: ['function'], description: 'Kind of the tool.' },
    function: {
      type: 'object',
      required: ['name'],
      properties: {
        name: {
          type: 'string',
          pattern: TOOL_NAME.source,
          examples: ['find_place'],
          description: 'Name of the function.',
        },
      },
      description: 'What the model must call.',
    },
  },
};

function toolChoiceFaults(value: unknown) {
  const { type, function: called } = (value ?? {}) as { type?: unknown; function?: unknown };
  const { name } = (called ?? {}) as { name?: unknown };
  const isNamed = type === 'function' && typeof name === 'string' && TOOL_NAME.test(name);
  return isNamed || MODES.includes(value)
    ? []
    : [
        {
          pointer: '',
          message: words.suchAs('auto, none, required, or a function by its name', 'auto'),
        },
      ];
}

const MESSAGE = {
  anyOf: [
    {
      type: 'object',
      required: ['role', 'content'],
      properties: {
        role: {
          enum: ['user', 'assistant', 'system', 'developer', 'tool'],
          description: 'Who says it.',
        },
        content: contentSchemaWith(['type']),
      },
      additionalProperties: false,
    },
    {
      type: 'object',
      additionalProperties: true,
      anyOf: [{ required: ['role'] }],
      description: 'A message with calls, the result of a call, or with a name.',
      example: { role: 'tool', tool_call_id: 'call_1', content: 'At the river.' },
      examples: [
        { role: 'tool', tool_call_id: 'call_1', content: 'At the river.' },
        { role: 'user', name: 'ada', content: 'Where is the market hall?' },
      ],
    },
  ],
};

export class CreateCompletionDto {
  @BodyField({
    description:
      'A model as `provider/name`, or by its name alone when one provider is configured. `agent` is the agent configuration of the conversation, `agent:<id>` another one, which `@` and an alias or a version may follow.',
    example: 'openai/gpt-5-mini',
    examples: ['sample/sample'],
  })
  @IsString()
  @Length(1, 300)
  model: string;

  @BodyField({
    type: 'array',
    items: MESSAGE,
    description:
      'Messages of chat completions. System and developer messages at the beginning are instructions of this call only; the others are those of the conversation.',
    example: [{ role: 'user', content: 'Where shall we eat?' }],
    examples: [[{ role: 'user', content: 'Where shall we eat?' }]],
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_MESSAGES)
  messages: unknown[];

  @BodyField({
    description: 'Names the conversation, and the user.',
    example: { conversation: 'key:thread-1' },
  })
  @IsNested(() => CompletionMetadataDto)
  metadata: CompletionMetadataDto;

  @BodyField({ default: false, description: 'Answers with chunks as Server-Sent Events.' })
  @IsOptional()
  @IsBoolean()
  stream?: boolean | null;

  @BodyField({ description: 'What the stream has besides the answer.' })
  @IsOptional()
  @IsNested(() => StreamOptionsDto)
  stream_options?: StreamOptionsDto | null;

  @BodyField({ description: 'Sampling temperature.', example: 0.7 })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(2)
  temperature?: number | null;

  @BodyField({ description: 'Nucleus sampling.', example: 0.9 })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  top_p?: number | null;

  @BodyField({ description: 'The former name of `max_completion_tokens`.', example: 500 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_INTEGER)
  max_tokens?: number | null;

  @BodyField({ description: 'Tokens of the answer, at most.', example: 500 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_INTEGER)
  max_completion_tokens?: number | null;

  @BodyField({
    anyOf: [
      { type: 'string', minLength: 1, maxLength: 256 },
      {
        type: 'array',
        items: { type: 'string', minLength: 1, maxLength: 256 },
        maxItems: MAX_STOPS,
      },
      { type: 'null' },
    ],
    description: 'A text at which the model ends, or several.',
    example: null,
    examples: [null],
  })
  @IsOptional()
  @CheckedBy(stopFaults)
  stop?: string | string[] | null;

  @BodyField({ description: 'For answers that repeat, where the model can.', example: 7 })
  @IsOptional()
  @IsInt()
  @Min(-9_007_199_254_740_991)
  @Max(9_007_199_254_740_991)
  seed?: number | null;

  @BodyField({ description: 'Penalty of what was said before.', example: 0 })
  @IsOptional()
  @IsNumber()
  @Min(-2)
  @Max(2)
  presence_penalty?: number | null;

  @BodyField({ description: 'Penalty of what was said often.', example: 0 })
  @IsOptional()
  @IsNumber()
  @Min(-2)
  @Max(2)
  frequency_penalty?: number | null;

  @BodyField({
    description:
      'Functions that the model may call, in place of the tools of the agent configuration.',
    example: null,
  })
  @IsOptional()
  @ArrayMaxSize(MAX_TOOLS)
  @IsListOf(() => CompletionToolDto)
  tools?: CompletionToolDto[] | null;

  @BodyField({
    description: '`auto`, `none`, `required`, or one function.',
    anyOf: [{ enum: [...MODES] as string[] }, NAMED_FUNCTION, { type: 'null' }],
    example: null,
    examples: ['auto', { type: 'function', function: { name: 'find_place' } }],
  })
  @IsOptional()
  @CheckedBy(toolChoiceFaults)
  tool_choice?: string | { type: 'function'; function: { name: string } } | null;

  @BodyField({ description: 'Whether the model may make several calls at once.', example: true })
  @IsOptional()
  @IsBoolean()
  parallel_tool_calls?: boolean | null;

  @BodyField({ description: 'How long a model thinks, by its own words.', example: 'low' })
  @IsOptional()
  @IsString()
  @Length(1, 40)
  reasoning_effort?: string | null;

  @BodyField({ description: 'How much a model says, by its own words.', example: 'low' })
  @IsOptional()
  @IsString()
  @Length(1, 40)
  verbosity?: string | null;

  @BodyField({
    description: 'Form of the answer: `text`, `json_object` or `json_schema`.',
    example: { type: 'text' },
  })
  @IsOptional()
  @IsOpaqueObject()
  response_format?: Record<string, unknown> | null;

  @BodyField({ description: 'One answer is given.', example: 1 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1)
  n?: number | null;

  @BodyField({ description: 'Taken, and without effect: name the user in `metadata`.' })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  user?: string | null;

  @BodyField({ description: 'Taken, and without effect: the conversation stores the answer.' })
  @IsOptional()
  @IsBoolean()
  store?: boolean | null;

  @BodyField({ description: 'Passed on to an OpenAI-compatible provider.', example: null })
  @IsOptional()
  @IsOpaqueObject()
  logit_bias?: Record<string, unknown> | null;

  @BodyField({ description: 'Passed on to an OpenAI-compatible provider.', example: 'default' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  service_tier?: string | null;

  @BodyField({ description: 'Passed on to an OpenAI-compatible provider.', example: 'chat-1' })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  prompt_cache_key?: string | null;

  @BodyField({ description: 'Passed on to an OpenAI-compatible provider.', example: 'u-1' })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  safety_identifier?: string | null;
}
