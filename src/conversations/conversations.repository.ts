import { Injectable } from '@nestjs/common';
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
import { ConversationErrors } from './conversations.errors.js';
import type { ConversationDto, ConversationState } from './dto/conversation.dto.js';

const CREATE_IF_MISSING = ownedStatement(
  'conversation.create_if_missing',
  `insert into threadkeep.conversation (user_id, id) values ($1, $2) on conflict (user_id, id)
    do nothing`,
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

  /** An export names a conversation without a key by its id. Deleted ones are found, too. */
  async findByImportKey(importKey: string): Promise<Conversation | null> {
    const known = await this.findWhere({ importKey });
    return known ?? (isUuid(importKey) ? this.findWhere({ id: importKey }) : null);
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
