// The memory of a run of the OpenAI Agents SDK.
import type { Conversation } from './conversation.js';
import { isCode } from './errors.js';
import { toSdkItems } from './openai-agents-items.js';
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
      const head = await this.unlessMissing(() => headOf(this.chat));
      if (!head) return undefined;
      const items = await itemsUpTo(this.chat, head.id);
      if (items.length === 0) return undefined;
      if (await this.leave(head, items.slice(0, -1))) return items.at(-1) as Item;
    }
  }

  async clearSession(): Promise<void> {
    await this.chat.ensure();
    await this.chat.moveHead(null);
  }
  /**
   * Goes back to the newest message before which all of these items stand, and adds the rest of them. One
   * request does it, so that a crash leaves either all of it or nothing.
   * @returns false when the conversation does not end with `head` any more
   */
  private async leave(head: Message, items: object[]): Promise<boolean> {
    const { parentId, known } = await this.placeBefore(head, items);
    const rest = items.slice(known);
    const place = { parentId, expectedHead: head.seq };
    let isRetry = false;
    const onRetry = (): void => {
      isRetry = true;
    };
    try {
      if (rest.length > 0) await this.chat.appendAs('openai-responses', rest, place);
      else await this.chat.moveHead(parentId, { expectedHead: head.seq, onRetry });
      return true;
    } catch (error) {
      if (!isCode(error, 'conversation.head_moved')) throw error;
      // The try before may have moved it, and its answer was lost.
      return isRetry && ((await headOf(this.chat))?.id ?? null) === parentId;
    }
  }

  /** Finds the newest message up to which the conversation has nothing but the first of these items. */
  private async placeBefore(head: Message, items: object[]): Promise<Place> {
    const texts = items.map((item) => JSON.stringify(item));
    let isHead = true;
    for await (const { id } of this.chat.messages({ head: head.id })) {
      if (isHead) {
        isHead = false;
        continue;
      }
      const before = await itemsUpTo(this.chat, id);
      if (before.every((item, i) => JSON.stringify(item) === texts[i]))
        return { parentId: id, known: before.length };
    }
    return { parentId: null, known: 0 };
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

interface Place {
  /** Null before the first message. */
  parentId: string | null;
  /** Number of items up to there. */
  known: number;
}

const headOf = async (chat: Conversation): Promise<Message | undefined> =>
  (await chat.messages({ limit: 1 }).page()).data[0];

/** @param head id of a message; without it, all that the conversation shows */
const itemsUpTo = async (chat: Conversation, head?: string): Promise<object[]> =>
  toSdkItems(await chat.messagesAs<object>('openai-agents', { head }).toArray());
