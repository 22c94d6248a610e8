import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ownedStatement } from '../platform/database/index.js';
import { isUuid } from '../platform/input/index.js';
import {
  type Changes,
  etagOf,
  OwnedRepository,
  RepositoryTools,
} from '../platform/repository/index.js';
import { Conversation } from './conversation.entity.js';
import { conversationList } from './conversation.list.js';
import type { ConversationReference } from './keys/conversation-reference.js';
import { ConversationErrors } from './conversations.errors.js';
import type { ConversationDto, ConversationState } from './dto/conversation.dto.js';

const CREATE_IF_MISSING = ownedStatement(
  'conversation.create_if_missing',
  `insert into threadkeep.conversation (user_id, id) values ($1, $2) on conflict (user_id, id)
    do nothing`,
);
/** The update changes no value. It waits for a racing insert, and returns the row of that one. */
const CREATE_IF_KEY_MISSING = ownedStatement<{ id: string }>(
  'conversation.create_if_key_missing',
  `insert into threadkeep.conversation (user_id, id, key, named_by_application)
   values ($1, $2, $3, true)
   on conflict (user_id, key) where key is not null do update set key = excluded.key
   returning id`,
);
const ID_BY_KEY = ownedStatement<{ id: string }>(
  'conversation.id_by_key',
  `select id from threadkeep.conversation where user_id = $1 and key = $2`,
);

@Injectable()
export class ConversationsRepository extends OwnedRepository<
  Conversation,
  ConversationState,
  ConversationDto
> {
  constructor(tools: RepositoryTools) {
    super(tools, {
      entity: Conversation,
      list: conversationList,
      notFound: ConversationErrors.notFound,
      quota: 'conversations',
    });
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

  /** Returns the id of the conversation that has the key, which may be deleted. */
  async createIfKeyMissing(key: string): Promise<string> {
    return (await this.tools.database.write(CREATE_IF_KEY_MISSING, [uuidv7(), key]))[0]!.id;
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

  async createIfMissing(id: string): Promise<void> {
    await this.tools.database.write(CREATE_IF_MISSING, [id]);
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
