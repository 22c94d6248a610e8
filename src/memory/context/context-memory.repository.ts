// Reads what a context needs of the memory, besides the memories that a search finds.
import { Injectable } from '@nestjs/common';
import type { ContextQuestion, SourceState } from '../../context-window/index.js';
import { IS_NEWEST, isValidAt, sourceTellers } from '../memory-row.js';
import { SealedMessages } from '../../conversations/index.js';
import { isUsableBy, isUsableIn } from '../recall/memory-filter.js';
import { SealedMemories } from '../sealing/sealed-memories.js';
import type { ContextMemory } from '../recall/found-memories.repository.js';
import { ownedStatement, type Read, ScopedDatabase } from '../../platform/database/index.js';

/** A preference of at least this importance goes into every context, as an instruction does. */
const STANDING_IMPORTANCE = 0.8;

/**
 * SQL for the last time that has passed among the values of a column of the current memories. It
 * changes at the moment when the next one passes. It is one look into an index of this column,
 * which has the same condition.
 */
const lastPassed = (column: 'expires_at' | 'valid_from' | 'valid_to') =>
  `coalesce((select extract(epoch from m.${column}) from threadkeep.memory m
     where m.user_id = $1 and m.superseded_at is null and m.${column} is not null
       and m.${column} <= now() order by m.${column} desc limit 1), 0)`;

/**
 * Not `exists (...)`, which PostgreSQL may answer by reading the whole table: the order is that of
 * an index.
 */
const hasMemory = (condition: string, order: string) =>
  `(select true from threadkeep.memory m where m.user_id = $1 and m.superseded_at is null
    and ${condition} order by ${order} limit 1) is not null`;

/**
 * True when there are memories that hold for every question. The condition must have that of the
 * index memory__standing, word for word.
 */
const hasStanding = (kind: 'instruction' | 'preference', condition = 'true') =>
  hasMemory(
    `m.content is not null and m.kind in ('instruction', 'preference')
      and m.kind = '${kind}' and ${condition}`,
    'm.importance desc, m.recorded_at desc',
  );

/**
 * Reads a version that changes whenever the memories of a context may change: after a write, after
 * vectors arrived, and when a memory becomes valid, stops being valid or expires. Also reads
 * whether there are memories, and whether there are or were blocks; each is one look into an index.
 */
const STATE = ownedStatement<SourceState>(
  'context_memory.stamp',
  // The settings of the user have a time zone, by which dates in a question are read.
  `select concat_ws('.', h.moment, h.revision, h.purged, h.embedded,
            (select u.version from threadkeep.app_user u where u.id = $1),
            ${lastPassed('expires_at')}, ${lastPassed('valid_from')}, ${lastPassed('valid_to')}) as version,
          ${hasMemory('m.content is not null and m.label is null', 'm.recorded_at desc, m.id desc')} as memories,
          ${hasMemory('m.label is not null', 'm.label')} as blocks,
          ${hasStanding('instruction')}
            or ${hasStanding('preference', `m.importance >= ${STANDING_IMPORTANCE}`)} as "standingMemories"
     from threadkeep.memory_head h where h.user_id = $1`,
);

/** Messages among which the user's last one is looked for. */
const QUESTION_REACH_MESSAGES = 50;

/**
 * Returns the user's last message, if it is among the last ones. `laidAt` is the time whose blocks
 * the prefix contains: the last compaction, or the start of the conversation.
 * @param lastMessage SQL for the message
 * @param compaction SQL for which compactions count
 */
const conversationText = (lastMessage: string, compaction: string) =>
  `select m.content as question, m.content_is_json as "contentIsJson",
          greatest(c.created_at, (select max(s.created_at) from threadkeep.summary s where s.user_id = $1 and s.conversation_id = $2 and ${compaction})) as "laidAt"
     from threadkeep.conversation c
     left join lateral (${lastMessage}) m on true
    where c.user_id = $1 and c.id = $2`;

const CONVERSATION = ownedStatement<ContextConversation>(
  'context_memory.talk',
  conversationText(
    `select content, content_is_json from threadkeep.message
        where user_id = $1 and conversation_id = $2 and role = 'user' and seq > c.last_seq - ${QUESTION_REACH_MESSAGES}
          order by seq desc limit 1`,
    's.compact',
  ),
);

/** The same for the path of a conversation with branches, whose last spans are from $3 to $4. */
const CONVERSATION_PATH = ownedStatement<ContextConversation>(
  'context_memory.path_talk',
  conversationText(
    `select m.content, m.content_is_json from unnest($3::integer[], $4::integer[]) as span (low, high)
       cross join lateral (
         select m.seq, m.content, m.content_is_json from threadkeep.message m
          where m.user_id = $1 and m.conversation_id = $2 and m.role = 'user'
            and m.seq >= span.low and m.seq <= span.high
          order by m.seq desc limit 1) m
      order by m.seq desc limit 1`,
    's.compact and s.from_seq <@ $5::int4multirange and s.to_seq <@ $5::int4multirange',
  ),
);

const memoryColumns = `m.id, m.version, m.kind, m.content, m.recorded_at as "updatedAt",
  ${sourceTellers('m', '$1')} as tellers`;

/** SQL condition: a memory that is valid now, for the agent of $2 and the conversation of $3. */
const IS_USABLE = [isUsableBy('$2', 'm'), isUsableIn('$3', 'm'), isValidAt('now()')].join(' and ');

/** Rows that are read at most, so that a context costs the same whatever is stored. */
const MAX_ROWS = { looked: 200, standing: 50, recent: 500 };

/**
 * Selects the most important memories of a kind. The condition must equal that of the index
 * memory__standing, word for word.
 */
const mostImportant = (kind: 'instruction' | 'preference') => `
  (select * from threadkeep.memory m
    where m.user_id = $1 and ${IS_NEWEST}
      and m.kind in ('instruction', 'preference') and m.kind = '${kind}'
    order by m.importance desc, m.recorded_at desc limit ${MAX_ROWS.looked})`;

const isStanding = `(m.kind = 'instruction'
  or m.kind = 'preference' and m.importance >= ${STANDING_IMPORTANCE})`;

const standing = (columns: string) =>
  `select ${columns}
     from (${mostImportant('instruction')} union all ${mostImportant('preference')}) m
    where ${IS_USABLE} and ${isStanding}
    order by m.importance desc, m.recorded_at, m.id limit ${MAX_ROWS.standing}`;

/** Instructions, and preferences of at least `STANDING_IMPORTANCE`, the most important first. */
const STANDING = ownedStatement<ContextMemory>('context_memory.standing', standing(memoryColumns));

/**
 * The most important of the newest memories, without those of `STANDING`. Not `limit $4`, for which
 * PostgreSQL would plan the statement anew each time.
 */
const IMPORTANT = ownedStatement<ContextMemory>(
  'context_memory.important',
  `select ${memoryColumns} from (
     select m.*,
       row_number() over (order by m.importance desc, m.recorded_at desc, m.id desc) as place
       from (select * from threadkeep.memory m
              where m.user_id = $1 and ${IS_NEWEST} and m.label is null
              order by m.recorded_at desc, m.id desc limit ${MAX_ROWS.recent}) m
      where ${IS_USABLE} and (not ${isStanding} or m.id not in (${standing('m.id')}))) m
    where m.place <= $4 order by m.place`,
);

const VERSIONS = ownedStatement<{
  id: string;
  version: number;
  content: string;
  label: string | null;
}>(
  'context_memory.versions',
  `select m.id, m.version, m.content, m.label
    from unnest($2::uuid[], $3::integer[]) as wanted (id, version)
     join threadkeep.memory m on m.user_id = $1 and m.id = wanted.id and m.version = wanted.version
       and m.content is not null`,
);

export type ContextConversation = {
  question: string | null;
  contentIsJson: boolean | null;
  laidAt: string;
};
export type StoredText = { id: string; version: number; content: string; label: string | null };

@Injectable()
export class ContextMemoryRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealing: SealedMemories,
    private readonly messages: SealedMessages,
  ) {}

  readonly stateRead: Read<SourceState> = { query: STATE, values: [] };

  conversationRead = ({
    conversationId,
    path,
  }: Pick<ContextQuestion, 'conversationId' | 'path'>): Read<ContextConversation> =>
    path
      ? {
          query: CONVERSATION_PATH,
          values: [conversationId, ...path.last(QUESTION_REACH_MESSAGES).bounds, path.multirange],
        }
      : { query: CONVERSATION, values: [conversationId] };

  /** Opens the question of a conversation. One that cannot be opened is none. */
  async withQuestion(rows: ContextConversation[]): Promise<ContextConversation[]> {
    const asRows = rows.map(({ question, ...row }) => ({ ...row, content: question }));
    const opened = await this.messages.openAll(asRows, (row) => ({ ...row, content: null }));
    return opened.map(({ content, ...row }) => ({ ...row, question: content }));
  }

  standingRead = (agentId: string | null, conversationId: string): Read<ContextMemory> => ({
    query: STANDING,
    values: [agentId, conversationId],
  });

  /** Reads the most important of the newest memories that a context of this agent may have. */
  importantRead = (
    agentId: string | null,
    conversationId: string,
    limit: number,
  ): Read<ContextMemory> => ({ query: IMPORTANT, values: [agentId, conversationId, limit] });

  async list({ query, values }: Read<ContextMemory>): Promise<ContextMemory[]> {
    return this.opened(await this.database.read(query, values));
  }

  /** Opens the rows of a statement, without those that cannot be opened. */
  opened = (rows: ContextMemory[]): Promise<ContextMemory[]> => this.sealing.openKnown(rows);

  async versions(wanted: { id: string; version: number }[]): Promise<StoredText[]> {
    const rows = await this.database.read(VERSIONS, [
      wanted.map(({ id }) => id),
      wanted.map(({ version }) => version),
    ]);
    return this.sealing.openKnown(rows);
  }
}
