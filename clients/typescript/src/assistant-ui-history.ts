// The history of a thread of assistant-ui.
import { type ConvertedMessage, shownMessages } from './assistant-ui-converted.js';
import { type HistoryItem, type MessageForm, uiMessage } from './assistant-ui-messages.js';
import type { Conversation } from './conversation.js';
import { isCode } from './errors.js';
import type { List } from './list.js';
import { randomKey } from './transport.js';
import type { AppendFields, Message, NewMessage } from './types.js';

/** Times that a version is written because the head has moved. */
const MAX_ATTEMPTS = 10;

type Place = Pick<Message, 'id' | 'seq'>;

export interface History<I> {
  headId?: string | null;
  messages: I[];
}

/**
 * One thread, with the messages that it is known to have. A message is kept by its id as the key. An
 * edit in place is a new version beside the old one, because messages do not change.
 */
export class Thread {
  private readonly places = new Map<string, Place>();

  constructor(private readonly chat: Conversation) {}

  /** Loads the messages of all branches. */
  async load<M, I extends HistoryItem<M>>(form: MessageForm<M, I>): Promise<History<I>> {
    const stored = await this.chat.messages({ all: true, order: 'asc', limit: 100 }).toArray();
    const { headSeq } = await this.chat.get();
    const items = new Map<string, I>();
    /** What is shown at each message: itself, or what it follows. */
    const shown = new Map<number, string | null>();
    for (const message of stored) {
      const { seq, parentSeq } = message;
      const parentId = parentSeq === null ? null : (shown.get(parentSeq) ?? null);
      const item = message.erased ? null : form.read(message, parentId);
      shown.set(seq, item === null ? parentId : form.idOf(item.message));
      if (item === null) continue;
      const id = form.idOf(item.message);
      this.remember(id, message);
      // A later version stands where the first one stood.
      items.set(id, { ...item, parentId: items.get(id)?.parentId ?? parentId });
    }
    const headId = shown.get(headSeq) ?? (headSeq === 0 ? null : undefined);
    return { ...(headId !== undefined && { headId }), messages: [...items.values()] };
  }

  /**
   * Loads the messages that the conversation shows as the service converts them to the AI SDK, each
   * with an id that no other one has; null when all of them are of the AI SDK already.
   */
  async loadConverted<M>(form: MessageForm<M>): Promise<History<HistoryItem<M>> | null> {
    const stored = await pagesOf(this.chat.messages({ order: 'asc', limit: 100 }));
    if (stored.flat().every(isUiMessage)) return null;
    const converted = await pagesOf(this.chat.messagesAs<ConvertedMessage>('ai-sdk'));
    const items = new Map<string, HistoryItem<M>>();
    let headId: string | null = null;
    const shown = stored.flatMap((page, i) => shownMessages(page, converted[i] ?? []));
    for (const { message, first, last } of shown) {
      const { role, parts, metadata } = message;
      const id = items.has(message.id) ? first.id : message.id;
      const item = form.read(
        { ...first, role, content: parts, metadata: { ...metadata, id } },
        headId,
      );
      if (item === null) continue;
      items.set(id, item);
      // What follows a message that was made of several follows the last of them.
      this.remember(id, last);
      headId = id;
    }
    return { headId, messages: [...items.values()] };
  }

  async append<M, I extends HistoryItem<M>>(form: MessageForm<M, I>, item: I): Promise<void> {
    const id = form.idOf(item.message);
    try {
      await this.write(form, item, id);
    } catch (error) {
      if (!isCode(error, 'message.key_taken')) throw error;
      await this.writeVersion(form, item, await this.chat.message(`key:${id}`));
    }
  }

  async update<M, I extends HistoryItem<M>>(form: MessageForm<M, I>, item: I): Promise<void> {
    const place = this.places.get(form.idOf(item.message));
    await (place ? this.writeVersion(form, item, place) : this.append(form, item));
  }

  /** Shows the version where a version before it, also another page's, ends what is shown. */
  private async writeVersion<M, I extends HistoryItem<M>>(
    form: MessageForm<M, I>,
    item: I,
    before: Place,
  ): Promise<void> {
    const id = form.idOf(item.message);
    const key = `${id}:${randomKey()}`;
    for (let attempt = 1; ; attempt++) {
      const [head] = (await this.chat.messages({ limit: 1 }).page()).data;
      const shown = head && !head.erased ? form.read(head, null) : null;
      const isEnd = head?.seq === before.seq || (shown && form.idOf(shown.message) === id);
      try {
        const fields = head && isEnd ? { expectedHead: head.seq } : { moveHead: false };
        return await this.write(form, item, key, fields);
      } catch (error) {
        // What somebody has written meanwhile stays shown.
        if (!isCode(error, 'conversation.head_moved') || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  private async write<M, I extends HistoryItem<M>>(
    form: MessageForm<M, I>,
    item: I,
    key: string,
    head: Pick<AppendFields, 'moveHead' | 'expectedHead'> = {},
  ): Promise<void> {
    const { parentId } = item;
    const known = parentId === null ? null : (this.places.get(parentId)?.id ?? `key:${parentId}`);
    const fields = { ...head, parentId: known };
    const message = { ...form.write(item), key };
    const [stored] = await (form.dialect === undefined
      ? this.chat.append(message as NewMessage, fields)
      : this.chat.appendAs(form.dialect, [message], fields));
    if (stored) this.remember(form.idOf(item.message), stored);
  }

  private remember(id: string, { id: messageId, seq }: Message): void {
    this.places.set(id, { id: messageId, seq });
  }
}

const isUiMessage = (message: Message): boolean =>
  message.erased !== undefined || uiMessage(message) !== null;

async function pagesOf<T>({ page }: List<T>): Promise<T[][]> {
  const pages: T[][] = [];
  let cursor: string | undefined;
  do {
    const { data, nextCursor } = await page(cursor);
    pages.push(data);
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  return pages;
}
