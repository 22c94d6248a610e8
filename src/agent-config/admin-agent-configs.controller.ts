import { Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../platform/context/index.js';
import { ApiProblems, IdempotentPost, IdParameter, paged } from '../platform/http/index.js';
import { type ListQuery, ListQueryPipe } from '../platform/list/index.js';
import { AgentConfigRoutes } from './agent-config-routes.js';
import { serviceAgentConfigList } from './agent-config.list.js';
import { AliasRoutes } from './alias-routes.js';
import { AgentConfigDto, AgentConfigPageDto } from './dto/agent-config.dto.js';

const PATH = 'v1/admin/agent-configs';
const listQuery = new ListQueryPipe(serviceAgentConfigList);

/** Of the service itself. */
@ApiTags('agent-configs')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('service')
@Controller(PATH)
export class AdminAgentConfigsController extends AgentConfigRoutes {
  protected readonly path = PATH;

  /** Last changed first. */
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: AgentConfigPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.configs.list(query));
  }

  /** From now on every user may read, run and copy it, with all its versions and aliases. */
  @IdempotentPost(':id/share')
  @HttpCode(200)
  @ApiOkResponse({ type: AgentConfigDto })
  async share(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.configs.share(id, true));
  }

  /** Conversations that are led with it go on without it, until it is shared again. */
  @IdempotentPost(':id/unshare')
  @HttpCode(200)
  @ApiOkResponse({ type: AgentConfigDto })
  async unshare(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.configs.share(id, false));
  }
}

@ApiTags('agent-configs')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('service')
@Controller(`${PATH}/:id/aliases`)
export class AdminAliasesController extends AliasRoutes {}
