// A turn that runs: its reply while it grows, and a button that stops it.
import { Confirmed } from '../parts/confirmed.js';
import { Json, State } from '../parts/values.js';
import { useUser } from '../session.js';
import { useShownUser } from '../shown-user.js';
import { hasEnded, type LiveTurns, type ReplyPart, saidBy } from './live-turns.js';
import type { TurnInfo } from '../../../../clients/typescript/src/index.js';

/** Of a longer text only the end is shown, which is where it grows. */
const SHOWN_CHARACTERS = 5_000;

export function LiveTurn({ turn, live }: { turn: TurnInfo; live: LiveTurns }) {
  const parts = saidBy(turn, live);
  const { provider, model, queuePosition, rounds } = turn;
  return (
    <section class="live content" aria-label="Turn that is followed">
      <div class="row">
        <div class="row" role="status">
          <strong>{provider === null ? 'A model' : `${provider}: ${model ?? '?'}`}</strong>
          <State of={turn.state} />
        </div>
        {queuePosition !== null && <span class="hint">{queuePosition} before it</span>}
        {rounds.length > 0 && <span class="hint">round {rounds.length + 1} of tools</span>}
        {!hasEnded(turn) && <StopTurn turn={turn} />}
      </div>
      {parts.length === 0 && <p class="hint">Nothing was said yet.</p>}
      {parts.map((part, i) => (
        <Said key={i} part={part} />
      ))}
    </section>
  );
}

function Said({ part }: { part: ReplyPart }) {
  if (part.kind === 'part') return <Json of={part.value} label="A part of the reply" />;
  const { kind, text } = part;
  const isCut = text.length > SHOWN_CHARACTERS;
  return (
    <p class={kind === 'reasoning' ? 'said hint' : 'said'}>
      {isCut ? `…${text.slice(-SHOWN_CHARACTERS)}` : text}
    </p>
  );
}

function StopTurn({ turn: { id, conversationId } }: { turn: TurnInfo }) {
  const user = useUser();
  const whose = useShownUser();
  const path = { id: conversationId, turnId: id };
  const run = () => user.request('POST /v1/conversations/{id}/turns/{turnId}/cancel', { path });
  return (
    <Confirmed
      label="Stop…"
      action="Stop the turn"
      title="Stop the turn?"
      whose={whose}
      run={run}
      onDone={() => {}}
    >
      <p>The model is not asked any further. What it said until then stays in the conversation.</p>
    </Confirmed>
  );
}
