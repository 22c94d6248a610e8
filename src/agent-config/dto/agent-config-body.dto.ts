// Bodies of requests that write configurations and their aliases.
import { ApiExtraModels, ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import {
  BodyField,
  EACH_ITEM,
  IsJsonObject,
  IsListOf,
  IsNested,
  MAX_INTEGER,
  MaxValues,
} from '../../platform/input/index.js';
import { AGENT_CONFIG_LIMITS } from '../content/content-limits.js';
import {
  IsOverridable,
  type Overridable,
  OVERRIDABLE_SCHEMA,
  OverridableNumberDto,
} from '../overrides/overridable.js';
import {
  CONTENT_SCHEMAS,
  ContentPartsDto,
  ContextPolicyDto,
  McpPolicyDto,
  MemoryPolicyDto,
} from './content.dto.js';

const NAME = 'Name, unique among the configurations of its owner.';

@ApiExtraModels(OverridableNumberDto)
class AgentConfigFields extends ContentPartsDto {
  @BodyField({ description: 'What the configuration is for.' })
  @IsOptional()
  @IsString()
  @MaxLength(2_000)
  description?: string | null;

  @BodyField({ description: 'Labels to filter lists by.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsString(EACH_ITEM)
  @Length(1, 100, EACH_ITEM)
  tags?: string[] | null;

  @BodyField({
    description:
      'Parameters of the model. Those of a known provider are checked; others are kept in `extra`.',
  })
  @IsOptional()
  @IsJsonObject()
  parameters?: Record<string, unknown> | null;

  @ApiProperty({ ...CONTENT_SCHEMAS.memory, required: false })
  @IsOptional()
  @IsNested(() => MemoryPolicyDto)
  memory?: MemoryPolicyDto | null;

  @ApiProperty({ ...CONTENT_SCHEMAS.context, required: false })
  @IsOptional()
  @IsNested(() => ContextPolicyDto)
  context?: ContextPolicyDto | null;

  @ApiProperty({ ...CONTENT_SCHEMAS.mcp, required: false })
  @IsOptional()
  @IsNested(() => McpPolicyDto)
  mcp?: McpPolicyDto | null;

  @ApiProperty({ ...OVERRIDABLE_SCHEMA, required: false })
  @IsOptional()
  @IsOverridable()
  overridable?: Overridable | null;

  @BodyField({ description: 'What changes in this version, for the list of versions.' })
  @IsOptional()
  @IsString()
  @Length(1, 1_000)
  message?: string | null;
}

@MaxValues(AGENT_CONFIG_LIMITS.values)
export class CreateAgentConfigDto extends AgentConfigFields {
  @BodyField({ description: NAME })
  @IsString()
  @Length(1, 200)
  name: string;
}

@MaxValues(AGENT_CONFIG_LIMITS.values)
export class UpdateAgentConfigDto extends AgentConfigFields {
  @BodyField({ description: NAME })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  name?: string | null;
}

export class CopyAgentConfigDto {
  @BodyField({
    description: 'Name of the copy. The same name without it.',
    example: 'travel-agent-copy',
  })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  name?: string | null;
}

export class OneVersionDto {
  @BodyField({ description: 'Version that the alias points to.', example: 1 })
  @IsInt()
  @Min(1)
  @Max(MAX_INTEGER)
  version: number;
}

export class SentTargetDto extends OneVersionDto {
  @BodyField({ description: 'Share of the users that get this version, in percent.' })
  @IsInt()
  @Min(1)
  @Max(100)
  percent: number;
}

export class SplitDto {
  @BodyField({
    description: 'The versions with their shares, which add up to 100 percent.',
    example: [
      { version: 1, percent: 90 },
      { version: 2, percent: 10 },
    ],
  })
  @IsListOf(() => SentTargetDto)
  @ArrayMinSize(1)
  @ArrayMaxSize(AGENT_CONFIG_LIMITS.targets)
  targets: SentTargetDto[];
}
