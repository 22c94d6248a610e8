import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../platform/context/index.js';
import { Operation, paged } from '../../platform/http/index.js';
import { type ListQuery, ListQueryPipe } from '../../platform/list/index.js';
import { McpServerPageDto } from './dto/mcp-server.dto.js';
import { McpServerRoutes } from './mcp-server-routes.js';
import { mcpServerList } from './mcp-server.list.js';

const PATH = 'v1/mcp-servers';
const listQuery = new ListQueryPipe(mcpServerList);

/** Of a user: for all their configurations, or for one. */
@ApiTags('mcp-servers')
@AccessibleBy('user')
@Controller(PATH)
export class McpServersController extends McpServerRoutes {
  protected readonly path = PATH;

  @Operation({ summary: 'List MCP servers', description: "The user's own, last changed first." })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: McpServerPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.servers.list(query));
  }
}
