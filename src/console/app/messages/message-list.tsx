// The messages of a path. Only those near what is seen are loaded, and in the page.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLoad } from '../loading.js';
import { FailureNote } from '../parts/failure.js';
import { Shown } from '../parts/page.js';
import { useUser } from '../session.js';
import { numberText } from '../texts.js';
import { missingPages, pageFrom, type PathShape } from './message-pages.js';
import { MessageRow } from './message-row.js';
import { useVirtualList } from './virtual-list.js';
import type { ConversationInfo, Message, User } from '../../../../clients/typescript/src/index.js';

const ROUTE = 'GET /v1/conversations/{id}/messages';
const ROW_PIXELS = 96;

/** Which messages of a conversation to show, and where to begin. */
export interface Asked {
  /** Id of the last message; without it the path that the conversation shows. */
  readonly head: string | undefined;
  /** Place of the message to begin at; without it the last one. */
  readonly at: number | undefined;
  /** A message to begin at, whose place is not known, with its number. */
  readonly message: { readonly id: string; readonly seq: number } | undefined;
}

interface Path extends PathShape {
  /** Place of the message to begin at; undefined for the last one. */
  readonly at: number | undefined;
  /** Id of its last message, which names it; undefined for no message. */
  readonly head: string | undefined;
}

interface ListProps {
  conversation: ConversationInfo;
  asked: Asked;
}

export function MessageList({ conversation, asked }: ListProps) {
  const user = useUser();
  const path = useLoad(
    () => askedPath(user, conversation, asked),
    [conversation.id, asked.head, asked.at, asked.message?.id],
  );
  return (
    <Shown of={path}>
      {(shape) =>
        shape.total === 0 ? (
          <p class="hint">There are no messages.</p>
        ) : (
          <Rows key={`${shape.head} ${shape.at}`} id={conversation.id} path={shape} />
        )
      }
    </Shown>
  );
}

/** A message that is asked for has its number as its place, or is shown at the end of the path to it. */
async function askedPath(
  user: User,
  conversation: ConversationInfo,
  { head, at, message }: Asked,
): Promise<Path> {
  const path = { ...(await pathOf(user, conversation, head)), at };
  if (message === undefined) return path;
  if (path.isLinear) return { ...path, at: message.seq - 1 };
  const own = await pathOf(user, conversation, message.id);
  return { ...own, at: own.total - 1 };
}

/** Counts the messages of a path, and names it by its last one, so that it stays the same. */
async function pathOf(
  user: User,
  { id, lastSeq, headSeq }: ConversationInfo,
  head: string | undefined,
): Promise<Omit<Path, 'at'>> {
  const query = { sort: ['-seq' as const], limit: 1, count: true, ...(head && { head }) };
  const { data, total = 0 } = await user.request(ROUTE, { path: { id }, query });
  const last = (data as Message[])[0];
  const isLinear = head === undefined && total === lastSeq && headSeq === lastSeq;
  return { total, isLinear, head: last?.id };
}

interface RowsProps {
  id: string;
  path: Path;
}

function Rows({ id, path }: RowsProps) {
  const { at } = path;
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualList({
    count: path.total,
    estimatedHeight: ROW_PIXELS,
    element: () => box.current,
  });
  const { messages, error, load } = useMessages(id, path);
  const shown = rows.getVirtualItems();
  const [first, last] = [shown[0]?.index ?? 0, shown.at(-1)?.index ?? -1];
  // A page may end early, so what is still missing is asked for after each one.
  useEffect(() => load(first, last), [first, last, messages]);
  useEffect(() => {
    if (at === undefined) rows.scrollToIndex(path.total - 1, { align: 'end' });
    else rows.scrollToIndex(at, { align: 'center' });
  }, []);
  const end = (index: number, align: 'start' | 'end') => () => rows.scrollToIndex(index, { align });
  return (
    <>
      <div class="row">
        <span class="hint">{numberText(path.total)} messages</span>
        <button onClick={end(0, 'start')}>First</button>
        <button onClick={end(path.total - 1, 'end')}>Last</button>
      </div>
      {error !== null && <FailureNote error={error} retry={() => load(first, last)} />}
      <div class="messages" ref={box} tabIndex={0} role="region" aria-label="Messages">
        <ol style={{ height: `${rows.getTotalSize()}px` }}>
          {shown.map(({ index, start }) => (
            <li
              key={index}
              data-index={index}
              ref={rows.measureElement}
              style={{ transform: `translateY(${start}px)` }}
              aria-setsize={path.total}
              aria-posinset={index + 1}
              class={index === at ? 'wanted' : undefined}
            >
              <Row message={messages.get(index)} place={index} />
            </li>
          ))}
        </ol>
      </div>
    </>
  );
}

const Row = ({ message, place }: { message: Message | undefined; place: number }) =>
  message ? <MessageRow message={message} place={place} /> : <p class="hint waiting">…</p>;

interface Messages {
  /** By their place in the path. */
  readonly messages: ReadonlyMap<number, Message>;
  readonly error: unknown;
  /** Loads what is missing of these places. */
  readonly load: (first: number, last: number) => void;
}

function useMessages(id: string, path: Path): Messages {
  const user = useUser();
  const [messages, setMessages] = useState<ReadonlyMap<number, Message>>(new Map());
  const [error, setError] = useState<unknown>(null);
  const asked = useRef(new Set<number>());
  const loadPage = async (start: number) => {
    const page = pageFrom(start, path);
    if (page === null || asked.current.has(start)) return;
    asked.current.add(start);
    const query = {
      ...page.query,
      ...(path.head !== undefined && !path.isLinear && { head: path.head }),
    };
    try {
      const { data } = await user.request(ROUTE, { path: { id }, query });
      const inOrder = page.isReversed ? [...data].reverse() : data;
      const placed = (inOrder as Message[]).map((one, i) => [page.first + i, one] as const);
      setMessages((last) => new Map([...last, ...placed]));
    } catch (failure) {
      asked.current.delete(start);
      setError(failure);
    }
  };
  const load = (first: number, last: number) => {
    setError(null);
    for (const start of missingPages((place) => messages.has(place), first, last))
      void loadPage(start);
  };
  return { messages, error, load };
}
