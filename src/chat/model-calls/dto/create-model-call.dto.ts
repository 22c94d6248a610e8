import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { DIALECTS, type Dialect, NewMessageDto } from '../../../conversations/index.js';
import {
  BodyField,
  HasForm,
  IsId,
  IsListOf,
  IsNested,
  IsOpaqueObject,
  MAX_INTEGER,
} from '../../../platform/input/index.js';
import {
  MAX_TOOLS,
  TOOL_CHOICE,
  TurnModelDto,
  TurnToolDto,
} from '../../turns/dto/create-turn.dto.js';
import { ON_CRASH, type OnCrash, PRIORITIES, type Priority } from '../model-call.entity.js';

const MAX_MESSAGES = 1_000;
const MAX_SYSTEM_CHARACTERS = 100_000;
const PRIORITY_NAMES = Object.keys(PRIORITIES) as Priority[];

export class CreateModelCallDto {
  @ApiProperty({
    type: 'array',
    items: { $ref: getSchemaPath(NewMessageDto) },
    minItems: 1,
    maxItems: MAX_MESSAGES,
    example: [{ role: 'user', content: 'Name three fruits.' }],
    description:
      'All messages that the model gets, in order, each in our form or in that of any dialect. They are in no conversation.',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_MESSAGES)
  messages: unknown[];

  @BodyField({ enum: DIALECTS, description: 'Dialect of the messages, as of an append.' })
  @IsOptional()
  @IsIn(DIALECTS)
  format?: Dialect | null;

  @BodyField({
    description: 'A system text before the messages, in place of that of the agent configuration.',
    example: 'Answer in one line.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_SYSTEM_CHARACTERS)
  system?: string | null;

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
    description:
      'An agent configuration: its model, parameters, system prompt and tools are those of now, also when the call waits.',
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
      'Tools that the model may call, in place of those of the agent configuration. The application runs them.',
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
    default: 'normal',
    description: 'Calls of a higher priority run first. A user has a share of the places at most.',
    example: 'normal',
  })
  @IsOptional()
  @IsIn(PRIORITY_NAMES)
  priority?: Priority | null;

  @BodyField({
    default: 'fail',
    description:
      'What happens when the process dies while the call runs: `fail` ends the call, `retry` calls the model again, three times at most, which may cost again.',
    example: 'fail',
  })
  @IsOptional()
  @IsIn(ON_CRASH)
  onCrash?: OnCrash | null;
}
