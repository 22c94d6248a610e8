import { Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../platform/context/index.js';
import { Operation, paged } from '../platform/http/index.js';
import { IdempotentPost } from '../platform/idempotency/index.js';
import { IdParameter } from '../platform/input/index.js';
import { type ListQuery, ListQueryPipe } from '../platform/list/index.js';
import { AgentConfigErrors } from './agent-configs.errors.js';
import { AgentConfigRoutes } from './agent-config-routes.js';
import { serviceAgentConfigList } from './agent-config.list.js';
import { AliasRoutes } from './aliases/alias-routes.js';
import { AgentConfigDto, AgentConfigPageDto } from './dto/agent-config.dto.js';

const PATH = 'v1/admin/agent-configs';
const listQuery = new ListQueryPipe(serviceAgentConfigList);

/** Of the service itself. */
@ApiTags('agent-configs')
@AccessibleBy('service')
@Controller(PATH)
export class AdminAgentConfigsController extends AgentConfigRoutes {
  protected readonly path = PATH;

  @Operation({
    summary: 'List the agent configurations of the service',
    description: 'Last changed first.',
  })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: AgentConfigPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.configs.list(query));
  }

  @Operation({
    summary: 'Share an agent configuration with all users',
    description: 'Users may read, use and copy it, with all its versions and aliases.',
    errors: [AgentConfigErrors.notFound],
    headers: ['ETag'],
  })
  @IdempotentPost(':id/share')
  @HttpCode(200)
  @ApiOkResponse({ type: AgentConfigDto })
  async share(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.configs.share(id, true));
  }

  @Operation({
    summary: 'Stop sharing an agent configuration',
    description: 'Conversations that use it continue without it, until it is shared again.',
    errors: [AgentConfigErrors.notFound],
    headers: ['ETag'],
  })
  @IdempotentPost(':id/unshare')
  @HttpCode(200)
  @ApiOkResponse({ type: AgentConfigDto })
  async unshare(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.configs.share(id, false));
  }
}

@ApiTags('agent-configs')
@AccessibleBy('service')
@Controller(`${PATH}/:id/aliases`)
export class AdminAliasesController extends AliasRoutes {}
