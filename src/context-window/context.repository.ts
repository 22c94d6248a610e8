// Reads everything that a window is made of in one round trip, whatever the length of the
// conversation.
import { Injectable } from '@nestjs/common';
import {
  ownedStatement,
  type Read,
  ScopedDatabase,
  type Statement,
} from '../platform/database/index.js';
import { MAX_INTEGER, rfc3339 } from '../platform/input/index.js';
import type { WindowSummary } from './plan/context-plan.js';
import { countEscapeTokens, SUMMARY_ATTRIBUTE_TOKENS } from './plan/recalled.js';
import type { LogRow } from './plan/window-message.js';
import { SealedWindow } from './sealed-window.js';
import {
  ASKED,
  IS_PINNED,
  IS_SYSTEM,
  keptText,
  lightTextOf,
  messagesWhere,
  moreAsked,
  newestOf,
  QUESTION_REACH,
  SMALL_CONTENT,
} from './window-sql.js';

/** The state of a conversation that its contexts depend on. */
export interface ConversationState {
  lastSeq: number;
  /** Null for a conversation without branches, which ends with its last message. */
  headSeq: number | null;
  /** 0 when the conversation never had a summary, and its head was never moved. */
  contextVersion: number;
  /** Tells apart two conversations that had the same id one after the other. */
  createdAt: string;
  /** Revision of the agent configuration that the conversation uses; null when it uses none. */
  agentRevision: number | null;
  /** Number of the user's overrides of it. */
  agentOverrides: number | null;
  /** True when there are system or pinned messages. */
  hasKept: boolean;
}

export interface WindowRows {
  lastSeq: number;
  isBranched: boolean;
  /** In order. */
  newest: LogRow[];
  kept: LogRow[];
  summaries: WindowSummary[];
}

/** How much of a conversation is read: whatever comes first ends it. */
export interface WindowSize {
  /** Number of the newest messages. */
  messages: number;
  tokens: number;
  /** Bytes of contents. The message that passes the limit is read, too. */
  bytes: number;
  /** Larger contents are withheld. No content is larger than `ANY_CONTENT`. */
  largestContent: number;
}

export const ANY_CONTENT = MAX_INTEGER;

/** True when the content of a message was too large to be read. */
export const isWithheld = ({ content, tokenCount }: LogRow): boolean =>
  content === '' && tokenCount > 0;

/** What one statement reads of a window: the state of the conversation, messages and summaries. */
export type WindowRow = LogRow & {
  kind: 'head' | 'newest' | 'kept' | 'summary' | 'compact';
  fromSeq: number;
  /** When a summary was written. Null in rows of other kinds. */
  createdAt: string | null;
};

/**
 * Not `exists (...)`, which PostgreSQL may answer by reading the whole table: the order makes it
 * use the partial index, however many rows it expects.
 */
const hasMessage = (condition: string) =>
  `(select true from threadkeep.message where user_id = $1 and conversation_id = $2
    and ${condition} order by seq limit 1) is not null`;

const STATE = ownedStatement<ConversationState>(
  'context.stamp',
  `select c.last_seq as "lastSeq", c.head_seq as "headSeq",
    c.context_version as "contextVersion", c.created_at as "createdAt", coalesce(a.revision, s.revision) as "agentRevision",
          (select max(o.number) from threadkeep.agent_config_override o
            where o.user_id = $1 and o.config_id = coalesce(c.agent_config_id, c.shared_agent_config_id)) as "agentOverrides",
          ${hasMessage(IS_SYSTEM)} or ${hasMessage(IS_PINNED)} as "hasKept"
     from threadkeep.conversation c left join threadkeep.agent_config a on a.user_id = $1
       and a.id = c.agent_config_id
     left join threadkeep.service_agent_config s on s.id = c.shared_agent_config_id
    where c.user_id = $1 and c.id = $2 and c.deleted_at is null`,
);

/** At most $3 messages before $5. */
const NEWEST = newestOf(messagesWhere('seq < $5 order by seq desc limit $3', SMALL_CONTENT));
const lightText = lightTextOf(NEWEST);
const windowText = `${lightText}
   union all ${keptText()}`;
const WINDOW = ownedStatement<WindowRow>('context.window', windowText);
/** For a conversation without kept messages and summaries. */
const LIGHT_WINDOW = ownedStatement<WindowRow>('context.light_window', lightText);
const LARGE_WINDOW = ownedStatement<WindowRow>('context.large_window', windowText, { slow: true });
/** Up to this many messages, the statement may run on a connection that other requests wait for. */
const MAX_FAST_WINDOW_MESSAGES = 500;

const OLDER = ownedStatement<LogRow>('context.older', NEWEST, { slow: true });

const USER_MESSAGES = ownedStatement<LogRow>(
  'context.user_messages',
  `select * from (${messagesWhere(
    `seq < $3 and seq >= $3 - ${QUESTION_REACH.messages} and ${ASKED}`,
  )}) asked order by seq`,
);

const MORE_USER_MESSAGES = ownedStatement<LogRow>(
  'context.more_user_messages',
  moreAsked((condition) => messagesWhere(`seq < $3 and seq >= $4 and ${condition}`)),
  { slow: true },
);

const BY_SEQ = ownedStatement<LogRow>(
  'context.by_seq',
  `${messagesWhere('seq = any($3::integer[])')} order by seq`,
  { slow: true },
);

const SUMMARIES = ownedStatement<WindowSummary>(
  'context.summaries',
  `select id, from_seq as "fromSeq", to_seq as "toSeq", content, token_count as "tokenCount",
    created_at as "createdAt", compact from threadkeep.summary
    where user_id = $1 and conversation_id = $2 and id = any($3::uuid[])`,
);

const SAVE_MANIFEST = ownedStatement(
  'context.remember',
  `insert into threadkeep.context_manifest (user_id, conversation_id, id, body)
    values ($1, $2, $3, $4)`,
);

const MANIFEST = ownedStatement<{ body: string }>(
  'context.manifest',
  `select m.body from threadkeep.context_manifest m
     join threadkeep.conversation c on c.user_id = $1 and c.id = m.conversation_id
       and c.deleted_at is null
    where m.user_id = $1 and m.conversation_id = $2 and m.id = $3`,
);

@Injectable()
export class ContextRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealed: SealedWindow,
  ) {}

  /**
   * Reads the state of the conversation, null without it, and then what else is asked for, in one
   * round trip.
   * @returns also the rows of each of `more`
   */
  async readState(
    conversationId: string,
    more: readonly Read[],
  ): Promise<{ state: ConversationState | null; rows: object[][] }> {
    const own: Read<ConversationState> = { query: STATE, values: [conversationId] };
    const [[state = null], ...rows] = await this.database.readAll([own, ...more]);
    return { state, rows };
  }

  /**
   * The statement that reads the rows of a window.
   * @param state of the conversation, which was read before
   */
  windowRead(conversationId: string, state: ConversationState, size: WindowSize): Read<WindowRow> {
    const { messages, tokens, bytes, largestContent } = size;
    const values = [conversationId, messages, tokens, AFTER_ALL_SEQS, bytes, largestContent];
    return { query: windowStatement(messages, state), values };
  }

  /**
   * Takes the rows of `windowRead`, null without the conversation.
   * @param state read before the rows; a write since then makes it read them again
   */
  async toWindow(
    rows: object[],
    { query, values }: Read<WindowRow>,
    state: ConversationState,
  ): Promise<WindowRows | null> {
    const read = rows as WindowRow[];
    const head = headOf(read);
    // A write came in between: a message or a summary that the light window would leave out.
    const isChanged = head && (head.seq !== state.lastSeq || head.fromSeq !== state.contextVersion);
    if (query !== LIGHT_WINDOW || !isChanged) return toWindow(await this.sealed.rows(read));
    return toWindow(await this.sealed.rows(await this.database.read(WINDOW, values)));
  }

  async readAll(reads: readonly Read[]): Promise<readonly object[][]> {
    return this.database.readAll(reads);
  }

  /** True inside a transaction, where only one statement may run at once. */
  get inTransaction(): boolean {
    return this.database.inTransaction;
  }

  /** Reads the messages right before `seq`, in order. */
  async listBefore(
    conversationId: string,
    seq: number,
    limit: number,
    { tokens, bytes, largestContent }: Omit<WindowSize, 'messages'>,
  ): Promise<LogRow[]> {
    const values = [conversationId, limit, tokens, seq, bytes, largestContent];
    return ascending(await this.sealed.messages(await this.database.read(OLDER, values)));
  }

  /** Reads the user's last messages before `seq`, in order, without those that give results. */
  async listUserMessages(conversationId: string, seq: number): Promise<LogRow[]> {
    const first = seq - QUESTION_REACH.messages;
    return this.sealed.asked(
      await this.database.read(USER_MESSAGES, [conversationId, seq]),
      (before) => this.database.read(MORE_USER_MESSAGES, [conversationId, before, first]),
    );
  }

  async listBySeq(conversationId: string, seqs: number[]): Promise<LogRow[]> {
    if (seqs.length === 0) return [];
    return this.sealed.messages(await this.database.read(BY_SEQ, [conversationId, seqs]));
  }

  async listSummaries(conversationId: string, ids: string[]): Promise<WindowSummary[]> {
    if (ids.length === 0) return [];
    const stored = await this.database.read(SUMMARIES, [conversationId, ids]);
    return (await this.sealed.summaries(stored)).map(asRecalled);
  }

  async saveManifest(conversationId: string, id: string, body: string): Promise<void> {
    await this.database.write(SAVE_MANIFEST, [conversationId, id, body]);
  }

  /** Returns the stored text, or null when the conversation has no such manifest. */
  async findManifest(conversationId: string, id: string): Promise<string | null> {
    const [row] = await this.database.read(MANIFEST, [conversationId, id]);
    return row?.body ?? null;
  }
}

function windowStatement(
  limit: number,
  { contextVersion, hasKept }: ConversationState,
): Statement<WindowRow> {
  if (limit > MAX_FAST_WINDOW_MESSAGES) return LARGE_WINDOW;
  return contextVersion === 0 && !hasKept ? LIGHT_WINDOW : WINDOW;
}

const headOf = (rows: WindowRow[]) => rows.find(({ kind }) => kind === 'head');

export function toWindow(rows: WindowRow[]): WindowRows | null {
  const head = headOf(rows);
  if (!head) return null;
  const kept = new Map(rows.filter(({ kind }) => kind === 'kept').map((row) => [row.seq, row]));
  return {
    lastSeq: head.seq,
    isBranched: head.contentIsJson,
    newest: ascending(rows.filter(({ kind }) => kind === 'newest')),
    kept: ascending([...kept.values()]),
    summaries: rows.filter(({ kind }) => kind === 'summary' || kind === 'compact').map(toSummary),
  };
}

/** Larger than any seq. */
const AFTER_ALL_SEQS = MAX_INTEGER;

const ascending = <R extends { seq: number }>(rows: R[]): R[] => rows.sort((a, b) => a.seq - b.seq);

const toSummary = ({ kind, id, fromSeq, seq, ...row }: WindowRow): WindowSummary =>
  asRecalled({
    id,
    fromSeq,
    toSeq: seq,
    content: row.content,
    tokenCount: row.tokenCount,
    createdAt: row.createdAt!,
    compact: kind === 'compact',
  });

/** Adds the tokens of the element's attributes and of escaping, which the stored count has not. */
const asRecalled = (summary: WindowSummary): WindowSummary => ({
  ...summary,
  createdAt: rfc3339(summary.createdAt),
  tokenCount: summary.tokenCount + SUMMARY_ATTRIBUTE_TOKENS + countEscapeTokens(summary.content),
});
