// Reads everything that a window is made of in one round trip, whatever the length of the
// conversation.
import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { ownedStatement, ScopedDatabase } from '../platform/database/index.js';
import { MAX_COMPACTIONS, type WindowSummary } from './plan/context-plan.js';
import { countEscapeTokens } from './plan/recalled.js';
import { type LogRow, MESSAGE_OVERHEAD_TOKENS } from './plan/window-message.js';

/** The state of a conversation that its contexts depend on. */
interface StateVersionRow {
  lastSeq: number;
  contextVersion: number;
  /** Tells apart two conversations that had the same id one after the other. */
  createdAt: string;
  /** Revision of the agent configuration that the conversation uses. */
  agentRevision: number | null;
  /** Number of the user's overrides of it. */
  agentOverrides: number | null;
}

export interface WindowRows {
  lastSeq: number;
  /** In order. */
  newest: LogRow[];
  kept: LogRow[];
  summaries: WindowSummary[];
}

type WindowRow = LogRow & {
  kind: 'head' | 'newest' | 'kept' | 'summary' | 'compact';
  fromSeq: number;
};

/**
 * How many kept messages and summaries are read: a user may write any number. Pinned messages have
 * a limit of their own, so that system messages cannot displace them.
 */
const MAX_ROWS = { firstSystem: 50, lastSystem: 100, pinned: 100, summaries: 20 };

const STATE_VERSION = ownedStatement<StateVersionRow>(
  'context.stamp',
  `select c.last_seq as "lastSeq", c.context_version as "contextVersion",
    c.created_at as "createdAt", coalesce(a.revision, s.revision) as "agentRevision",
          (select max(o.number) from threadkeep.agent_config_override o
            where o.user_id = $1 and o.config_id = coalesce(c.agent_config_id, c.shared_agent_config_id)) as "agentOverrides"
     from threadkeep.conversation c left join threadkeep.agent_config a on a.user_id = $1
       and a.id = c.agent_config_id
     left join threadkeep.service_agent_config s on s.id = c.shared_agent_config_id
    where c.user_id = $1 and c.id = $2 and c.deleted_at is null`,
);

export interface AgentPin {
  agentConfigId: string;
  agentConfigVersion: number | null;
  agentConfigAlias: string | null;
}

const PIN = ownedStatement<AgentPin>(
  'context.pin',
  `select coalesce(agent_config_id, shared_agent_config_id) as "agentConfigId",
    agent_config_version as "agentConfigVersion", agent_config_alias as "agentConfigAlias"
     from threadkeep.conversation where user_id = $1 and id = $2 and deleted_at is null
       and num_nonnulls(agent_config_id, shared_agent_config_id) = 1`,
);

const columns = `id, seq, role, content, content_is_json as "contentIsJson", metadata, token_count as "tokenCount"`;
const messagesWhere = (condition: string) =>
  `select ${columns} from threadkeep.message where user_id = $1 and conversation_id = $2
    and ${condition}`;

/**
 * These must equal the conditions of the partial indexes message__system and message__pinned, word
 * for word.
 */
const IS_SYSTEM = `role = 'system'`;
const IS_PINNED = `metadata @> '{"pinned": true}'`;

/**
 * Kept messages may take this fraction (1/4) of the bytes that a context reads. Tokens are no
 * bound, because one token may stand for a hundred spaces.
 */
const KEPT_BYTES_DIVISOR = 4;
/** SQL for the bytes of the rows before each. Nothing is decompressed for it. */
const bytesBefore = (direction: 'asc' | 'desc') =>
  `sum(octet_length(content)) over (order by seq ${direction}) - octet_length(content) as bytes`;

/**
 * Selects kept messages. A message larger than the whole budget ($4 tokens) comes without content:
 * it cannot be sent, and must not displace others.
 */
const kept = (condition: string, direction: 'asc' | 'desc', limit: number) => `
  (select 'kept', id, seq, role, content, "contentIsJson", metadata, "tokenCount", 0 from (
    select *, ${bytesBefore(direction)} from (
      select id, seq, role, case when token_count > $4 then '' else content end as content,
        content_is_json and token_count <= $4 as "contentIsJson",
             metadata, token_count as "tokenCount"
        from threadkeep.message where user_id = $1 and conversation_id = $2 and ${condition} order by seq ${direction} limit ${limit}) kept) counted
    where bytes < $6 / ${KEPT_BYTES_DIVISOR})`;

/** Selects at most $3 messages before $5, newest first, until those read take $4 tokens. */
const NEWEST = `
  select * from (
    select *, sum("tokenCount" + ${MESSAGE_OVERHEAD_TOKENS}) over (order by seq desc) - "tokenCount" - ${MESSAGE_OVERHEAD_TOKENS} as before, ${bytesBefore('desc')}
      from (${messagesWhere('seq < $5 order by seq desc limit $3')}) newest) counted
   where before < $4 and bytes < $6`;

const summariesWhere = (kind: string, condition: string, limit: number) =>
  `(select '${kind}' as kind, id, to_seq, 'system', content, false, null::jsonb, token_count, from_seq from threadkeep.summary
     where user_id = $1 and conversation_id = $2 and ${condition} order by to_seq desc, id desc
       limit ${limit})`;

const windowText = `
   select 'head' as kind, null::uuid as id, last_seq as seq, '' as role, '' as content,
     false as "contentIsJson", null::jsonb as metadata,
          0 as "tokenCount", 0 as "fromSeq" from threadkeep.conversation where user_id = $1
            and id = $2 and deleted_at is null
   union all
   select 'newest', id, seq, role, content, "contentIsJson", metadata, "tokenCount", 0
     from (${NEWEST}) newest
   union all
   ${kept(IS_SYSTEM, 'asc', MAX_ROWS.firstSystem)}
   union all
   ${kept(IS_SYSTEM, 'desc', MAX_ROWS.lastSystem)}
   union all
   ${kept(IS_PINNED, 'desc', MAX_ROWS.pinned)}
   union all
   ${summariesWhere('summary', 'not compact', MAX_ROWS.summaries)}
   union all
   ${summariesWhere('compact', 'compact', MAX_COMPACTIONS)}`;
const WINDOW = ownedStatement<WindowRow>('context.window', windowText);
const LARGE_WINDOW = ownedStatement<WindowRow>('context.large_window', windowText, { slow: true });
/** Up to this many messages, the statement may run on a connection that other requests wait for. */
const MAX_FAST_WINDOW_MESSAGES = 500;

const OLDER = ownedStatement<LogRow>('context.older', NEWEST, { slow: true });

const BY_SEQ = ownedStatement<LogRow>(
  'context.by_seq',
  `${messagesWhere('seq = any($3::integer[])')} order by seq`,
  { slow: true },
);

const SUMMARIES = ownedStatement<WindowSummary>(
  'context.summaries',
  `select id, from_seq as "fromSeq", to_seq as "toSeq", content, token_count as "tokenCount",
    compact from threadkeep.summary
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
    private readonly config: Config,
  ) {}

  /**
   * Returns a text that changes whenever the conversation's messages, summaries or configuration
   * do; null without the conversation.
   */
  async findStateVersion(
    conversationId: string,
  ): Promise<{ text: string; usesAgentConfig: boolean } | null> {
    const [row] = await this.database.read(STATE_VERSION, [conversationId]);
    return row
      ? {
          text: `${row.lastSeq}.${row.contextVersion}.${row.createdAt}.${row.agentRevision ?? ''}.${row.agentOverrides ?? ''}`,
          usesAgentConfig: row.agentRevision !== null,
        }
      : null;
  }

  /** Returns which agent configuration the conversation uses. */
  async findPin(conversationId: string): Promise<AgentPin | null> {
    return (await this.database.read(PIN, [conversationId]))[0] ?? null;
  }

  /**
   * Reads the rows of a window. Returns null without the conversation.
   * @param limit how many of the newest messages are read
   */
  async findWindow(
    conversationId: string,
    limit: number,
    tokens: number,
  ): Promise<WindowRows | null> {
    const rows = await this.database.read(
      limit > MAX_FAST_WINDOW_MESSAGES ? LARGE_WINDOW : WINDOW,
      [conversationId, limit, tokens, AFTER_ALL_SEQS, this.config.bytes.context],
    );
    const head = rows.find(({ kind }) => kind === 'head');
    if (!head) return null;
    const kept = new Map(rows.filter(({ kind }) => kind === 'kept').map((row) => [row.seq, row]));
    return {
      lastSeq: head.seq,
      newest: ascending(rows.filter(({ kind }) => kind === 'newest')),
      kept: ascending([...kept.values()]),
      summaries: rows.filter(({ kind }) => kind === 'summary' || kind === 'compact').map(toSummary),
    };
  }

  /** Reads the messages right before `seq`, in order. */
  async listBefore(
    conversationId: string,
    seq: number,
    limit: number,
    tokens: number,
  ): Promise<LogRow[]> {
    return ascending(
      await this.database.read(OLDER, [
        conversationId,
        limit,
        tokens,
        seq,
        this.config.bytes.context,
      ]),
    );
  }

  listBySeq(conversationId: string, seqs: number[]): Promise<LogRow[]> {
    return seqs.length === 0
      ? Promise.resolve([])
      : this.database.read(BY_SEQ, [conversationId, seqs]);
  }

  async listSummaries(conversationId: string, ids: string[]): Promise<WindowSummary[]> {
    return ids.length === 0
      ? []
      : (await this.database.read(SUMMARIES, [conversationId, ids])).map(withEscapeTokens);
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

/** Larger than any seq. */
const AFTER_ALL_SEQS = 2_147_483_647;

const ascending = <R extends { seq: number }>(rows: R[]): R[] => rows.sort((a, b) => a.seq - b.seq);

const toSummary = ({ kind, id, fromSeq, seq, content, tokenCount }: WindowRow): WindowSummary =>
  withEscapeTokens({ id, fromSeq, toSeq: seq, content, tokenCount, compact: kind === 'compact' });

/** Adds the tokens that escaping needs. */
const withEscapeTokens = (summary: WindowSummary): WindowSummary => ({
  ...summary,
  tokenCount: summary.tokenCount + countEscapeTokens(summary.content),
});
