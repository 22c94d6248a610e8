import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessibleBy, Request } from '../../platform/context/index.js';
import { ApiProblems, linkNext } from '../../platform/http/index.js';
import { type ListQuery, ListQueryPipe } from '../../platform/list/index.js';
import { McpServerPageDto } from './dto/mcp-server.dto.js';
import { McpServerRoutes } from './mcp-server-routes.js';
import { serviceMcpServerList } from './mcp-server.list.js';

const PATH = 'v1/admin/mcp-servers';
const listQuery = new ListQueryPipe(serviceMcpServerList);

/** Of the service: for all its configurations, or for one. */
@ApiTags('mcp-servers')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('service')
@Controller(PATH)
export class AdminMcpServersController extends McpServerRoutes {
  protected readonly path = PATH;

  /** Last changed first. */
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: McpServerPageDto })
  async list(
    @Query(listQuery) query: ListQuery,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return linkNext(await this.servers.list(query), request, reply);
  }
}
