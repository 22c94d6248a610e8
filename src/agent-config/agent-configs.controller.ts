import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../platform/context/index.js';
import { Operation, paged } from '../platform/http/index.js';
import { type ListQuery, ListQueryPipe } from '../platform/list/index.js';
import { AgentConfigRoutes } from './agent-config-routes.js';
import { agentConfigList, sharedAgentConfigList } from './agent-config.list.js';
import { AgentConfigPageDto } from './dto/agent-config.dto.js';

const PATH = 'v1/agent-configs';
const listQuery = new ListQueryPipe(agentConfigList);
const sharedQuery = new ListQueryPipe(sharedAgentConfigList);

/** Of a user, who may also read what the service shares. */
@ApiTags('agent-configs')
@AccessibleBy('user')
@Controller(PATH)
export class AgentConfigsController extends AgentConfigRoutes {
  protected readonly path = PATH;

  @Operation({
    summary: 'List agent configurations',
    description: "The user's own, last changed first.",
  })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: AgentConfigPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.configs.list(query));
  }

  @Operation({
    summary: 'List shared agent configurations',
    description:
      'Those of the service that users may read, use and copy, but not change. Last changed first.',
  })
  @Get('shared')
  @sharedQuery.document()
  @ApiOkResponse({ type: AgentConfigPageDto })
  async listShared(@Query(sharedQuery) query: ListQuery) {
    return paged(await this.configs.listShared(query));
  }
}
