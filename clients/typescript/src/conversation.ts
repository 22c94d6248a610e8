import { isCode } from './errors.js';
import type { List } from './list.js';
import type { QueryOf, Requests } from './request.js';
import { type CallOptions, randomKey } from './transport.js';
import { Turn } from './turn.js';
import type {
  AppendFields,
  AppendRequest,
  Context,
  ContextRequest,
  ConversationEvent,
  ConversationFields,
  ConversationInfo,
  ConversationUpdate,
  Dialect,
  Message,
  MessageHit,
  NewMessage,
  TurnInfo,
  TurnRequest,
} from './types.js';

const MESSAGES = 'GET /v1/conversations/{id}/messages';
type MessageQuery = Omit<QueryOf<typeof MESSAGES>, 'format'>;
type MessageFormat = NonNullable<QueryOf<typeof MESSAGES>['format']>;
interface MessagesAsOptions {
  head?: string | undefined;
  last?: number | undefined;
}
type StreamForm = { stream: 'threadkeep' | 'ai-sdk' };
/** States of a turn that has not ended. */
const OPEN_STATES = new Set<TurnInfo['state']>(['queued', 'running', 'waiting_for_tools']);

/**
 * A conversation, by its id or by a name of your own behind `key:`. One that is named by a key is
 * made by the first write, turn or context.
 */
export class Conversation {
  private readonly path: { id: string };
  private readonly query: { createIfMissing?: boolean };

  constructor(
    private readonly requests: Requests,
    readonly reference: string,
  ) {
    this.path = { id: reference };
    this.query = reference.startsWith('key:') ? { createIfMissing: true } : {};
  }

  /** Appends one message, or up to 1,000: all of them, or none. */
  append(
    messages: NewMessage | NewMessage[],
    fields: AppendFields = {},
    options: CallOptions = {},
  ): Promise<Message[]> {
    return this.write({ ...fields, messages: [messages].flat() }, options);
  }

  /** Appends messages in the shape of another product, which are given back as they came. */
  appendAs(
    format: Dialect,
    messages: readonly object[],
    fields: AppendFields = {},
    options: CallOptions = {},
  ): Promise<Message[]> {
    return this.write({ ...fields, format, messages: messages as NewMessage[] }, options);
  }

  /** Lists what the conversation shows, newest first; `order: 'asc'` oldest first. */
  messages(query: MessageQuery = {}, options: CallOptions = {}): List<Message> {
    return this.requests.list<Message>(MESSAGES, { ...options, path: this.path, query });
  }

  /**
   * Lists the messages in the shape of another product, oldest first: those up to `head`, the id of a
   * message, or what the conversation shows. With `last`, the first page has only the newest so many of them.
   */
  messagesAs<T = Record<string, unknown>>(
    format: MessageFormat,
    { head, last, ...options }: CallOptions & MessagesAsOptions = {},
  ): List<T> {
    const order = last === undefined ? 'asc' : 'desc';
    const query = { format, head, order, limit: last ?? 100 };
    return this.requests.list<T>(MESSAGES, { ...options, path: this.path, query });
  }

  /** Reads one message, by its id or by `key:` and its key. */
  message(messageId: string, options: CallOptions = {}): Promise<Message> {
    const path = { ...this.path, messageId };
    return this.requests.request('GET /v1/conversations/{id}/messages/{messageId}', {
      ...options,
      path,
    });
  }

  async search(q: string, options: CallOptions = {}): Promise<MessageHit[]> {
    const route = 'GET /v1/conversations/{id}/messages/search';
    return (await this.requests.request(route, { ...options, path: this.path, query: { q } })).data;
  }

  /**
   * Builds the messages for the next model call, within `budgetTokens`, in the format of a provider.
   * @typeParam M your provider's type of a message
   */
  async context<M = Record<string, unknown>>(
    request: ContextRequest = {},
    options: CallOptions = {},
  ): Promise<Omit<Context, 'messages'> & { messages: M[] }> {
    const { path, query } = this;
    const call = { ...options, path, query, body: request };
    const context = await this.requests.request('POST /v1/conversations/{id}/context', call);
    return { ...context, messages: context.messages as M[] };
  }

  /** Lets a model answer. @param request what the user says, or a whole request */
  async turn(request: string | TurnRequest, options: CallOptions = {}): Promise<Turn> {
    const body =
      typeof request === 'string'
        ? { messages: [{ role: 'user', content: request } as const] }
        : request;
    const { path, query } = this;
    const call = { ...options, path, query, body };
    const info = await this.requests.request('POST /v1/conversations/{id}/turns', call);
    return new Turn(this.requests, info, options);
  }

  /** Finds the turn that holds the conversation, to watch it or to stop it; null when there is none. */
  async running(options: CallOptions = {}): Promise<Turn | null> {
    const newest = await this.turns(options).catch((error: unknown) => {
      if (this.isMissing(error)) return [];
      throw error;
    });
    const info = newest.findLast(({ state }) => OPEN_STATES.has(state));
    return info ? new Turn(this.requests, info, options) : null;
  }

  /** The newest turns, newest first. */
  async turns(options: CallOptions = {}): Promise<TurnInfo[]> {
    const route = 'GET /v1/conversations/{id}/turns';
    return (await this.requests.request(route, { ...options, path: this.path })).data;
  }

  /**
   * Watches the conversation: messages, turns and the head, as they change. It goes on by itself
   * after a cut connection, and never ends: leave the loop, or abort the signal.
   */
  async *events(
    query: { afterSeq?: number } = {},
    options: CallOptions = {},
  ): AsyncGenerator<ConversationEvent> {
    const route = 'GET /v1/conversations/{id}/events';
    const events = this.requests.events(route, { ...options, path: this.path, query });
    for await (const { event, data } of events)
      yield { event, data: JSON.parse(data) as unknown } as ConversationEvent;
  }

  get(options: CallOptions = {}): Promise<ConversationInfo> {
    return this.requests.request('GET /v1/conversations/{id}', { ...options, path: this.path });
  }

  /** Gets the conversation, or makes it with these fields. */
  ensure(fields: ConversationFields = {}, options: CallOptions = {}): Promise<ConversationInfo> {
    const call = { ...options, path: this.path, body: fields };
    return this.requests.request('PUT /v1/conversations/{id}', call);
  }

  update(fields: ConversationUpdate, options: CallOptions = {}): Promise<ConversationInfo> {
    const call = { ...options, path: this.path, body: fields };
    return this.requests.request('PATCH /v1/conversations/{id}', call);
  }

  /**
   * Shows the branch that ends with this message; null shows no message. Nothing is lost.
   * @param expectedHead `seq` of the message that the conversation has to end with
   */
  moveHead(
    messageId: string | null,
    { expectedHead = null, ...options }: CallOptions & { expectedHead?: number | null } = {},
  ): Promise<ConversationInfo> {
    // With a key, a retry is not refused because the first try has moved the head.
    const idempotencyKey = options.idempotencyKey ?? randomKey();
    const body = { messageId, expectedHead };
    const call = { ...options, idempotencyKey, path: this.path, body };
    return this.requests.request('PUT /v1/conversations/{id}/head', call);
  }

  /** Puts the conversation into the bin; with `purge: true` nothing of it is left. */
  async delete(query: { purge?: boolean } = {}, options: CallOptions = {}): Promise<void> {
    const call = { ...options, path: this.path, query };
    await this.requests.request('DELETE /v1/conversations/{id}', call);
  }

  /** Begins a turn, and gives its stream as the service sends it: `stream` says in which form. */
  openTurn(body: object, query: StreamForm, options: CallOptions = {}): Promise<Response> {
    const call = { ...options, path: this.path, query: { ...this.query, ...query }, body };
    return this.requests.open('POST /v1/conversations/{id}/turns', call);
  }

  /** Gives the stream of the running turn, from its start. The status is 204 when none runs. */
  openRunning(query: StreamForm, options: CallOptions = {}): Promise<Response> {
    const call = { ...options, path: this.path, query };
    return this.requests.open('GET /v1/conversations/{id}/turns/running/events', call);
  }

  /** Tells whether the error says that a conversation that is named by a key is not made yet. */
  isMissing(error: unknown): boolean {
    return this.query.createIfMissing === true && isCode(error, 'conversation.not_found');
  }

  private async write(body: AppendRequest, options: CallOptions): Promise<Message[]> {
    const { path, query } = this;
    const route = 'POST /v1/conversations/{id}/messages';
    return (await this.requests.request(route, { ...options, path, query, body })).data;
  }
}
