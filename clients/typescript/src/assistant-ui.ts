// Threads of assistant-ui, which are conversations.
import { type History, Thread } from './assistant-ui-history.js';
import {
  formattedForm,
  type HistoryItem,
  type MessageFormat,
  threadForm,
  type ThreadItem,
  type ThreadMessageFields,
} from './assistant-ui-messages.js';
import type { Conversation } from './conversation.js';
import { isCode } from './errors.js';
import type { ConversationInfo, ConversationUpdate } from './types.js';
import type { User } from './user.js';

const THREADS_OF_A_PAGE = 50;
const MAX_TITLE_LENGTH = 60;
/** Control characters, and halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Surrogate}]/gu;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A thread in the list. */
export interface ThreadMetadata {
  status: 'regular' | 'archived';
  remoteId: string;
  externalId: string | undefined;
  title: string | undefined;
  lastMessageAt?: Date;
  custom: Record<string, unknown> | undefined;
}

export interface ThreadListOptions {
  /** Lists only conversations with this tag, and gives it to new ones. */
  tag?: string;
  /** Makes a title. By default it is how the user's first message begins; null leaves titles to the service. */
  titleOf?: ((messages: readonly ThreadMessageFields[]) => string | Promise<string>) | null;
}

/** What is used of the thread that a history is of. */
export interface ThreadListItem {
  getState(): { remoteId?: string | undefined };
  initialize(): Promise<{ remoteId: string }>;
}

/**
 * A `RemoteThreadListAdapter` over the conversations of a user. The `remoteId` of a thread is the id
 * of its conversation, and its `externalId` the key.
 */
export function threadList(user: User, { tag, titleOf = firstWords }: ThreadListOptions = {}) {
  const change = async (remoteId: string, fields: ConversationUpdate): Promise<void> => {
    await user.conversation(remoteId).update(fields);
  };
  return {
    async list({ after }: { after?: string | undefined } = {}) {
      const page = await user
        .conversations({
          include: ['lastMessage'],
          sort: ['-updatedAt'],
          limit: THREADS_OF_A_PAGE,
          ...(tag !== undefined && { tag }),
        })
        .page(after);
      return {
        threads: page.data.map(threadOf),
        ...(page.nextCursor !== null && { nextCursor: page.nextCursor }),
      };
    },

    /** Makes the conversation with the thread's id as its key: once, however often it is asked. */
    async initialize(
      threadId: string,
      { custom }: { custom?: Record<string, unknown> | undefined } = {},
    ) {
      const fields = {
        ...(custom && { metadata: custom }),
        ...(tag !== undefined && { tags: [tag] }),
      };
      const { id, key } = await namedBy(user, threadId).ensure(fields);
      return { remoteId: id, externalId: key ?? undefined };
    },

    async fetch(threadId: string): Promise<ThreadMetadata> {
      const chat = namedBy(user, threadId);
      const [info, last] = await Promise.all([chat.get(), chat.messages({ limit: 1 }).page()]);
      return threadOf({ ...info, lastMessage: last.data[0] ?? null });
    },

    rename: (remoteId: string, title: string) => change(remoteId, { title }),
    updateCustom: (remoteId: string, custom: Record<string, unknown> | undefined) =>
      change(remoteId, { metadata: custom ?? {} }),
    archive: (remoteId: string) => change(remoteId, { status: 'archived' }),
    unarchive: (remoteId: string) => change(remoteId, { status: 'active' }),

    /** Puts the conversation into the bin. */
    async delete(remoteId: string): Promise<void> {
      try {
        await user.conversation(remoteId).delete();
      } catch (error) {
        if (!isCode(error, 'conversation.not_found')) throw error;
      }
    },

    /** Streams the title that the thread has, or that it gets now. */
    generateTitle: (remoteId: string, messages: readonly ThreadMessageFields[]) =>
      titled(user.conversation(remoteId), messages, titleOf),
  };
}

async function titled(
  chat: Conversation,
  messages: readonly ThreadMessageFields[],
  titleOf: NonNullable<ThreadListOptions['titleOf']> | null,
): Promise<ReadableStream<TextChunk>> {
  const { title } = await chat.get();
  if (title !== null || titleOf === null) return textStream(title ?? '');
  const made = (await titleOf(messages)).trim();
  if (made !== '') await chat.update({ title: made });
  return textStream(made);
}

/**
 * A `ThreadHistoryAdapter` of a thread: its messages with all branches.
 * @param thread gives the thread when it is asked, such as `() => aui.threadListItem`
 * @param options `readOnly` for threads whose turns the service runs, which stores their messages
 */
export function threadHistory<M extends ThreadMessageFields>(
  user: User,
  thread: () => ThreadListItem,
  { readOnly = false }: { readOnly?: boolean } = {},
) {
  const threads = new Map<string, Thread>();
  const threadAt = (remoteId: string): Thread => {
    const known = threads.get(remoteId) ?? new Thread(user.conversation(remoteId));
    threads.set(remoteId, known);
    return known;
  };
  const loaded = async <H extends { messages: unknown[] }>(
    item: ThreadListItem,
    load: (thread: Thread) => Promise<H>,
  ): Promise<H | { messages: [] }> => {
    const { remoteId } = item.getState();
    return remoteId === undefined ? { messages: [] } : load(threadAt(remoteId));
  };
  /** Ends when the writes until now have ended: a message is written behind the one that it follows. */
  let written: Promise<unknown> = Promise.resolve();
  const writing = (item: ThreadListItem, write: (thread: Thread) => Promise<void>) => {
    if (readOnly) return Promise.resolve();
    const done = written.then(async () => write(threadAt((await item.initialize()).remoteId)));
    written = done.catch(() => undefined);
    return done;
  };
  const form = threadForm<M>();
  return {
    load: (): Promise<History<ThreadItem<M>>> => loaded(thread(), (it) => it.load(form)),
    append: (item: ThreadItem<M>) => writing(thread(), (it) => it.append(form, item)),
    update: (item: ThreadItem<M>) => writing(thread(), (it) => it.update(form, item)),

    /** The history for a runtime with messages of its own, such as that of the AI SDK. */
    withFormat<T, S extends Record<string, unknown>>(format: MessageFormat<T, S>) {
      const formatted = formattedForm(format);
      let pinned: ThreadListItem | undefined;
      const pin = (): ThreadListItem => (pinned = thread());
      return {
        pin: () => void pin(),
        load: (): Promise<History<HistoryItem<T>>> =>
          loaded(pin(), async (it) => {
            const converted =
              formatted.dialect === 'ai-sdk' ? await it.loadConverted(formatted) : null;
            return converted ?? it.load(formatted);
          }),
        append: (item: HistoryItem<T>) =>
          writing(pinned ?? pin(), (it) => it.append(formatted, item)),
        update: (item: HistoryItem<T>) =>
          writing(pinned ?? pin(), (it) => it.update(formatted, item)),
      };
    },
  };
}

/** Threads that are new have an id of the page, which becomes the key. A UUID becomes the id. */
const namedBy = (user: User, threadId: string): Conversation =>
  user.conversation(UUID.test(threadId) ? threadId : `key:${threadId}`);

type Listed = ConversationInfo & { lastMessage?: { createdAt: string } | null };

const threadOf = ({ id, key, title, status, metadata, lastMessage }: Listed): ThreadMetadata => ({
  status: status === 'archived' ? 'archived' : 'regular',
  remoteId: id,
  externalId: key ?? undefined,
  title: title ?? undefined,
  ...(lastMessage && { lastMessageAt: new Date(lastMessage.createdAt) }),
  custom: Object.keys(metadata).length > 0 ? metadata : undefined,
});

/** How the user's first message begins, in whole words. */
function firstWords(messages: readonly ThreadMessageFields[]): string {
  const first = messages.find(({ role }) => role === 'user')?.content ?? [];
  const text = first
    .flatMap((part) => ('text' in part && typeof part.text === 'string' ? [part.text] : []))
    .join(' ')
    .slice(0, 10 * MAX_TITLE_LENGTH)
    // A title may not have them. The cut may have left half of a character.
    .replace(UNPRINTABLE, ' ');
  let title = '';
  for (const word of text.split(/\s+/)) {
    const longer = `${title} ${word}`.trim();
    if (longer.length > MAX_TITLE_LENGTH)
      return title || [...word].slice(0, MAX_TITLE_LENGTH).join('');
    title = longer;
  }
  return title;
}

/** The chunks that assistant-ui reads a text from. */
type TextChunk =
  | { type: 'part-start'; part: { type: 'text' }; path: [] }
  | { type: 'text-delta'; textDelta: string; path: [0] }
  | { type: 'part-finish'; path: [0] };

function textStream(text: string): ReadableStream<TextChunk> {
  return new ReadableStream({
    start(controller) {
      if (text !== '') {
        controller.enqueue({ type: 'part-start', part: { type: 'text' }, path: [] });
        controller.enqueue({ type: 'text-delta', textDelta: text, path: [0] });
        controller.enqueue({ type: 'part-finish', path: [0] });
      }
      controller.close();
    },
  });
}
