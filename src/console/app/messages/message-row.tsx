import { useEffect, useRef, useState } from 'preact/hooks';
import { useLoad } from '../loading.js';
import { FailureNote } from '../parts/failure.js';
import { Json, State, Time } from '../parts/values.js';
import { goTo, linkTo } from '../place.js';
import { useUser } from '../session.js';
import { contentText, numberText } from '../texts.js';
import { logOf, newestBelow } from './branches.js';
import type { Message } from '../../../../clients/typescript/src/index.js';

/** A longer text is cut, until somebody asks for all of it. */
const SHOWN_CHARACTERS = 3_000;

interface RowProps {
  message: Message;
  /** Where it is in the path, 0 for the first. Its alternatives have the same place in theirs. */
  place: number;
}

/** One message: who said it, when, what, and the arrows to its alternatives. */
export function MessageRow({ message, place }: RowProps) {
  const { seq, role, createdAt, tokenCount, status, erased, feedback, branches = 1 } = message;
  return (
    <>
      <div class="said-by">
        <span class="hint">#{seq}</span> <strong data-role={role}>{role}</strong>
        <span class="hint">
          <Time at={createdAt} />
        </span>
        <span class="hint">{numberText(tokenCount)} tokens</span>
        {status && <State of={status} />}
        {erased && <State of={erased.how} />}
        {feedback && <State of={`rated ${feedback.rating}`} />}
        {branches > 1 && <Alternatives message={message} place={place} />}
      </div>
      <Content message={message} />
      {Object.keys(message.metadata).length > 0 && (
        <details>
          <summary>Metadata</summary>
          <Json of={message.metadata} label={`Metadata of message ${seq}`} />
        </details>
      )}
    </>
  );
}

function Content({ message: { content } }: { message: Message }) {
  const [isWhole, setWhole] = useState(false);
  const text = contentText(content);
  if (isWhole || text.length <= SHOWN_CHARACTERS) return <p class="said">{text}</p>;
  return (
    <>
      <p class="said">{text.slice(0, SHOWN_CHARACTERS)}…</p>
      <button onClick={() => setWhole(true)}>Show all {numberText(text.length)} characters</button>
    </>
  );
}

/** Arrows to the messages with the same parent. Each shows its branch down to the newest message. */
function Alternatives({ message, place }: RowProps) {
  const user = useUser();
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const isShown = useShown();
  const { id, conversationId } = message;
  const path = { id: conversationId, messageId: id };
  const siblings = useLoad(
    (signal) =>
      user.request('GET /v1/conversations/{id}/messages/{messageId}/siblings', { signal, path }),
    [id],
  );
  if (siblings.state !== 'loaded') return <span class="hint">…</span>;
  const all = [...siblings.value.data].sort((a, b) => a.seq - b.seq);
  const current = all.findIndex((one) => one.id === id);
  const show = async (other: Message) => {
    setBusy(true);
    setError(null);
    try {
      const { id: head, readTo } = await newestBelow(other, logOf(user, conversationId));
      // Somebody who went elsewhere meanwhile stays there.
      if (isShown.current)
        goTo(linkTo(['conversations', conversationId], { head, at: place, readTo }));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const arrow = (sign: string, name: string, other: Message | undefined) => (
    <button
      aria-label={`${name} alternative of message ${message.seq}`}
      disabled={other === undefined || isBusy}
      onClick={() => other && void show(other)}
    >
      {sign}
    </button>
  );
  return (
    <span class="alternatives">
      {arrow('‹', 'Previous', all[current - 1])}
      <span>
        {current + 1} of {all.length}
      </span>
      {arrow('›', 'Next', all[current + 1])}
      <span role="status">{isBusy && <span class="hint">Looking for its last message…</span>}</span>
      {error !== null && <FailureNote error={error} />}
    </span>
  );
}

/** Whether the component still is in the page. */
function useShown(): { readonly current: boolean } {
  const isShown = useRef(true);
  useEffect(() => () => void (isShown.current = false), []);
  return isShown;
}
