import { Controller, Get, HttpCode, Param, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessibleBy, Request } from '../platform/context/index.js';
import { ApiProblems, linkNext } from '../platform/http/index.js';
import { IdempotentPost } from '../platform/idempotency/index.js';
import { IdParameter } from '../platform/input/index.js';
import { type ListQuery, ListQueryPipe } from '../platform/list/index.js';
import { AgentConfigRoutes } from './agent-config-routes.js';
import { serviceAgentConfigList } from './agent-config.list.js';
import { AliasRoutes } from './aliases/alias-routes.js';
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
  async list(
    @Query(listQuery) query: ListQuery,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return linkNext(await this.configs.list(query), request, reply);
  }

  /** From now on every user may read, run and copy it, with all its versions and aliases. */
  @IdempotentPost(':id/share')
  @HttpCode(200)
  @ApiOkResponse({ type: AgentConfigDto })
  async share(
    @Param('id', IdParameter) id: string,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.tagged(await this.configs.share(id, true), request, reply);
  }

  /** Conversations that are led with it go on without it, until it is shared again. */
  @IdempotentPost(':id/unshare')
  @HttpCode(200)
  @ApiOkResponse({ type: AgentConfigDto })
  async unshare(
    @Param('id', IdParameter) id: string,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.tagged(await this.configs.share(id, false), request, reply);
  }
}

@ApiTags('agent-configs')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('service')
@Controller(`${PATH}/:id/aliases`)
export class AdminAliasesController extends AliasRoutes {}
