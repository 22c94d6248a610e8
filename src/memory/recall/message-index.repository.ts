// What the index of a user's messages is made from. Messages are immutable and numbered, so what is new is behind a number.
import { Injectable } from '@nestjs/common';
import type { MessageContent, MessageRole } from '../../conversations/index.js';
import { RequestContexts } from '../../platform/context/index.js';
import { anonymous, ScopedDatabase, statement } from '../../platform/database/index.js';
import { type MemoryFilter, messageConditionsOf } from './memory-filter.js';

export interface Log {
  id: string;
  lastSeq: number;
  /** Of two conversations that had this id one after the other, says which. */
  createdAt: string;
}

export interface IndexedMessage {
  id: string;
  seq: number;
  role: MessageRole;
  content: string;
  contentIsJson: boolean;
  speaker: string | null;
  createdAt: string;
}

export interface FoundMessage extends Omit<IndexedMessage, 'speaker'> {
  conversationId: string;
  metadata: Record<string, unknown> | null;
  tokenCount: number;
}

const LOGS = statement<Log>(
  'message_index.logs',
  `select id, last_seq as "lastSeq", created_at as "createdAt" from threadkeep.conversation where user_id = $1 and deleted_at is null and last_seq > 0 order by id`,
);

const AFTER = statement<IndexedMessage>(
  'message_index.after',
  `select m.id, m.seq, m.role, m.content, m.content_is_json as "contentIsJson", coalesce(m.metadata ->> 'speaker', m.metadata ->> 'name') as speaker, m.created_at as "createdAt"
     from threadkeep.message m where m.user_id = $1 and m.conversation_id = $2 and m.seq > $3 order by m.seq limit $4`,
  { slow: true },
);

@Injectable()
export class MessageIndexRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
  ) {}

  /** The conversations that are not deleted, and how far they go. */
  logs(): Promise<Log[]> {
    return this.database.read(LOGS, () => [this.userId]);
  }

  after(conversationId: string, seq: number, limit: number): Promise<IndexedMessage[]> {
    return this.database.read(AFTER, () => [this.userId, conversationId, seq, limit]);
  }

  /** Those of the ids that are there and may be shown, in no order. */
  find(ids: string[], filter: MemoryFilter | null, moment: string | null): Promise<FoundMessage[]> {
    const values: unknown[] = [];
    const parameter = (value: unknown, type: string) => `$${values.push(value) + 2}::${type}`;
    const conditions = [...messageConditionsOf(filter, 'm', parameter), ...(moment === null ? [] : [`m.created_at <= ${parameter(moment, 'timestamptz')}`])];
    const text = `
      select m.conversation_id as "conversationId", m.id, m.seq, m.role, m.content, m.content_is_json as "contentIsJson", m.metadata,
             m.token_count as "tokenCount", m.created_at as "createdAt"
        from threadkeep.message m
        join threadkeep.conversation c on c.user_id = $1 and c.id = m.conversation_id and c.deleted_at is null
       where m.user_id = $1 and ${['m.id = any($2::uuid[])', ...conditions].join(' and ')}`;
    return this.database.read(anonymous<FoundMessage>(text), () => [this.userId, ids, ...values]);
  }

  private get userId(): string {
    return this.contexts.userScope().userId;
  }
}

export const contentOf = ({ content, contentIsJson }: Pick<IndexedMessage, 'content' | 'contentIsJson'>): MessageContent =>
  contentIsJson ? (JSON.parse(content) as MessageContent) : content;
