import { field, List } from '../../platform/list/index.js';
import { MCP_TRANSPORTS } from '../mcp/mcp-server.js';
import { McpServerDto, toMcpServerDto } from './dto/mcp-server.dto.js';
import type { McpServerRow } from './mcp-server-row.js';

/** Lists MCP servers, last changed first. */
const declared = {
  fields: {
    id: field.uuid('id', { sort: true }),
    agentConfigId: field.uuid('config_id', { nullable: true }),
    name: field.text('name', { sort: true }),
    transport: field.oneOf('transport', MCP_TRANSPORTS),
    enabled: field.boolean('enabled'),
    url: field.shown('url'),
    command: field.shown('command'),
    args: field.shown('args', { large: 'packed' }),
    secretNames: field.shown('secret_names', { large: 'packed' }),
    version: field.shown('version'),
    createdAt: field.time('created_at', { sort: true }),
    updatedAt: field.time('updated_at', { sort: true }),
  },
  sort: '-updatedAt',
  dto: McpServerDto,
  item: toMcpServerDto,
};

export const mcpServerList = new List<McpServerRow, McpServerDto>({
  ...declared,
  name: 'mcp_server',
  table: 'threadkeep.mcp_server',
  owner: 'user_id',
});
export const serviceMcpServerList = new List<McpServerRow, McpServerDto>({
  ...declared,
  name: 'service_mcp_server',
  table: 'threadkeep.service_mcp_server',
  owner: null,
  fields: { ...declared.fields, overridable: field.boolean('overridable') },
});
