// The memory of a run of the OpenAI Agents SDK.
import type { Conversation } from './conversation.js';
import { isCode } from './errors.js';
import { toSdkItems } from './openai-agents-items.js';
import type { Page } from './list.js';
import type { Message } from './types.js';

/**
 * A `Session` of `@openai/agents` on a conversation:
 * `const session: Session = new ThreadkeepSession<AgentInputItem>(chat)`. Items that are taken back
 * or cleared stay on a branch, so nothing is lost. What other clients have written is given as items, too.
 */
export class ThreadkeepSession<Item extends object> {
  constructor(private readonly chat: Conversation) {}

  async getSessionId(): Promise<string> {
    return (await this.chat.ensure()).id;
  }

  /** Gives the newest items, or all of them, oldest first. */
  async getItems(limit?: number): Promise<Item[]> {
    const items = (await this.unlessMissing(() => itemsUpTo(this.chat))) ?? [];
    return (limit === undefined ? items : items.slice(Math.max(items.length - limit, 0))) as Item[];
  }

  async addItems(items: Item[]): Promise<void> {
    if (items.length > 0) await this.chat.appendAs('openai-responses', items);
  }

  /**
   * Takes the newest item back. Other items of its message stay: they are written again, on a branch.
   * Of sessions that do so at once, each gets another item.
   */
  async popItem(): Promise<Item | undefined> {
    for (;;) {
      const newest = await this.unlessMissing(() => this.chat.messages({ limit: 2 }).page());
      const head = newest?.data[0];
      if (!head) return undefined;
      const found = (await this.alone(newest)) ?? (await this.amongAll(head));
      if (!found) return undefined;
      if (await this.leave(head, found)) return found.item as Item;
    }
  }

  async clearSession(): Promise<void> {
    await this.chat.ensure();
    await this.chat.moveHead(null);
  }

  /**
   * Finds the newest item without reading the rest of the conversation, when its message is nothing else
   * and changes nothing of the message before it. Most are so.
   * @param newest the head, and the message before it
   * @returns null when all have to be read
   */
  private async alone({ data: [head, parent], nextCursor }: Page<Message>): Promise<Found | null> {
    // Two large messages do not come on one page.
    if (!head || (!parent && nextCursor !== null)) return null;
    const items = await this.lastItems(head, parent ? 2 : 1);
    const item = items.at(-1);
    if (item === undefined || !isWhole(item, head)) return null;
    const before = parent ? await this.lastItems(parent, 1) : [];
    const isNext = before.length === items.length - 1 && isBeginOf(before, items);
    if (!isNext || (parent && before.length === 0)) return null;
    return { item: toSdkItems([item])[0]!, parentId: parent?.id ?? null, rest: [] };
  }

  /** Finds the newest item, and the newest message up to which there is nothing but the ones before. */
  private async amongAll(head: Message): Promise<Found | null> {
    const all = await itemsUpTo(this.chat, head.id);
    const item = all.at(-1);
    if (item === undefined) return null;
    const items = all.slice(0, -1);
    let isHead = true;
    for await (const { id } of this.chat.messages({ head: head.id })) {
      if (isHead) {
        isHead = false;
        continue;
      }
      const before = await itemsUpTo(this.chat, id);
      if (isBeginOf(before, items)) return { item, parentId: id, rest: items.slice(before.length) };
    }
    return { item, parentId: null, rest: items };
  }

  /**
   * Goes back to a message, and adds the rest of the items. One request does it, so that a crash leaves
   * either all of it or nothing. A retry of it is answered as its first try.
   * @returns false when the conversation does not end with `head` any more
   */
  private async leave(head: Message, { parentId, rest }: Found): Promise<boolean> {
    const place = { parentId, expectedHead: head.seq };
    try {
      if (rest.length > 0) await this.chat.appendAs('openai-responses', rest, place);
      else await this.chat.moveHead(parentId, { expectedHead: head.seq });
      return true;
    } catch (error) {
      if (isCode(error, 'conversation.head_moved')) return false;
      throw error;
    }
  }

  /** Reads the items of so many messages up to one, as the service has them. */
  private async lastItems({ id: head }: Message, last: number): Promise<object[]> {
    return (await this.chat.messagesAs<object>('openai-agents', { head, last }).page()).data;
  }

  private async unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (this.chat.isMissing(error)) return undefined;
      throw error;
    }
  }
}

interface Found {
  item: object;
  /** Null before the first message. */
  parentId: string | null;
  /** Items that do not stand up to there. */
  rest: object[];
}

/** @param head id of a message; without it, all that the conversation shows */
const itemsUpTo = async (chat: Conversation, head?: string): Promise<object[]> =>
  toSdkItems(await chat.messagesAs<object>('openai-agents', { head }).toArray());

const WORDS = new Set<unknown>(['text', 'input_text', 'output_text']);

/** Tells whether the only item of a message, as the service has it, is the same behind any messages. */
function isWhole(item: object, { role, content }: Message): boolean {
  // The SDK has written it, and it comes back as it was.
  if ('callId' in item || 'providerData' in item) return true;
  if (!('role' in item) || (role !== 'user' && role !== 'assistant')) return false;
  return typeof content === 'string' || content.every((part) => WORDS.has(part['type']));
}

const isBeginOf = (begin: object[], items: object[]): boolean =>
  begin.every((item, i) => JSON.stringify(item) === JSON.stringify(items[i]));
