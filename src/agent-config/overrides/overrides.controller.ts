import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RequestErrors } from '../../platform/errors/index.js';
import { AgentConfigErrors } from '../agent-configs.errors.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { BodyLimit } from '../../platform/door/index.js';
import { BodyExample, IfMatch, Operation, withEtag } from '../../platform/http/index.js';
import { etagOf } from '../../platform/repository/index.js';
import { IdParameter, validateBody } from '../../platform/input/index.js';
import { BodyGuard } from '../../platform/secrets-guard/index.js';
import { OVERRIDES_EXAMPLE, OverridesDto, SetOverridesDto } from '../dto/overrides.dto.js';
import { type CurrentOverrides, OverridesService } from './overrides.service.js';

const toOverridesDto = ({ number, changes }: CurrentOverrides): OverridesDto => ({
  number,
  overrides: changes === null ? null : (JSON.parse(changes) as SetOverridesDto),
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
  @BodyExample([SetOverridesDto], OVERRIDES_EXAMPLE)
  @ApiOkResponse({ type: OverridesDto })
  async put(
    @Param('id', IdParameter) id: string,
    @Body(BodyGuard) body: unknown,
    @IfMatch() expected: number | undefined,
  ) {
    return tagged(await this.overrides.put(id, validateBody(SetOverridesDto, body), expected));
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
