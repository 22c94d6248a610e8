// The calls for MCP servers: of the shown user, or the service's own.
import type { AnswerOf, List } from '../../../../clients/typescript/src/index.js';
import type { Session } from '../session.js';

export type McpServer = AnswerOf<'GET /v1/mcp-servers/{id}'>;
export type McpCheck = AnswerOf<'POST /v1/mcp-servers/{id}/check'>;

const MINE = '/v1/mcp-servers';
const OWN = '/v1/admin/mcp-servers';
const PAGE_ITEMS = 50;

/** Servers for all configurations, and those for this one when it is named. */
export function listMcpServers({ user, service }: Session, agentId?: string): List<McpServer> {
  const filter = { or: [{ agentConfigId: agentId }, { agentConfigId: null }] };
  const asked = { query: { limit: PAGE_ITEMS, ...(agentId !== undefined && { filter }) } };
  return user === null ? service.list(`GET ${OWN}`, asked) : user.list(`GET ${MINE}`, asked);
}

export function getMcpServer(
  { user, service }: Session,
  id: string,
  signal: AbortSignal,
): Promise<McpServer> {
  const asked = { signal, path: { id } };
  return user === null
    ? service.request(`GET ${OWN}/{id}`, asked)
    : user.request(`GET ${MINE}/{id}`, asked);
}

/** The service connects to the server once. A server that fails is an answer, too. */
export function checkMcpServer({ user, service }: Session, id: string): Promise<McpCheck> {
  const path = { id };
  return user === null
    ? service.request(`POST ${OWN}/{id}/check`, { path })
    : user.request(`POST ${MINE}/{id}/check`, { path });
}
