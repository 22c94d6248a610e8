import { ServerList } from '../mcp/server-list.js';
import { Page } from '../parts/page.js';
import { useSession } from '../session.js';

/** The MCP servers of the shown user, or the service's own. */
export function McpServersPage() {
  const { user } = useSession();
  const isOfUser = user !== null;
  return (
    <Page title={isOfUser ? 'MCP servers' : 'MCP servers of the service'} isOfUser={isOfUser}>
      <ServerList empty="There is no MCP server." />
    </Page>
  );
}
