import { useLoad } from '../loading.js';
import { Confirmed } from '../parts/confirmed.js';
import { Page, Shown } from '../parts/page.js';
import { Facts, Id, Json, State, Tags, Text, Time } from '../parts/values.js';
import { linkTo, type PageProps } from '../place.js';
import { useUser } from '../session.js';
import { useShownUser } from '../shown-user.js';
import {
  type AnswerOf,
  type Memory,
  ThreadkeepError,
} from '../../../../clients/typescript/src/index.js';

type Version = AnswerOf<'GET /v1/memories/{id}/history'>['data'][number];

/** Versions that are shown: the newest. */
const VERSIONS = 100;

/** One memory: what it says now, and everything it said before. */
export function MemoryPage({ rest: [id = ''] }: PageProps) {
  const user = useUser();
  const memory = useLoad(
    (signal) => user.request('GET /v1/memories/{id}', { signal, path: { id } }).catch(nullIfGone),
    [id],
  );
  const history = useLoad(
    (signal) =>
      user.request('GET /v1/memories/{id}/history', {
        signal,
        path: { id },
        query: { limit: VERSIONS },
      }),
    [id],
  );
  const reload = () => {
    memory.reload();
    history.reload();
  };
  return (
    <Page title="Memory" isOfUser>
      <Shown of={memory}>
        {(value) =>
          value === null ? (
            <p class="refusal">This memory is not there any more. What it said is its history.</p>
          ) : (
            <MemoryFacts memory={value} />
          )
        }
      </Shown>
      <h2>History</h2>
      <Shown of={history}>
        {({ data, next }) => (
          <>
            <ol class="timeline" aria-label="Versions, newest first">
              {data.map((version, i) => (
                <li key={version.version}>
                  <VersionEntry id={id} version={version} isNewest={i === 0} onChange={reload} />
                  {i === 0 && <Undo id={id} change={version} before={data[1]} onDone={reload} />}
                </li>
              ))}
            </ol>
            {next !== null && <p class="hint">Earlier versions are not shown.</p>}
          </>
        )}
      </Shown>
    </Page>
  );
}

/** A memory that was forgotten has a history still; without one, that is what fails. */
function nullIfGone(error: unknown): null {
  if (error instanceof ThreadkeepError && error.status === 404) return null;
  throw error;
}

const MemoryFacts = ({ memory }: { memory: Memory }) => (
  <>
    <p class="said content">{memory.content}</p>
    <Facts
      of={[
        ['Id', <Id id={memory.id} />],
        ['Kind', memory.kind],
        ['Importance', memory.importance],
        ['Strength', memory.strength],
        ['Tags', <Tags of={memory.tags} />],
        ['Agent', <Text of={memory.agentId} />],
        ['Only for', <OnlyFor of={memory.conversationId} />],
        ['True from', <Time at={memory.validFrom} />],
        ['True until', <Time at={memory.validTo} />],
        ['Expires', <Time at={memory.expiresAt} />],
        ['Superseded by', <OtherMemory id={memory.supersededBy} />],
        ['Sources', `${memory.sourceMessageIds.length} messages`],
        ['Version', memory.version],
        ['Revision', memory.revision],
      ]}
    />
    <details>
      <summary>Metadata</summary>
      <Json of={memory.metadata} label="Metadata" />
    </details>
  </>
);

const OnlyFor = ({ of }: { of: string | null }) =>
  of === null ? (
    <>all conversations</>
  ) : (
    <a href={linkTo(['conversations', of])}>one conversation</a>
  );

const OtherMemory = ({ id }: { id: string | null }) =>
  id === null ? <Text of={null} /> : <a href={linkTo(['memories', id])}>another memory</a>;

interface EntryProps {
  id: string;
  version: Version;
  isNewest: boolean;
  onChange: () => void;
}

function VersionEntry({ id, version, isNewest, onChange }: EntryProps) {
  const user = useUser();
  const whose = useShownUser();
  const { action, actor, reason, recordedAt, memory } = version;
  const restore = () =>
    user.request('POST /v1/memories/{id}/rollback', {
      path: { id },
      body: { version: version.version },
    });
  return (
    <>
      <div class="row">
        <strong>Version {version.version}</strong>
        <State of={action} />
        <Time at={recordedAt} />
        <span class="hint">
          by {actor}
          {reason === null ? '' : `: ${reason}`}
        </span>
        {!isNewest && memory !== null && (
          <Confirmed
            label={`Restore version ${version.version}`}
            title={`Restore version ${version.version}?`}
            whose={whose}
            run={restore}
            onDone={onChange}
          >
            <p>The memory gets a new version that says what this one said:</p>
            <p class="said">{memory.content}</p>
          </Confirmed>
        )}
      </div>
      <p class="said">{memory === null ? '(nothing)' : memory.content}</p>
    </>
  );
}

interface UndoProps {
  id: string;
  /** The newest version. */
  change: Version;
  /** The one before it; undefined when the memory has no other. */
  before: Version | undefined;
  onDone: () => void;
}

/** Takes the newest change back, by the version before it; what was erased does not come back. */
function Undo({ id, change, before, onDone }: UndoProps) {
  const user = useUser();
  const whose = useShownUser();
  if (!before?.memory) return null;
  const body = { version: before.version, reason: `undo of version ${change.version}` };
  const run = () => user.request('POST /v1/memories/{id}/rollback', { path: { id }, body });
  return (
    <Confirmed
      label="Undo this change"
      title={`Undo version ${change.version}?`}
      whose={whose}
      run={run}
      onDone={onDone}
    >
      <p>The memory gets a new version that says what it said before this change:</p>
      <p class="said">{before.memory.content}</p>
    </Confirmed>
  );
}
