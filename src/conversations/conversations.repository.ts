import { Injectable } from '@nestjs/common';
import { IsNull, Not } from 'typeorm';
import { RequestContexts } from '../platform/context/index.js';
import { OwnedRepository, ScopedDatabase, type Statement, statement } from '../platform/database/index.js';
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

/** A condition of the list that is there only when its value is, so that a plan is never made for what may be absent. */
interface Condition {
  name: string;
  text: (parameter: () => string) => string;
  values: unknown[];
}

/** Newest activity first, in the order of the index conversation__activity; each combination of conditions is its own statement. */
function listStatement(which: 'living' | 'deleted', conditions: Condition[]): Statement<ConversationRow> {
  let parameters = 1;
  const next = () => `$${++parameters}`;
  const filters = conditions.map(({ text }) => ` and ${text(next)}`).join('');
  return statement<ConversationRow>(
    ['conversation.list', which, ...conditions.map(({ name }) => name)].join('_'),
    `select id, title, status, tags, metadata, last_seq as "lastSeq", version, forked_from_id as "forkedFromId",
            forked_from_seq as "forkedFromSeq", created_at as "createdAt", updated_at as "updatedAt", deleted_at as "deletedAt"
       from threadkeep.conversation
      where user_id = $1 and deleted_at is ${which === 'living' ? '' : 'not '}null${filters}
      order by updated_at desc, id desc limit ${next()}`,
  );
}

function conditionsOf({ status, tag }: ConversationFilter, after: ConversationPosition | null): Condition[] {
  const conditions: Condition[] = [];
  if (after) conditions.push({ name: 'after', text: (next) => `(updated_at, id) < (${next()}::timestamptz, ${next()}::uuid)`, values: [after.updatedAt, after.id] });
  if (status && status !== 'deleted') conditions.push({ name: 'status', text: (next) => `status = ${next()}`, values: [status] });
  if (tag !== undefined) conditions.push({ name: 'tag', text: (next) => `${next()} = any (tags)`, values: [tag] });
  return conditions;
}

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
  list(filter: ConversationFilter, after: ConversationPosition | null, limit: number): Promise<ConversationRow[]> {
    const conditions = conditionsOf(filter, after);
    const query = listStatement(filter.status === 'deleted' ? 'deleted' : 'living', conditions);
    return this.database.read(query, () => [this.userId, ...conditions.flatMap(({ values }) => values), limit + 1]);
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
