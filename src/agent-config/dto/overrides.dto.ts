import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { BodyField, IsJsonObject, IsNested, MaxValues } from '../../platform/input/index.js';
import { AGENT_CONFIG_LIMITS } from '../content/content-limits.js';
import { ContentPartsDto, ContextOverridesDto, MemoryOverridesDto } from './content.dto.js';

/** A part that is null or left out is not overridden. */
@MaxValues(AGENT_CONFIG_LIMITS.values)
export class SetOverridesDto extends ContentPartsDto {
  @BodyField({
    description:
      'Parameters to change, each by itself; null for a parameter removes it from the request.',
  })
  @IsOptional()
  @IsJsonObject()
  parameters?: Record<string, unknown> | null;

  @BodyField({ description: 'What contexts contain of the memory.' })
  @IsOptional()
  @IsNested(() => MemoryOverridesDto)
  memory?: MemoryOverridesDto | null;

  @BodyField({ description: 'How contexts are built.' })
  @IsOptional()
  @IsNested(() => ContextOverridesDto)
  context?: ContextOverridesDto | null;
}

export const OVERRIDES_EXAMPLE = { memory: { limit: 3 }, systemPrompt: 'Answer in Portuguese.' };

@ApiExtraModels(SetOverridesDto)
export class OverridesDto {
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Number of the overrides: one more after each change, 0 before the first.',
    example: 1,
  })
  number: number;

  @ApiProperty({
    oneOf: [{ $ref: getSchemaPath(SetOverridesDto) }, { type: 'null' }],
    description: 'The overrides as they were sent; null when there are none.',
    example: OVERRIDES_EXAMPLE,
  })
  overrides: SetOverridesDto | null;
}
