// Parts of the content of a configuration, in requests and in answers.
import {
  ApiExtraModels,
  ApiProperty,
  type ApiPropertyOptions,
  getSchemaPath,
} from '@nestjs/swagger';
import {
  ArrayMaxSize,
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
import type { FieldError } from '../../platform/errors/index.js';
import {
  BodyField,
  CheckedBy,
  faultsOf,
  HasForm,
  isLongerThan,
  IsJsonObject,
  IsListOf,
  IsNested,
  IsOmittable,
  words,
} from '../../platform/input/index.js';
import { AGENT_CONFIG_LIMITS } from '../content/content-limits.js';

const { promptLength, promptParts, tools } = AGENT_CONFIG_LIMITS;

const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const NAMES = ['support', 'get_weather', 'tool-2'];
const IsIdentifier = HasForm(
  IDENTIFIER,
  '1 to 64 letters, digits, hyphens or underscores, the first a letter',
  'get_weather',
);

export class ModelDto {
  @BodyField({ description: 'Provider of the model, such as `openai`.' })
  @IsString()
  @Length(1, 100)
  provider: string;

  @BodyField({ description: "The provider's name of the model." })
  @IsString()
  @Length(1, 200)
  name: string;
}

export class PromptPartDto {
  @BodyField({ examples: NAMES, description: 'Name of the part.' })
  @IsOmittable()
  @IsString()
  @IsIdentifier
  name?: string;

  @BodyField({ description: 'Text of the part.' })
  @IsString()
  @Length(1, promptLength)
  text: string;
}

export class ToolDto {
  @BodyField({ examples: NAMES, description: 'Name of the tool, unique in the configuration.' })
  @IsString()
  @IsIdentifier
  name: string;

  @BodyField({ description: 'What the tool does, for the model.' })
  @IsOmittable()
  @IsString()
  @MaxLength(10_000)
  description?: string;

  @BodyField({ description: "JSON Schema of the tool's input." })
  @IsOmittable()
  @IsJsonObject()
  parameters?: Record<string, unknown>;
}

/** What the API document says of the policies, here and in overrides. */
const POLICY_WORDS = {
  enabled: 'Whether contexts contain memories.',
  limit: 'Most memories in a context.',
  blocks: 'Whether contexts contain memory blocks.',
  blocksAs:
    'How contexts contain them: as `data`, which a model is told not to obey, or with the voice of the `system`.',
  budgetTokens: 'Token budget of a context when a request names none. Null for 8,000.',
} as const;
const BLOCK_VOICES = ['data', 'system'] as const;
const MAX_MEMORIES = 50;
const MAX_BUDGET = 10_000_000;

export class MemoryPolicyDto {
  @BodyField({ default: true, description: POLICY_WORDS.enabled })
  @IsOmittable()
  @IsBoolean()
  enabled?: boolean;

  @BodyField({ default: 5, description: POLICY_WORDS.limit })
  @IsOmittable()
  @IsInt()
  @Min(0)
  @Max(MAX_MEMORIES)
  limit?: number;

  @BodyField({ default: true, description: POLICY_WORDS.blocks })
  @IsOmittable()
  @IsBoolean()
  blocks?: boolean;

  @BodyField({ default: 'data', enum: BLOCK_VOICES, description: POLICY_WORDS.blocksAs })
  @IsOmittable()
  @IsIn(BLOCK_VOICES)
  blocksAs?: (typeof BLOCK_VOICES)[number];
}

export class ContextPolicyDto {
  @BodyField({ default: null, description: POLICY_WORDS.budgetTokens })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_BUDGET)
  budgetTokens?: number | null;
}

const TOOL_RUNNERS = ['client', 'server'] as const;
export type ToolRunner = (typeof TOOL_RUNNERS)[number];

export class McpPolicyDto {
  @BodyField({
    default: 'client',
    enum: TOOL_RUNNERS,
    description:
      'Who runs the tools of the MCP servers: the application (`client`), or this service within a turn (`server`), which then offers them to the model.',
  })
  @IsOmittable()
  @IsIn(TOOL_RUNNERS)
  runBy?: ToolRunner;
}

/** A policy field that is null or left out is not overridden. */
export class MemoryOverridesDto {
  @BodyField({ description: POLICY_WORDS.enabled })
  @IsOptional()
  @IsBoolean()
  enabled?: boolean | null;

  @BodyField({ description: POLICY_WORDS.limit })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MEMORIES)
  limit?: number | null;

  @BodyField({ description: POLICY_WORDS.blocks })
  @IsOptional()
  @IsBoolean()
  blocks?: boolean | null;
}

export class ContextOverridesDto {
  @BodyField({ description: POLICY_WORDS.budgetTokens })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_BUDGET)
  budgetTokens?: number | null;
}

export type SystemPrompt = string | PromptPartDto[];

function promptFaults(prompt: unknown): readonly FieldError[] {
  if (typeof prompt === 'string')
    return isLongerThan(prompt, promptLength)
      ? [{ pointer: '', message: words.maxCharacters(promptLength) }]
      : [];
  if (!Array.isArray(prompt) || prompt.length > promptParts)
    return [{ pointer: '', message: words.textOr(`a list of at most ${promptParts} parts`) }];
  return prompt.flatMap((part: unknown, i) => faultsOf(PromptPartDto, part, `/${i}`));
}

/** What the API document says of each part, in requests and in answers. */
export const CONTENT_SCHEMAS = {
  model: { type: ModelDto, nullable: true, description: 'The model that runs the agent.' },
  systemPrompt: {
    anyOf: [
      { type: 'string', maxLength: promptLength },
      { type: 'array', maxItems: promptParts, items: { $ref: getSchemaPath(PromptPartDto) } },
      { type: 'null' },
    ],
    description: 'The system prompt: a text, or named parts in order.',
  },
  tools: {
    type: [ToolDto],
    nullable: true,
    maxItems: tools,
    description: 'Tools that the model may call.',
    example: [{ name: 'get_weather', description: 'Tells the weather of a city.' }],
  },
  memory: {
    type: MemoryPolicyDto,
    nullable: true,
    description: 'What contexts contain of the memory.',
  },
  context: { type: ContextPolicyDto, nullable: true, description: 'How contexts are built.' },
  mcp: {
    type: McpPolicyDto,
    nullable: true,
    description: 'How turns use the MCP servers of the configuration.',
    example: { runBy: 'server' },
  },
} satisfies Record<string, ApiPropertyOptions>;

/** Parts that both a configuration and its overrides have. */
@ApiExtraModels(PromptPartDto)
export class ContentPartsDto {
  @ApiProperty({ ...CONTENT_SCHEMAS.model, required: false })
  @IsOptional()
  @IsNested(() => ModelDto)
  model?: ModelDto | null;

  @ApiProperty({ ...CONTENT_SCHEMAS.systemPrompt, required: false })
  @IsOptional()
  @CheckedBy(promptFaults)
  systemPrompt?: SystemPrompt | null;

  @ApiProperty({ ...CONTENT_SCHEMAS.tools, required: false })
  @IsOptional()
  @IsListOf(() => ToolDto)
  @ArrayMaxSize(tools)
  tools?: ToolDto[] | null;
}
