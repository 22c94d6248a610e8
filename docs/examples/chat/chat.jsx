// A chat by `useChat` of the AI SDK, on conversations and turns of Threadkeep.
import { useChat } from '@ai-sdk/react';
import { DefaultChatTransport } from 'ai';
import { useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';

/** The id of the chat is the key of its conversation. It is in the address, so a reload finds it. */
const chatId = new URLSearchParams(location.search).get('chat') ?? startChat();
const pathOf = (id) => `/v1/conversations/${encodeURIComponent(`key:${id}`)}`;

function startChat() {
  const id = crypto.randomUUID();
  history.replaceState(null, '', `?chat=${id}`);
  return id;
}

/** @param onNothingRuns called when no reply is in progress whose stream could be joined */
const transportOf = (onNothingRuns) =>
  new DefaultChatTransport({
    fetch: async (...request) => {
      const answer = await fetch(...request);
      if (answer.status === 204) onNothingRuns();
      return answer;
    },
    // Only what is new is sent: the conversation has the rest.
    prepareSendMessagesRequest: ({ id, messages, trigger }) => {
      const last = messages.at(-1);
      const isAgain = trigger === 'regenerate-message';
      return {
        api: `${pathOf(id)}/turns?stream=ai-sdk&createIfMissing=true`,
        // The key makes a message that is sent twice one message.
        body: isAgain
          ? { parentId: `key:${last.id}` }
          : { messages: [{ role: last.role, parts: last.parts, key: last.id }] },
      };
    },
    prepareReconnectToStreamRequest: ({ id }) => ({
      api: `${pathOf(id)}/turns/running/events?stream=ai-sdk`,
    }),
  });

/** Reads what the conversation shows; the reply in progress has what was said until now. */
async function loadMessages(id) {
  const answer = await fetch(`${pathOf(id)}/messages?order=asc&limit=100`);
  if (answer.status === 404) return [];
  if (!answer.ok) throw new Error(`The messages cannot be read: ${answer.status}`);
  const { data } = await answer.json();
  return data.map(({ id, key, role, content }) => ({
    // A reply that is streamed has the id of its message.
    id: key ?? id,
    role,
    parts: typeof content === 'string' ? [{ type: 'text', text: content }] : content,
  }));
}

function Chat({ initialMessages }) {
  const [text, setText] = useState('');
  const readAgain = useRef(() => {});
  const hasAsked = useRef(false);
  const [transport] = useState(() => transportOf(() => readAgain.current()));
  const { messages, setMessages, sendMessage, regenerate, status, error } = useChat({
    id: chatId,
    messages: initialMessages,
    transport,
    resume: initialMessages.length > 0,
  });
  // A reply that was in progress when the messages were read may have ended since.
  readAgain.current = async () => {
    const read = await loadMessages(chatId);
    // What was sent meanwhile is newer than what was read.
    if (!hasAsked.current) setMessages(read);
  };
  const isBusy = status === 'submitted' || status === 'streaming';

  const submit = (event) => {
    event.preventDefault();
    if (text.trim() === '') return;
    hasAsked.current = true;
    void sendMessage({ text });
    setText('');
  };
  const answerAgain = () => {
    hasAsked.current = true;
    void regenerate();
  };
  /** Leaving the page does not end a turn; this does. */
  const stop = () => {
    const { turnId } = messages.at(-1)?.metadata ?? {};
    if (turnId) void fetch(`${pathOf(chatId)}/turns/${turnId}/cancel`, { method: 'POST' });
  };

  return (
    <>
      <ul>
        {messages.map(({ id, role, parts }) => (
          <li key={id} id={`message-${id}`} data-role={role}>
            {parts.map(({ type, text }) => (type === 'text' ? text : '')).join('')}
          </li>
        ))}
      </ul>
      <p id="status">{error ? `error: ${error.message}` : status}</p>
      <form onSubmit={submit}>
        <input value={text} onChange={({ target }) => setText(target.value)} aria-label="Message" />
        {isBusy ? (
          <button type="button" id="stop" onClick={stop}>
            Stop
          </button>
        ) : (
          <button id="send">Send</button>
        )}
        <button type="button" id="again" disabled={isBusy} onClick={answerAgain}>
          Again
        </button>
      </form>
    </>
  );
}

const initialMessages = await loadMessages(chatId);
createRoot(document.getElementById('chat')).render(<Chat initialMessages={initialMessages} />);
