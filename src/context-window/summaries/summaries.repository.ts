// Summaries change contexts, so each write also increments the conversation's context_version.
import { Injectable } from '@nestjs/common';
import { inConversation } from '../../conversations/index.js';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import { type ListQuery, Lists, type Page } from '../../platform/list/index.js';
import type { SummaryDto, SummaryState } from '../dto/summary.dto.js';
import { summaryList } from './summary.list.js';

export type NewSummary = Omit<SummaryState, 'createdAt'>;

/** SQL for the last compacted message, up to a gap that a removed compaction left. */
const COMPACTED_TO = `
  coalesce((select max(to_seq) from (
    select to_seq, bool_and(from_seq <= coalesce(reached, 0) + 1) over (order by from_seq, to_seq, id) as follows from (
      select id, from_seq, to_seq,
        max(to_seq) over (order by from_seq, to_seq, id rows between unbounded preceding and 1 preceding) as reached
        from threadkeep.summary where user_id = $1 and conversation_id = $3 and compact) compaction) known
    where follows), 0)`;

/**
 * Inserts nothing for a range that does not exist, and for a compaction that would leave messages
 * neither sent nor summarised.
 */
const CREATE = ownedStatement<SummaryState>(
  'summary.create',
  `with conversation as (
     update threadkeep.conversation set context_version = context_version + 1
      where user_id = $1 and id = $3 and deleted_at is null and last_seq >= $5
        and (not $8 or $4 <= ${COMPACTED_TO} + 1)
     returning id)
   insert into threadkeep.summary (user_id, id, conversation_id, from_seq, to_seq, content, token_count, compact)
   select $1, $2, id, $4, $5, $6, $7, $8 from conversation
   returning id, conversation_id as "conversationId", from_seq as "fromSeq", to_seq as "toSeq",
     content, token_count as "tokenCount", compact,
             created_at as "createdAt"`,
);

const REMOVE = ownedStatement<{ id: string }>(
  'summary.remove',
  `with removed as (
     delete from threadkeep.summary s using threadkeep.conversation c
      where s.user_id = $1 and s.conversation_id = $2 and s.id = $3 and c.user_id = $1 and c.id = $2
        and c.deleted_at is null
     returning s.conversation_id)
   update threadkeep.conversation c set context_version = context_version + 1 from removed
     where c.user_id = $1 and c.id = removed.conversation_id
   returning c.id`,
);

@Injectable()
export class SummariesRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly lists: Lists,
  ) {}

  /**
   * Returns null when the conversation or its range does not exist, or the compaction would leave a
   * gap.
   */
  async create({
    id,
    conversationId,
    fromSeq,
    toSeq,
    content,
    tokenCount,
    compact,
  }: NewSummary): Promise<SummaryState | null> {
    const [row] = await this.database.write(CREATE, [
      id,
      conversationId,
      fromSeq,
      toSeq,
      content,
      tokenCount,
      compact,
    ]);
    return row ?? null;
  }

  list(conversationId: string, query: ListQuery): Promise<Page<SummaryDto>> {
    return this.lists.page(summaryList, query, [inConversation(conversationId)]);
  }

  /** Returns false when there is no such summary. */
  async remove(conversationId: string, id: string): Promise<boolean> {
    return (await this.database.write(REMOVE, [conversationId, id])).length > 0;
  }
}
