import { defineErrors, mapConstraint } from '../../platform/errors/index.js';

export const McpServerErrors = defineErrors('mcp_server', {
  notFound: { status: 404, title: 'No such MCP server' },
  nameTaken: { status: 409, title: 'Another MCP server has this name' },
  changed: { status: 409, title: 'Other requests keep changing the MCP server. Try again' },
  agentConfigNotFound: { status: 422, title: 'No such agent configuration' },
  invalid: { status: 422, title: 'The description of the MCP server is not valid' },
  commandRefused: {
    status: 422,
    title: 'The operator does not allow this command for MCP servers',
  },
  urlRefused: { status: 422, title: 'This URL is not allowed for MCP servers' },
  secretsNeeded: {
    status: 422,
    title: 'Send the secrets again: they are not sent to a new URL or command by themselves',
  },
  tooMany: { status: 422, title: 'This user has the maximum number of MCP servers' },
});

const named = () =>
  McpServerErrors.nameTaken({
    errors: [{ pointer: '/name', message: 'is the name of another MCP server' }],
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
