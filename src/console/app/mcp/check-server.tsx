// Asking for a check of an MCP server, and what it found.
import { Confirmed } from '../parts/confirmed.js';
import { type Column, Table } from '../parts/table.js';
import { Facts, Json, State, Text, Time } from '../parts/values.js';
import { useSession } from '../session.js';
import { useShownUser } from '../shown-user.js';
import { countText, numberText, words } from '../texts.js';
import type { LastCheck } from './last-checks.js';
import { checkMcpServer, type McpCheck, type McpServer } from './mcp-calls.js';

/** Where a server is: its URL, or its command with the arguments. */
export const targetOf = ({ url, command, args }: McpServer): string =>
  url ?? [command, ...args].join(' ');

interface CheckProps {
  server: McpServer;
  onChecked: (check: McpCheck) => void;
}

/** A check connects to the server, or starts its command, so it is confirmed. */
export function CheckServer({ server, onChecked }: CheckProps) {
  const session = useSession();
  const user = useShownUser();
  const run = async () => onChecked(await checkMcpServer(session, server.id));
  const isCommand = server.transport === 'stdio';
  return (
    <Confirmed
      label="Check"
      title={`Check the server ${server.name}?`}
      whose={session.user === null ? 'none, it is of the service' : user}
      run={run}
      onDone={() => {}}
    >
      <p>
        {isCommand ? 'The service starts this command once' : 'The service connects once'}, with the
        secrets of the server, and lists its tools. Nothing is stored.
      </p>
      <p class="said">
        <code>{targetOf(server)}</code>
      </p>
    </Confirmed>
  );
}

/** The last check in a word, for a list. */
export const CheckState = ({ of }: { of: LastCheck | undefined }) =>
  of === undefined ? (
    <span class="hint">not since you signed in</span>
  ) : (
    <>
      <State of={of.check.ok ? 'ok' : 'failed'} />
      {of.check.ok ? countText(of.check.tools?.length ?? 0, 'tool') : words(of.check.reason ?? '')}
    </>
  );

type Tool = NonNullable<McpCheck['tools']>[number];

const TOOLS: readonly Column<Tool>[] = [
  { name: 'Tool', of: ({ name }) => name },
  { name: 'Description', of: ({ description }) => <Text of={description} /> },
  {
    name: 'Input',
    of: ({ name, inputSchema }) => (
      <details>
        <summary>Schema</summary>
        <Json of={inputSchema} label={`Schema of ${name}`} />
      </details>
    ),
  },
];

/** Everything that a check found. Names and descriptions are the server's own words. */
export function CheckResult({ of: { at, check } }: { of: LastCheck }) {
  const { ok, reason, detail, serverInfo, protocolVersion, isolation, ms, tools = [] } = check;
  return (
    <>
      <Facts
        of={[
          ['Result', <State of={ok ? 'ok' : 'failed'} />],
          ['Checked (UTC)', <Time at={at} />],
          ['Took', `${numberText(ms)} ms`],
          ...(ok ? [] : [['Reason', words(reason ?? '')] as const, ['Detail', detail] as const]),
          ['Calls itself', <Text of={serverInfo && `${serverInfo.name} ${serverInfo.version}`} />],
          ['Protocol', <Text of={protocolVersion} />],
          ['Isolation', <Text of={isolation} />],
        ]}
      />
      {tools.length > 0 && (
        <Table label="Tools" columns={TOOLS} items={tools} idOf={({ name }) => name} />
      )}
      {ok && tools.length === 0 && <p class="hint">The server has no tools.</p>}
    </>
  );
}
