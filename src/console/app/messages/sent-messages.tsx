import { useState } from 'preact/hooks';
import { contentText, jsonText, numberText } from '../texts.js';
import type { Context } from '../../../../clients/typescript/src/index.js';

/** More are shown when somebody asks for them. */
const SHOWN_MESSAGES = 100;

/** Shown in words, or without a meaning for a reader. */
const KNOWN = new Set(['role', 'type', 'text', 'content', 'parts', 'cache_control']);

type Sent = Readonly<Record<string, unknown>>;

/** The messages of a context, in the words of their format. The newest are shown first when there are many. */
export function SentMessages({ context: { system = [], messages } }: { context: Context }) {
  const [isWhole, setWhole] = useState(false);
  const cut = isWhole ? 0 : Math.max(0, messages.length - SHOWN_MESSAGES);
  return (
    <>
      {cut > 0 && (
        <button onClick={() => setWhole(true)}>Show {numberText(cut)} earlier messages</button>
      )}
      <ol class="sent">
        {system.map((block, i) => (
          <SentMessage key={`system ${i}`} message={{ role: 'system', ...block }} />
        ))}
        {messages.slice(cut).map((message, i) => (
          <SentMessage key={cut + i} message={message} />
        ))}
      </ol>
    </>
  );
}

function SentMessage({ message }: { message: Sent }) {
  const { role, type } = message;
  const name = typeof role === 'string' ? role : typeof type === 'string' ? type : 'part';
  return (
    <li>
      <strong data-role={name}>{name}</strong>
      <p class="said">{textOf(message)}</p>
    </li>
  );
}

/** What a message says, whatever the format calls it; what has no text is shown as JSON. */
function textOf(message: Sent): string {
  const said = message['text'] ?? message['content'] ?? message['parts'];
  if (said === undefined || said === null) return jsonText(message);
  const others = Object.entries(message).filter(([name]) => !KNOWN.has(name));
  const more = others.length > 0 ? `\n${jsonText(Object.fromEntries(others))}` : '';
  return contentText(said) + more;
}
