// The chat history of a chain of LangChain.
import { base64Of } from './base64.js';
import type { Conversation } from './conversation.js';

/** Messages that one append takes. */
const MAX_MESSAGES = 1_000;

/** What is used of a `BaseMessage`. */
export interface ChatHistoryMessage {
  content: unknown;
  /** What a tool keeps beside its answer. */
  artifact?: unknown;
  toDict(): { type: string; data: object };
}

/**
 * A `BaseListChatMessageHistory` of `@langchain/core` on a conversation:
 * `new ThreadkeepMessageHistory(chat, mapStoredMessagesToChatMessages)`. What is cleared stays on a
 * branch, so nothing is lost.
 * @typeParam Stored your version's `StoredMessage`
 * @typeParam Message your version's `BaseMessage`
 */
export class ThreadkeepMessageHistory<Stored, Message extends ChatHistoryMessage> {
  readonly lc_namespace = ['threadkeep', 'client'];
  readonly lc_serializable = false;
  readonly lc_kwargs = {};
  readonly lc_id = [...this.lc_namespace, 'ThreadkeepMessageHistory'];
  readonly lc_secrets = undefined;
  readonly lc_attributes = undefined;
  readonly lc_aliases = undefined;
  readonly lc_serializable_keys = undefined;

  /** @param restore `mapStoredMessagesToChatMessages` of `@langchain/core/messages` */
  constructor(
    private readonly chat: Conversation,
    private readonly restore: (stored: Stored[]) => Message[],
  ) {}

  /** Gives the messages that the conversation shows, oldest first. A new one has none. */
  async getMessages(): Promise<Message[]> {
    try {
      return this.restore(await this.chat.messagesAs<Stored>('langchain').toArray());
    } catch (error) {
      if (this.chat.isMissing(error)) return [];
      throw error;
    }
  }

  addMessage(message: Message): Promise<void> {
    return this.addMessages([message]);
  }

  /** Appends the messages: all of them or none, up to 1,000. */
  addMessages(messages: Message[]): Promise<void> {
    return this.append(messages.map(storedOf));
  }

  addUserMessage(message: string): Promise<void> {
    return this.append([storedText('human', message)]);
  }

  addAIMessage(message: string): Promise<void> {
    return this.append([storedText('ai', message)]);
  }

  /** Shows no message from now on. Those that were there stay on their branch. */
  async clear(): Promise<void> {
    try {
      await this.chat.moveHead(null);
    } catch (error) {
      if (!this.chat.isMissing(error)) throw error;
    }
  }

  toJSON(): { lc: number; type: 'not_implemented'; id: string[] } {
    return { lc: 1, type: 'not_implemented', id: this.lc_id };
  }

  toJSONNotImplemented(): { lc: number; type: 'not_implemented'; id: string[] } {
    return this.toJSON();
  }

  private async append(stored: object[]): Promise<void> {
    for (let sent = 0; sent < stored.length; sent += MAX_MESSAGES)
      await this.chat.appendAs('langchain', stored.slice(sent, sent + MAX_MESSAGES));
  }
}

const storedText = (type: 'human' | 'ai', content: string): object => ({
  type,
  data: { content, additional_kwargs: {}, response_metadata: {} },
});

/** `toDict` leaves out content that was given as `contentBlocks`, and takes bytes apart. */
function storedOf(message: ChatHistoryMessage): object {
  const { content, artifact } = message;
  const { type, data } = message.toDict();
  const kept = { ...data, content: withTextualBytes(content), content_blocks: undefined };
  return {
    type,
    data: artifact === undefined ? kept : { ...kept, artifact: withTextualBytes(artifact) },
  };
}

/** Writes bytes as base64, which in standard content is the same to LangChain. */
function withTextualBytes(value: unknown): unknown {
  const json: string | undefined = JSON.stringify(value, textual);
  return json === undefined ? undefined : JSON.parse(json);
}

function textual(this: Record<string, unknown>, name: string, value: unknown): unknown {
  const own = this[name];
  return own instanceof Uint8Array ? base64Of(own) : value;
}
