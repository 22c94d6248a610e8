// Summaries change contexts, so each write also increments the conversation's context_version.
import { Injectable } from '@nestjs/common';
import { inConversation, type MessagePath } from '../../conversations/index.js';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import { type ListQuery, Lists, type Page } from '../../platform/list/index.js';
import type { SummaryDto, SummaryState } from '../dto/summary.dto.js';
import { SealedWindow } from '../sealed-window.js';
import { summaryList } from './summary.list.js';

type SeqRange = Pick<SummaryState, 'fromSeq' | 'toSeq'>;
export type NewSummary = Omit<SummaryState, 'createdAt' | 'stale'> & {
  /** Of the conversation when its messages were read; null when it does not matter. */
  erasures: number | null;
};

/** SQL for the last compacted message, up to a gap that a removed compaction left. */
const COMPACTED_TO = `
  coalesce((select max(to_seq) from (
    select to_seq, bool_and(from_seq <= coalesce(reached, 0) + 1) over (order by from_seq, to_seq, id) as follows from (
      select id, from_seq, to_seq,
        max(to_seq) over (order by from_seq, to_seq, id rows between unbounded preceding and 1 preceding) as reached
        from threadkeep.summary where user_id = $1 and conversation_id = $3 and compact) compaction) known
    where follows), 0)`;

const createSql = (condition: string) =>
  `with conversation as (
     update threadkeep.conversation set context_version = context_version + 1
      where user_id = $1 and id = $3 and deleted_at is null and last_seq >= $5
        and ($10::integer is null or erasures = $10) and ${condition}
     returning id)
   insert into threadkeep.summary (user_id, id, conversation_id, from_seq, to_seq, content, token_count, compact, source)
   select $1, $2, id, $4, $5, $6, $7, $8, $9::jsonb from conversation
   returning id, conversation_id as "conversationId", from_seq as "fromSeq", to_seq as "toSeq",
     content, token_count as "tokenCount", compact, stale, source,
     created_at as "createdAt"`;

/**
 * Inserts nothing for a range that does not exist, for a compaction that would leave messages
 * neither sent nor summarised, and into a conversation with branches.
 */
const CREATE = ownedStatement<SummaryState>(
  'summary.create',
  createSql(`head_seq is null and (not $8 or $4 <= ${COMPACTED_TO} + 1)`),
);
const CREATE_ON_PATH = ownedStatement<SummaryState>(
  'summary.create_on_path',
  createSql('head_seq is not null'),
);

/** Locks the conversation, so that no compaction is removed meanwhile. */
const COMPACTIONS = ownedStatement<SeqRange>(
  'summary.compactions',
  `select s.from_seq as "fromSeq", s.to_seq as "toSeq"
     from threadkeep.conversation c join threadkeep.summary s
       on s.user_id = $1 and s.conversation_id = $2 and s.compact
    where c.user_id = $1 and c.id = $2 and c.deleted_at is null
      for no key update of c`,
);

const LATEST = ownedStatement<SummaryState>(
  'summary.latest',
  `select id, conversation_id as "conversationId", from_seq as "fromSeq", to_seq as "toSeq",
     content, token_count as "tokenCount", compact, stale, source, created_at as "createdAt"
     from threadkeep.summary
    where user_id = $1 and conversation_id = $2 and to_seq <= $3 and not stale
    order by to_seq desc, id desc limit 1`,
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
    private readonly sealed: SealedWindow,
  ) {}

  /**
   * Returns null when the conversation or its range does not exist, the compaction would leave a
   * gap, or the conversation has branches.
   */
  async create(summary: NewSummary): Promise<SummaryState | null> {
    return this.created(CREATE, summary);
  }

  /**
   * Creates a summary in a conversation with branches. Returns null when the compaction would leave
   * a gap, or the conversation does not exist.
   * @param path to the last message of the summary
   */
  createOnPath(summary: NewSummary, path: MessagePath): Promise<SummaryState | null> {
    const { conversationId, fromSeq, compact } = summary;
    return this.database.transaction(async () => {
      if (compact) {
        const known = await this.database.write(COMPACTIONS, [conversationId]);
        if (path.placeOf(fromSeq)! > compactedTo(path, known) + 1) return null;
      }
      return this.created(CREATE_ON_PATH, summary);
    });
  }

  private async created(query: typeof CREATE, summary: NewSummary): Promise<SummaryState | null> {
    const { content } = summary;
    const stored = { ...summary, content: await this.sealed.storedSummary(summary) };
    const [row] = await this.database.write(query, valuesOf(stored));
    return row ? { ...row, content } : null;
  }

  /** Returns the summary that reaches furthest, of those up to a message; null without one. */
  async latest(conversationId: string, toSeq: number): Promise<SummaryState | null> {
    const found = await this.database.read(LATEST, [conversationId, toSeq]);
    return (await this.sealed.summaries(found))[0] ?? null;
  }

  list(conversationId: string, query: ListQuery): Promise<Page<SummaryDto>> {
    return this.lists.page(summaryList, query, [inConversation(conversationId)], {
      prepare: (rows) => this.sealed.listed(rows),
    });
  }

  /** Returns false when there is no such summary. */
  async remove(conversationId: string, id: string): Promise<boolean> {
    return (await this.database.write(REMOVE, [conversationId, id])).length > 0;
  }
}

const valuesOf = (summary: NewSummary): unknown[] => [
  summary.id,
  summary.conversationId,
  summary.fromSeq,
  summary.toSeq,
  summary.content,
  summary.tokenCount,
  summary.compact,
  summary.source === null ? null : JSON.stringify(summary.source),
  summary.erasures,
];

/** Returns the place of the last compacted message of a path, up to a gap. */
function compactedTo(path: MessagePath, compactions: SeqRange[]): number {
  const places = compactions
    .map(({ fromSeq, toSeq }) => ({ from: path.placeOf(fromSeq), to: path.placeOf(toSeq) }))
    .filter((one): one is { from: number; to: number } => one.from !== null && one.to !== null)
    .sort((a, b) => a.from - b.from);
  let reached = 0;
  for (const { from, to } of places) if (from <= reached + 1) reached = Math.max(reached, to);
  return reached;
}
