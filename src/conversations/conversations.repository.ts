import { Injectable } from '@nestjs/common';
import type { DeepPartial, FindOptionsWhere } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { ownedStatement } from '../platform/database/index.js';
import { isUuid } from '../platform/input/index.js';
import {
  type Changes,
  etagOf,
  OwnedRepository,
  RepositoryTools,
} from '../platform/repository/index.js';
import { ChangeFeed } from '../platform/streams/index.js';
import { Conversation, type TitleSource } from './conversation.entity.js';
import { conversationList } from './conversation.list.js';
import type { ConversationReference } from './keys/conversation-reference.js';
import { ConversationErrors } from './conversations.errors.js';
import { SealedTitles } from './sealing/sealed-titles.js';
import type { ConversationDto, ConversationState } from './dto/conversation.dto.js';

/** In the order of ids, so that two such statements never wait for each other. */
const CREATE_IF_MISSING = ownedStatement(
  'conversation.create_if_missing',
  `insert into threadkeep.conversation (user_id, id)
   select $1, n.id from unnest($2::uuid[]) n (id) order by n.id
   on conflict (user_id, id) do nothing`,
);
/** The update changes no value. It waits for a racing insert, and returns the row of that one. */
const CREATE_IF_KEY_MISSING = ownedStatement<KeyedId>(
  'conversation.create_if_key_missing',
  `insert into threadkeep.conversation (user_id, id, key, named_by_application)
   select $1, n.id, n.key, true from unnest($2::uuid[], $3::text[]) n (id, key) order by n.key
   on conflict (user_id, key) where key is not null do update set key = excluded.key
   returning id, key`,
);
const ID_BY_KEY = ownedStatement<{ id: string }>(
  'conversation.id_by_key',
  `select id from threadkeep.conversation where user_id = $1 and key = $2`,
);
const FIND_NAMED = ownedStatement<{ id: string; key: string | null }>(
  'conversation.find_named',
  `select id, key from threadkeep.conversation where user_id = $1 and id = any($2::uuid[])
   union all
   select id, key from threadkeep.conversation where user_id = $1 and key = any($3::text[])`,
);
const agentConfigWhere = (condition: string) =>
  `select id, coalesce(agent_config_id, shared_agent_config_id) as "configId",
     agent_config_version as version, agent_config_alias as alias
     from threadkeep.conversation where user_id = $1 and ${condition} and deleted_at is null`;
/** One of the names is null. Each is looked up in an index of its own, whatever the plan. */
const AGENT_CONFIG = ownedStatement<ConversationConfig>(
  'conversation.agent_config',
  `${agentConfigWhere('id = $2')} union all ${agentConfigWhere('key = $3')}`,
);

/** Gives a title to a conversation that has none, and from which nothing was erased meanwhile. */
const GIVE_TITLE = ownedStatement<{ id: string }>(
  'conversation.give_title',
  `update threadkeep.conversation
      set title = $3, title_source = $4::jsonb, version = version + 1, updated_at = now()
    where user_id = $1 and id = $2 and deleted_at is null and title is null and erasures = $5
   returning id`,
);

/** A conversation, and the agent configuration that it names. */
export interface ConversationConfig {
  id: string;
  /** Id of an agent configuration of the user or of the service; null without one. */
  configId: string | null;
  version: number | null;
  alias: string | null;
}

interface KeyedId {
  id: string;
  key: string;
}

/** Conversations by their ids, in lower case, and by their keys; each one once. */
export interface NamedConversations {
  ids: string[];
  keys: string[];
}

@Injectable()
export class ConversationsRepository extends OwnedRepository<
  Conversation,
  ConversationState,
  ConversationDto
> {
  constructor(
    tools: RepositoryTools,
    private readonly feed: ChangeFeed,
    private readonly titles: SealedTitles,
  ) {
    super(tools, {
      entity: Conversation,
      list: conversationList,
      notFound: ConversationErrors.notFound,
      quota: 'conversations',
    });
  }

  protected override async findWhere(
    where: FindOptionsWhere<Conversation>,
  ): Promise<Conversation | null> {
    const row = await super.findWhere(where);
    return row && (await this.titles.open([row]))[0]!;
  }

  protected override async stored<V extends DeepPartial<Conversation>>(fields: V): Promise<V> {
    const { title } = fields;
    if (typeof title !== 'string') return fields;
    return { ...fields, title: (await this.titles.stored([title]))[0]! };
  }

  /** Also ends the streams of the conversations. */
  protected override async removeThese(
    ids: string[],
    purge: boolean,
    version?: number,
  ): Promise<number> {
    const removed = await super.removeThese(ids, purge, version);
    for (const id of ids) this.feed.changed(id);
    return removed;
  }

  /** Finds a deleted one, too. An export names a conversation without a key by its id. */
  async findByImportKey(importKey: string): Promise<Conversation | null> {
    const known = await this.findWhere({ key: importKey });
    return known ?? (isUuid(importKey) ? this.findWhere({ id: importKey }) : null);
  }

  /** Finds a deleted one, too. */
  findNamed(reference: ConversationReference): Promise<Conversation | null> {
    return this.findWhere(typeof reference === 'string' ? { id: reference } : reference);
  }

  /** Finds a deleted one, too. */
  async findIdByKey(key: string): Promise<string | null> {
    return (await this.tools.database.read(ID_BY_KEY, [key]))[0]?.id ?? null;
  }

  /** Returns null for a conversation that does not exist or is deleted. */
  async findConfig(reference: ConversationReference): Promise<ConversationConfig | null> {
    const names = typeof reference === 'string' ? [reference, null] : [null, reference.key];
    return (await this.tools.database.read(AGENT_CONFIG, names))[0] ?? null;
  }

  /** Finds those that exist. Deleted ones do. */
  async findExisting({ ids, keys }: NamedConversations) {
    const rows = await this.tools.database.read(FIND_NAMED, [ids, keys]);
    return { ids: new Set(rows.map(({ id }) => id)), idByKey: idsByKey(rows) };
  }

  /**
   * Creates those that do not exist. Call it in a transaction.
   * @returns the ids of the keys, also of deleted conversations
   */
  async createMissing({ ids, keys }: NamedConversations): Promise<Map<string, string>> {
    const { database } = this.tools;
    if (ids.length > 0) await database.write(CREATE_IF_MISSING, [ids]);
    if (keys.length === 0) return new Map();
    return idsByKey(await database.write(CREATE_IF_KEY_MISSING, [keys.map(() => uuidv7()), keys]));
  }

  /**
   * A change of the agent configuration changes the context, so it also counts up
   * `context_version`.
   */
  override update(
    id: string,
    changes: Changes<Conversation>,
    version?: number,
  ): Promise<Conversation> {
    if (changes.agentConfigId === undefined) return super.update(id, changes, version);
    return super.update(
      id,
      {
        ...changes,
        contextVersion: () => 'context_version + 1',
      } as unknown as Changes<Conversation>,
      version,
    );
  }

  /**
   * Gives a title to a conversation that has none.
   * @param erasures of the conversation when the title was made
   * @returns false when the conversation has a title or is gone, or a message was erased meanwhile
   */
  async giveTitle(
    id: string,
    title: string,
    source: TitleSource,
    erasures: number,
  ): Promise<boolean> {
    const [stored] = await this.titles.stored([title]);
    const values = [id, stored, JSON.stringify(source), erasures];
    return (await this.tools.database.write(GIVE_TITLE, values)).length > 0;
  }

  /** A new message or head changes the ETag but not `version`, and `If-Match` compares only the version. */
  override etag({
    version,
    lastSeq,
    headSeq,
  }: Pick<Conversation, 'version' | 'lastSeq' | 'headSeq'>): string {
    return headSeq === null ? etagOf(version, lastSeq) : etagOf(version, lastSeq, headSeq);
  }
}

const idsByKey = (rows: readonly { id: string; key: string | null }[]): Map<string, string> =>
  new Map(rows.flatMap(({ id, key }) => (key === null ? [] : [[key, id] as const])));
