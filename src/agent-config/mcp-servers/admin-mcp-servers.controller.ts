import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../platform/context/index.js';
import { Operation, paged } from '../../platform/http/index.js';
import { type ListQuery, ListQueryPipe } from '../../platform/list/index.js';
import { McpServerPageDto } from './dto/mcp-server.dto.js';
import { McpServerRoutes } from './mcp-server-routes.js';
import { serviceMcpServerList } from './mcp-server.list.js';

const PATH = 'v1/admin/mcp-servers';
const listQuery = new ListQueryPipe(serviceMcpServerList);

/** Of the service: for all its configurations, or for one. */
@ApiTags('mcp-servers')
@AccessibleBy('service')
@Controller(PATH)
export class AdminMcpServersController extends McpServerRoutes {
  protected readonly path = PATH;

  @Operation({ summary: 'List the MCP servers of the service', description: 'Last changed first.' })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: McpServerPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.servers.list(query));
  }
}
