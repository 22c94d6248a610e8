import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import {
  ApiBody,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiProperty,
  ApiTags,
} from '@nestjs/swagger';
import { RequestErrors } from '../../platform/errors/index.js';
import { AgentConfigErrors } from '../agent-configs.errors.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { BodyLimit } from '../../platform/door/index.js';
import { IfMatch, Operation, withEtag } from '../../platform/http/index.js';
import { etagOf } from '../../platform/repository/index.js';
import { IdParameter } from '../../platform/input/index.js';
import { BodyGuard } from '../../platform/secrets-guard/index.js';
import { documented, readBody } from '../content/agent-config-input.js';
import { type Overrides, overridesSchema } from './override-input.js';
import { type CurrentOverrides, OverridesService } from './overrides.service.js';

export class OverridesDto {
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Number of the overrides: one more after each change, 0 before the first.',
    example: 1,
  })
  number: number;
  @ApiProperty({
    oneOf: [documented(overridesSchema), { type: 'null' }],
    description: 'The overrides as they were sent; null when there are none.',
  })
  overrides: Overrides | null;
}

const toOverridesDto = ({ number, changes }: CurrentOverrides): OverridesDto => ({
  number,
  overrides: changes === null ? null : (JSON.parse(changes) as Overrides),
});

@ApiTags('agent-configs')
@AccessibleBy('user')
@Controller('v1/agent-configs/:id/overrides')
export class OverridesController {
  constructor(private readonly overrides: OverridesService) {}

  @Operation({
    summary: 'Read the overrides of an agent configuration',
    errors: [AgentConfigErrors.notFound],
    headers: ['ETag'],
  })
  @Get()
  @ApiOkResponse({ type: OverridesDto })
  async get(@Param('id', IdParameter) id: string) {
    return tagged(await this.overrides.get(id));
  }

  @Operation({
    summary: 'Set the overrides of an agent configuration',
    description:
      'What this user changes in the configuration, in every version of it. Parts that are null or left out are as in the version. With `If-Match`, it only succeeds while nobody else has set others.',
    errors: [
      AgentConfigErrors.notFound,
      AgentConfigErrors.notOverridable,
      AgentConfigErrors.invalidContent,
      RequestErrors.refused,
      RequestErrors.tooCostly,
    ],
    headers: ['ETag'],
  })
  @BodyLimit('large')
  @Put()
  @HttpCode(200)
  @ApiBody({ schema: documented(overridesSchema) })
  @ApiOkResponse({ type: OverridesDto })
  async put(
    @Param('id', IdParameter) id: string,
    @Body(BodyGuard) body: unknown,
    @IfMatch() expected: number | undefined,
  ) {
    return tagged(await this.overrides.put(id, readBody(overridesSchema, body), expected));
  }

  @Operation({
    summary: 'Remove the overrides of an agent configuration',
    errors: [AgentConfigErrors.notFound],
  })
  @Delete()
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(@Param('id', IdParameter) id: string, @IfMatch() expected: number | undefined) {
    return this.overrides.remove(id, expected);
  }
}

const tagged = (current: CurrentOverrides) =>
  withEtag(toOverridesDto(current), etagOf(current.number));
