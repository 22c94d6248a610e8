import { Conversation } from './conversation.js';
import type { List } from './list.js';
import { Memories, MemoryBlocks } from './memories.js';
import { type QueryOf, Requests } from './request.js';
import type { CallOptions } from './transport.js';
import type {
  AgentConfig,
  ConversationFields,
  ConversationInfo,
  EffectiveConfig,
  ListedAgentConfig,
  MessageHit,
  OwnUserUpdate,
  UserInfo,
} from './types.js';

/** All that belongs to one user. `request` calls the routes that have no method here. */
export class User extends Requests {
  readonly memories = new Memories(this);
  readonly blocks = new MemoryBlocks(this);
  readonly agentConfigs = new AgentConfigs(this);

  /** @param reference an id, or `key:` and a name of your own */
  conversation(reference: string): Conversation {
    return new Conversation(this, reference);
  }

  conversations(
    query: QueryOf<'GET /v1/conversations'> = {},
    options: CallOptions = {},
  ): List<ConversationInfo> {
    return this.list('GET /v1/conversations', { ...options, query });
  }

  /** Begins a conversation without a name of your own. */
  async createConversation(
    fields: ConversationFields = {},
    options: CallOptions = {},
  ): Promise<Conversation> {
    const route = 'POST /v1/conversations';
    return this.conversation((await this.request(route, { ...options, body: fields })).id);
  }

  /** Searches the messages of all conversations. */
  async searchMessages(q: string, options: CallOptions = {}): Promise<MessageHit[]> {
    return (await this.request('GET /v1/messages/search', { ...options, query: { q } })).data;
  }

  get(options: CallOptions = {}): Promise<UserInfo> {
    return this.request('GET /v1/users/me', options);
  }

  update(fields: OwnUserUpdate, options: CallOptions = {}): Promise<UserInfo> {
    return this.request('PATCH /v1/users/me', { ...options, body: fields });
  }

  /** Erases the user, with everything that belongs to them. */
  async erase(options: CallOptions = {}): Promise<void> {
    await this.request('DELETE /v1/users/me', options);
  }
}

/** What the agents of a user are made of. */
export class AgentConfigs {
  constructor(private readonly requests: Requests) {}

  list(
    query: QueryOf<'GET /v1/agent-configs'> = {},
    options: CallOptions = {},
  ): List<ListedAgentConfig> {
    return this.requests.list('GET /v1/agent-configs', { ...options, query });
  }

  /** Reads a version; without one the newest. */
  get(
    id: string,
    query: { version?: number } = {},
    options: CallOptions = {},
  ): Promise<AgentConfig> {
    const call = { ...options, path: { id }, query };
    return this.requests.request('GET /v1/agent-configs/{id}', call);
  }

  /** Reads what the agent is run with for this user: the version of an alias, with the overrides. */
  effective(
    id: string,
    query: { version?: number; alias?: string } = {},
    options: CallOptions = {},
  ): Promise<EffectiveConfig> {
    const call = { ...options, path: { id }, query };
    return this.requests.request('GET /v1/agent-configs/{id}/effective', call);
  }
}
