import { useState } from 'preact/hooks';
import { agentCalls } from '../agent-calls.js';
import { useLoad } from '../loading.js';
import { ServerList } from '../mcp/server-list.js';
import { Page, Shown } from '../parts/page.js';
import { type Column, Table } from '../parts/table.js';
import { Facts, Id, Json, Tags, Text, Time } from '../parts/values.js';
import type { PageProps } from '../place.js';
import { useSession } from '../session.js';
import { contentText } from '../texts.js';
import type { AgentConfig, AnswerOf } from '../../../../clients/typescript/src/index.js';

type Version = AnswerOf<'GET /v1/agent-configs/{id}/versions'>['data'][number];
type Alias = AnswerOf<'GET /v1/agent-configs/{id}/aliases'>['data'][number];

const VERSIONS: readonly Column<Version>[] = [
  { name: 'Version', of: ({ version }) => version, isNarrow: true },
  { name: 'Saved (UTC)', of: ({ savedAt }) => <Time at={savedAt} />, isNarrow: true },
  { name: 'By', of: ({ author }) => author },
  { name: 'Message', of: ({ message }) => <Text of={message} /> },
  { name: 'Digest', of: ({ digest }) => <code>{digest.slice(0, 12)}</code>, isNarrow: true },
];

const ALIASES: readonly Column<Alias>[] = [
  { name: 'Alias', of: ({ alias }) => alias },
  {
    name: 'Points to',
    of: ({ targets }) =>
      targets.map(({ version, percent }) => `version ${version} (${percent} %)`).join(', '),
  },
  { name: 'Moved (UTC)', of: ({ movedAt }) => <Time at={movedAt} />, isNarrow: true },
  { name: 'By', of: ({ author }) => author },
];

/** One agent configuration: the newest version, all versions, what differs, and the aliases. */
export function AgentPage({ rest: [id = ''] }: PageProps) {
  const session = useSession();
  const calls = agentCalls(session, id);
  const agent = useLoad(calls.newest, [id]);
  const versions = useLoad(calls.versions, [id]);
  const aliases = useLoad(calls.aliases, [id]);
  return (
    <Page
      title={agent.state === 'loaded' ? agent.value.name : 'Agent'}
      isOfUser={session.user !== null}
    >
      <Shown of={agent}>{(value) => <AgentFacts agent={value} />}</Shown>
      <h2>Aliases</h2>
      <Shown of={aliases}>
        {({ data }) =>
          data.length === 0 ? (
            <p class="hint">There are none.</p>
          ) : (
            <Table label="Aliases" columns={ALIASES} items={data} idOf={({ alias }) => alias} />
          )
        }
      </Shown>
      <h2>MCP servers</h2>
      <ServerList agentId={id} empty="No MCP server is for it." />
      <h2>Versions</h2>
      <Shown of={versions}>
        {({ data }) => (
          <>
            <Table label="Versions" columns={VERSIONS} items={data} idOf={(one) => one.version} />
            {data.length > 1 && <Difference id={id} versions={data} />}
          </>
        )}
      </Shown>
    </Page>
  );
}

const AgentFacts = ({ agent }: { agent: AgentConfig }) => {
  const { model, parameters, tools, memory, context, mcp, systemPrompt } = agent;
  return (
    <>
      <Facts
        of={[
          ['Id', <Id id={agent.id} />],
          ['Description', <Text of={agent.description} />],
          ['Tags', <Tags of={agent.tags} />],
          ['Newest version', agent.version],
          ['Saved', <Time at={agent.savedAt} />],
          ['By', agent.author],
        ]}
      />
      <h2>Prompt</h2>
      <p class="said content">{systemPrompt === null ? '(none)' : contentText(systemPrompt)}</p>
      <details>
        <summary>Model, tools and policies</summary>
        <Json of={{ model, parameters, tools, memory, context, mcp }} label="The configuration" />
      </details>
    </>
  );
};

interface DifferenceProps {
  id: string;
  versions: readonly Version[];
}

/** What differs between two versions; at first the newest and the one before it. */
function Difference({ id, versions }: DifferenceProps) {
  const session = useSession();
  const [from, setFrom] = useState(versions[1]!.version);
  const [to, setTo] = useState(versions[0]!.version);
  const difference = useLoad(agentCalls(session, id).difference(from, to), [id, from, to]);
  const choose = (label: string, value: number, set: (version: number) => void) => (
    <label>
      {label}
      <select value={String(value)} onChange={(event) => set(Number(event.currentTarget.value))}>
        {versions.map(({ version }) => (
          <option key={version} value={String(version)}>
            {version}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <h2>What differs</h2>
      <div class="search">
        {choose('From version', from, setFrom)}
        {choose('To version', to, setTo)}
      </div>
      <Shown of={difference}>
        {({ text, tooDifferent }) =>
          tooDifferent ? (
            <p class="hint">The versions are too different to show what changed.</p>
          ) : (
            <DifferenceText text={text} />
          )
        }
      </Shown>
    </>
  );
}

/** A unified diff, with its signs and colours. */
function DifferenceText({ text }: { text: string }) {
  if (text === '') return <p class="hint">They are the same.</p>;
  // The patch begins with a line of `=`.
  const lines = text.replace(/^=+\n/, '').split('\n');
  return (
    <pre class="diff" tabIndex={0} role="region" aria-label="What differs">
      {lines.map((line, i) => (
        <span key={i} data-sign={/^[+-](?![+-]{2})/.exec(line)?.[0]}>
          {`${line}\n`}
        </span>
      ))}
    </pre>
  );
}
