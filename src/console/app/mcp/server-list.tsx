// MCP servers as a table, with the last check of each.
import { usePages } from '../loading.js';
import { type Column, Listed } from '../parts/table.js';
import { State, Time } from '../parts/values.js';
import { linkTo } from '../place.js';
import { useSession } from '../session.js';
import { CheckServer, CheckState, targetOf } from './check-server.js';
import { useLastChecks } from './last-checks.js';
import { listMcpServers, type McpServer } from './mcp-calls.js';

export const ServerState = ({ of: { enabled } }: { of: McpServer }) => (
  <State of={enabled ? 'enabled' : 'disabled'} />
);

export const ServerAgent = ({ of: { agentConfigId } }: { of: McpServer }) =>
  agentConfigId === null ? (
    <>all agents</>
  ) : (
    <a href={linkTo(['agents', agentConfigId])}>one agent</a>
  );

const COLUMNS: readonly Column<McpServer>[] = [
  { name: 'Server', of: ({ id, name }) => <a href={linkTo(['mcp-servers', id])}>{name}</a> },
  { name: 'Transport', of: ({ transport }) => transport, isNarrow: true },
  { name: 'Target', of: (server) => <code class="id">{targetOf(server)}</code> },
  { name: 'For', of: (server) => <ServerAgent of={server} />, isNarrow: true },
  { name: 'State', of: (server) => <ServerState of={server} />, isNarrow: true },
  { name: 'Changed (UTC)', of: ({ updatedAt }) => <Time at={updatedAt} />, isNarrow: true },
];

/** @param agentId leaves out the servers of other configurations */
export function ServerList({ agentId, empty }: { agentId?: string; empty: string }) {
  const session = useSession();
  const checks = useLastChecks();
  const pages = usePages(() => listMcpServers(session, agentId), [agentId]);
  const columns: Column<McpServer>[] = [
    ...COLUMNS,
    { name: 'Last check', of: ({ id }) => <CheckState of={checks.of(id)} /> },
    {
      name: 'Check',
      of: (server) => (
        <CheckServer server={server} onChecked={(check) => checks.keep(server.id, check)} />
      ),
    },
  ];
  return (
    <Listed
      label="MCP servers"
      columns={columns}
      pages={pages}
      idOf={({ id }) => id}
      empty={empty}
    />
  );
}
