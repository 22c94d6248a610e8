import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy, EXTERNAL_ID_MAX, UserInQuery } from '../platform/context/index.js';
import {
  ApiNotModified,
  ApiProblems,
  boolean,
  IdParameter,
  integer,
  QueryShape,
  text,
  withEtag,
} from '../platform/http/index.js';
import { ALIAS } from './alias-parameter.js';
import { RunnerConfigDto, toRunnerConfigDto } from './dto/effective.dto.js';
import { RunnerConfigs } from './runner-config.service.js';

const effectiveQuery = new QueryShape({
  version: integer(1, 2_147_483_647, undefined),
  alias: ALIAS.field(),
  userId: text(EXTERNAL_ID_MAX + 'external:'.length, false),
  secrets: boolean(),
});

@ApiTags('agent-configs')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@Controller('v1/agent-configs/:id/effective')
export class EffectiveController {
  constructor(private readonly configs: RunnerConfigs) {}

  /**
   * What a runner needs: the version that the alias has for the user, or the one that is named, or the newest, with the user's overrides and MCP servers. A service key may name
   * the user as `userId` instead of in the header. With `secrets=true` the values of secrets are in it, for a service key alone; that is written to the audit log.
   */
  @Get()
  @UserInQuery()
  @effectiveQuery.document()
  @ApiOkResponse({ type: RunnerConfigDto })
  @ApiNotModified()
  async get(
    @Param('id', IdParameter) id: string,
    @Query(effectiveQuery) { version, alias, secrets }: ReturnType<typeof effectiveQuery.transform>,
  ) {
    if (secrets) return toRunnerConfigDto(await this.configs.withSecrets(id, { version, alias }));
    const { config, state } = await this.configs.of(id, { version, alias });
    return withEtag(toRunnerConfigDto(config), `"${state}"`);
  }
}
