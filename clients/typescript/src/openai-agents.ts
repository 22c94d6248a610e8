// The memory of a run of the OpenAI Agents SDK.
import type { Conversation } from './conversation.js';
import { toSdkItems } from './openai-agents-items.js';

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
    try {
      const given = await this.chat.messagesAs<object>('openai-responses').toArray();
      const items = toSdkItems(given) as Item[];
      return limit === undefined ? items : items.slice(Math.max(items.length - limit, 0));
    } catch (error) {
      if (this.chat.isMissing(error)) return [];
      throw error;
    }
  }

  async addItems(items: Item[]): Promise<void> {
    if (items.length > 0) await this.chat.appendAs('openai-responses', items);
  }

  /** Takes the newest item back. */
  async popItem(): Promise<Item | undefined> {
    const item = (await this.getItems(1))[0];
    if (item === undefined) return undefined;
    const { data } = await this.chat.messages({ limit: 2 }).page();
    await this.chat.moveHead(data[1]?.id ?? null);
    return item;
  }

  async clearSession(): Promise<void> {
    await this.chat.ensure();
    await this.chat.moveHead(null);
  }
}
