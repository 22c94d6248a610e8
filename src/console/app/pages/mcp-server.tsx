import { useLoad } from '../loading.js';
import { CheckResult, CheckServer, targetOf } from '../mcp/check-server.js';
import { useLastChecks } from '../mcp/last-checks.js';
import { getMcpServer, type McpServer } from '../mcp/mcp-calls.js';
import { ServerAgent, ServerState } from '../mcp/server-list.js';
import { Page, Shown } from '../parts/page.js';
import { Facts, Id, Tags, Time } from '../parts/values.js';
import type { PageProps } from '../place.js';
import { useSession } from '../session.js';

/** One MCP server, and what its last check found. */
export function McpServerPage({ rest: [id = ''] }: PageProps) {
  const session = useSession();
  const server = useLoad((signal) => getMcpServer(session, id, signal), [id]);
  const checks = useLastChecks();
  const last = checks.of(id);
  return (
    <Page
      title={server.state === 'loaded' ? server.value.name : 'MCP server'}
      isOfUser={session.user !== null}
      aside={
        server.state === 'loaded' && (
          <CheckServer server={server.value} onChecked={(check) => checks.keep(id, check)} />
        )
      }
    >
      <Shown of={server}>
        {(value) => (
          <>
            <ServerFacts server={value} />
            <h2>Last check</h2>
            {last === undefined ? (
              <p class="hint">It was not checked since you signed in.</p>
            ) : (
              <CheckResult of={last} />
            )}
          </>
        )}
      </Shown>
    </Page>
  );
}

const ServerFacts = ({ server }: { server: McpServer }) => (
  <Facts
    of={[
      ['Id', <Id id={server.id} />],
      ['Transport', server.transport],
      ['Target', <code class="id">{targetOf(server)}</code>],
      ['For', <ServerAgent of={server} />],
      ['State', <ServerState of={server} />],
      ['Secret headers', <Tags of={Object.keys(server.headers)} />],
      ['Secret parameters', <Tags of={Object.keys(server.query)} />],
      ['Secret variables', <Tags of={Object.keys(server.env)} />],
      ...(server.overridable === null
        ? []
        : [['Users may override it', server.overridable ? 'yes' : 'no'] as const]),
      ['Version', server.version],
      ['Created', <Time at={server.createdAt} />],
      ['Changed', <Time at={server.updatedAt} />],
    ]}
  />
);
