import { Injectable } from '@nestjs/common';
import { IsNull, Not } from 'typeorm';
import { RequestContexts } from '../platform/context/index.js';
import { OwnedRepository, ScopedDatabase, statement } from '../platform/database/index.js';
import { Conversation } from './conversation.entity.js';
import type { ConversationState } from './dto/conversation.dto.js';

export interface ConversationFilter {
  status?: 'active' | 'archived' | 'deleted' | undefined;
  tag?: string | undefined;
}

export type ConversationChanges = Partial<Pick<Conversation, 'title' | 'status' | 'tags' | 'metadata' | 'deletedAt'>>;

export interface ConversationPosition {
  updatedAt: string;
  id: string;
}

type ConversationRow = ConversationState & { updatedAt: string };

/**
 * The list, newest activity first: one statement for the living, in the order of the index conversation__activity, and one
 * for the deleted. A filter that is not given is NULL; the position of a first page lies after every row.
 */
const list = (name: string, which: string) =>
  statement<ConversationRow>(
    name,
    `select id, title, status, tags, metadata, last_seq as "lastSeq", version, forked_from_id as "forkedFromId",
            forked_from_seq as "forkedFromSeq", created_at as "createdAt", updated_at as "updatedAt", deleted_at as "deletedAt"
       from threadkeep.conversation
      where user_id = $1 and ${which} and (updated_at, id) < ($2::timestamptz, $3::uuid)
        and ($4::text is null or status = $4) and ($5::text is null or $5 = any (tags))
      order by updated_at desc, id desc limit $6`,
  );
const LIST = list('conversation.list', 'deleted_at is null');
const LIST_DELETED = list('conversation.list_deleted', 'deleted_at is not null');

const BEFORE_ALL: ConversationPosition = { updatedAt: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

const CREATE_IF_MISSING = statement(
  'conversation.create_if_missing',
  `insert into threadkeep.conversation (user_id, id) values ($1, $2) on conflict (user_id, id) do nothing`,
);

@Injectable()
export class ConversationsRepository extends OwnedRepository<Conversation> {
  constructor(database: ScopedDatabase, contexts: RequestContexts) {
    super(database, contexts, Conversation);
  }

  findLiving(id: string): Promise<Conversation | null> {
    return this.find(id, { deletedAt: IsNull() });
  }

  findByImportKey(importKey: string): Promise<Conversation | null> {
    const where = () => ({ userId: this.userId, importKey });
    return this.database.transaction(() => this.database.manager.findOneBy(Conversation, where()), { readOnly: true });
  }

  /** `limit + 1` rows. */
  list({ status, tag }: ConversationFilter, after: ConversationPosition | null, limit: number): Promise<ConversationRow[]> {
    const { updatedAt, id } = after ?? BEFORE_ALL;
    const query = status === 'deleted' ? LIST_DELETED : LIST;
    const wanted = status === 'deleted' ? null : (status ?? null);
    return this.database.read(query, () => [this.userId, updatedAt, id, wanted, tag ?? null, limit + 1]);
  }

  async createIfMissing(id: string): Promise<void> {
    await this.database.write(CREATE_IF_MISSING, () => [this.userId, id]);
  }

  /** @returns false when there is no living conversation with this id, or not with this version. */
  updateLiving(id: string, changes: ConversationChanges, version?: number): Promise<boolean> {
    return this.update(id, changes, { version, where: { deletedAt: IsNull() } });
  }

  /** As `updateLiving`. */
  softRemove(id: string, version?: number): Promise<boolean> {
    return this.updateLiving(id, { deletedAt: new Date() }, version);
  }

  restore(id: string): Promise<boolean> {
    return this.update(id, { deletedAt: null }, { where: { deletedAt: Not(IsNull()) } });
  }
}
