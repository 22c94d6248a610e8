import { defineErrors, mapConstraint } from '../../platform/errors/index.js';

export const McpServerErrors = defineErrors('mcp_server', {
  notFound: { status: 404, title: 'No such MCP server' },
  nameTaken: { status: 409, title: 'Another MCP server has this name' },
  changed: { status: 409, title: 'The MCP server is being changed by others at the same time' },
  agentConfigNotFound: { status: 422, title: 'No such agent configuration' },
  invalid: { status: 422, title: 'The MCP server is not one that could be connected to' },
  commandRefused: { status: 422, title: 'The MCP server may not be started with this command' },
  urlRefused: { status: 422, title: 'The MCP server may not be at this URL' },
  secretsNeeded: {
    status: 422,
    title: 'The secrets of an MCP server do not move to another place: send them again',
  },
  tooMany: { status: 422, title: 'There are as many MCP servers as there may be' },
});

const named = () =>
  McpServerErrors.nameTaken({
    errors: [{ pointer: '/name', message: 'is the name of another one' }],
  });
for (const name of [
  'mcp_server__name',
  'mcp_server__config_name',
  'service_mcp_server__name',
  'service_mcp_server__config_name',
])
  mapConstraint(name, named);
for (const name of ['mcp_server__config_fk', 'service_mcp_server__config_fk'])
  mapConstraint(name, () => McpServerErrors.agentConfigNotFound());
mapConstraint('mcp_server__user_fk', () => McpServerErrors.notFound());
