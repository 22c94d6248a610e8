import { Body, Controller, HttpCode, Param, Put, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessibleBy, Request } from '../platform/context/index.js';
import { ApiProblems, boolean, IdParameter, QueryShape } from '../platform/http/index.js';
import { documented, readBody, shareSchema } from './agent-config-input.js';
import { ConfigRoutes } from './agent-configs.controller.js';
import { AgentConfigsService } from './agent-configs.service.js';
import { AgentConfigDto } from './dto/agent-config.dto.js';

const shareQuery = new QueryShape({ force: boolean() });
const OF_SERVICE = 'v1/admin/agent-configs';

/** The service's own configurations. */
@ApiTags('agent-configs')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('service')
@Controller(OF_SERVICE)
export class AdminAgentConfigsController extends ConfigRoutes {
  protected readonly path = OF_SERVICE;

  constructor(configs: AgentConfigsService) {
    super(configs);
  }

  /** Lets every user read and use it, or no longer; while conversations of users use it, that only with `force=true`. */
  @Put(':id/sharing')
  @HttpCode(200)
  @shareQuery.document()
  @ApiBody({ schema: documented(shareSchema) })
  @ApiOkResponse({ type: AgentConfigDto })
  async share(
    @Param('id', IdParameter) id: string,
    @Body() body: unknown,
    @Query(shareQuery) { force }: ReturnType<typeof shareQuery.transform>,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.tagged(await this.configs.share(id, readBody(shareSchema, body).shared, force), request, reply);
  }
}
