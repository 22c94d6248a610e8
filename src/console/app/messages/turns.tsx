import { useEffect, useState } from 'preact/hooks';
import { useLoad } from '../loading.js';
import { FailureNote } from '../parts/failure.js';
import { Shown } from '../parts/page.js';
import { type Column, Table } from '../parts/table.js';
import { State, Text, Time } from '../parts/values.js';
import { linkTo } from '../place.js';
import { useUser } from '../session.js';
import { LiveTurn } from './live-turn.js';
import { afterEvent, followedOf, NOTHING_LIVE, withLive } from './live-turns.js';
import type { TurnInfo } from '../../../../clients/typescript/src/index.js';

const NEWEST = 100;
/** Turns whose replies are shown: those that ran last. */
const MAX_FOLLOWED = 5;

const tokensOf = ({ usage }: TurnInfo): string | null =>
  usage && `${usage.inputTokens ?? '?'} in, ${usage.outputTokens ?? '?'} out`;

const COLUMNS: readonly Column<TurnInfo>[] = [
  { name: 'Created (UTC)', of: ({ createdAt }) => <Time at={createdAt} />, isNarrow: true },
  { name: 'State', of: ({ state }) => <State of={state} />, isNarrow: true },
  {
    name: 'Model',
    of: ({ provider, model }) => <Text of={provider && `${provider}: ${model ?? '?'}`} />,
  },
  { name: 'Tokens', of: (turn) => <Text of={tokensOf(turn)} /> },
  { name: 'Reply', of: ({ replySeq }) => <Text of={replySeq && `#${replySeq}`} />, isNarrow: true },
  {
    name: 'Context',
    of: ({ conversationId, manifestId }) =>
      manifestId === null ? (
        <Text of={null} />
      ) : (
        <a
          href={linkTo(['conversations', conversationId], { tab: 'context', manifest: manifestId })}
        >
          what it was sent
        </a>
      ),
  },
  {
    name: 'Error',
    of: ({ error }) => <Text of={error && `${error.code}: ${error.message}`} />,
  },
  { name: 'Finished', of: ({ finishedAt }) => <Time at={finishedAt} />, isNarrow: true },
];

/** The newest turns of a conversation, which it follows while it is shown. */
export function Turns({ conversationId }: { conversationId: string }) {
  const user = useUser();
  const { live, error, retry } = useLiveTurns(conversationId);
  const turns = useLoad(
    (signal) =>
      user.request('GET /v1/conversations/{id}/turns', {
        signal,
        path: { id: conversationId },
        query: { limit: NEWEST },
      }),
    [conversationId],
  );
  const followed = followedOf(live, MAX_FOLLOWED);
  return (
    <>
      {error !== null && <FailureNote error={error} retry={retry} />}
      {followed.map((turn) => (
        <LiveTurn key={turn.id} turn={turn} live={live} />
      ))}
      <Shown of={turns}>
        {({ data }) => {
          const all = withLive(data, live);
          return all.length === 0 ? (
            <p class="hint">No model was asked in this conversation.</p>
          ) : (
            <Table label="Turns" columns={COLUMNS} items={all} idOf={({ id }) => id} />
          );
        }}
      </Shown>
    </>
  );
}

/**
 * Follows the events of the conversation until the page is left. The client sends the key in a
 * header, and goes on after the last event when the connection was cut.
 */
function useLiveTurns(conversationId: string) {
  const user = useUser();
  const [live, setLive] = useState(NOTHING_LIVE);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const follow = async () => {
      const events = user.conversation(conversationId).events({}, { signal });
      for await (const event of events) setLive((last) => afterEvent(last, event));
    };
    setLive(NOTHING_LIVE);
    setError(null);
    follow().catch((failure: unknown) => signal.aborted || setError(failure));
    return () => abort.abort();
  }, [conversationId, round]);
  return { live, error, retry: () => setRound((last) => last + 1) };
}
