// What a window is made of, in one round trip, whatever the length of the conversation.
import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { RequestContexts } from '../platform/context/index.js';
import { ScopedDatabase, statement } from '../platform/database/index.js';
import { MOST_COMPACTIONS, type WindowSummary } from './plan/context-plan.js';
import { escapeTokens } from './plan/recalled.js';
import { type LogRow, MESSAGE_OVERHEAD } from './plan/window-message.js';

/** The state of the conversation that a context depends on. */
interface Stamp {
  lastSeq: number;
  contextVersion: number;
  /** Of two conversations that had this id one after the other, says which. */
  createdAt: string;
  /** Of the agent configuration that leads it. */
  agentRevision: number | null;
  /** Of what the user lays over it. */
  agentOverrides: number | null;
}

export interface WindowRows {
  lastSeq: number;
  /** In order. */
  newest: LogRow[];
  kept: LogRow[];
  summaries: WindowSummary[];
}

type Row = LogRow & { kind: 'head' | 'newest' | 'kept' | 'summary' | 'compact'; fromSeq: number };

/** Kept messages and summaries that are looked at: there is no end to how many somebody may write. Pinned ones are not to be hidden by notes. */
const LOOKED_AT = { firstNotes: 50, lastNotes: 100, pinned: 100, summaries: 20 };

const STAMP = statement<Stamp>(
  'context.stamp',
  `select c.last_seq as "lastSeq", c.context_version as "contextVersion", c.created_at as "createdAt", coalesce(a.revision, s.revision) as "agentRevision",
          (select max(o.number) from threadkeep.agent_config_override o
            where o.user_id = $1 and o.config_id = coalesce(c.agent_config_id, c.shared_agent_config_id)) as "agentOverrides"
     from threadkeep.conversation c left join threadkeep.agent_config a on a.user_id = $1 and a.id = c.agent_config_id
     left join threadkeep.service_agent_config s on s.id = c.shared_agent_config_id
    where c.user_id = $1 and c.id = $2 and c.deleted_at is null`,
);

export interface AgentPin {
  agentConfigId: string;
  agentConfigVersion: number | null;
  agentConfigAlias: string | null;
}

const PIN = statement<AgentPin>(
  'context.pin',
  `select coalesce(agent_config_id, shared_agent_config_id) as "agentConfigId", agent_config_version as "agentConfigVersion", agent_config_alias as "agentConfigAlias"
     from threadkeep.conversation where user_id = $1 and id = $2 and deleted_at is null and num_nonnulls(agent_config_id, shared_agent_config_id) = 1`,
);

const columns = `id, seq, role, content, content_is_json as "contentIsJson", metadata, token_count as "tokenCount"`;
const messagesWhere = (condition: string) =>
  `select ${columns} from threadkeep.message where user_id = $1 and conversation_id = $2 and ${condition}`;

/** The conditions of the partial indexes message__system and message__pinned, word by word. */
const IS_NOTE = `role = 'system'`;
const IS_PINNED = `metadata @> '{"pinned": true}'`;

/** Of the bytes that a context may read, the share of kept messages. Tokens are no bound, as one may stand for a hundred blanks. */
const KEPT_SHARE = 4;
/** Of the rows before each. Nothing is unpacked for it. */
const bytesBefore = (direction: 'asc' | 'desc') =>
  `sum(octet_length(content)) over (order by seq ${direction}) - octet_length(content) as bytes`;

/** Without the content of those that are larger than all of the $4 tokens: they cannot be sent, and are not to crowd out others. */
const kept = (condition: string, direction: 'asc' | 'desc', limit: number) => `
  (select 'kept', id, seq, role, content, "contentIsJson", metadata, "tokenCount", 0 from (
    select *, ${bytesBefore(direction)} from (
      select id, seq, role, case when token_count > $4 then '' else content end as content, content_is_json and token_count <= $4 as "contentIsJson",
             metadata, token_count as "tokenCount"
        from threadkeep.message where user_id = $1 and conversation_id = $2 and ${condition} order by seq ${direction} limit ${limit}) kept) counted
    where bytes < $6 / ${KEPT_SHARE})`;

/** Of at most $3 messages before $5, newest first, those before which less than $4 tokens are taken. */
const NEWEST = `
  select * from (
    select *, sum("tokenCount" + ${MESSAGE_OVERHEAD}) over (order by seq desc) - "tokenCount" - ${MESSAGE_OVERHEAD} as before, ${bytesBefore('desc')}
      from (${messagesWhere('seq < $5 order by seq desc limit $3')}) newest) counted
   where before < $4 and bytes < $6`;

const summariesWhere = (kind: string, condition: string, limit: number) =>
  `(select '${kind}' as kind, id, to_seq, 'system', content, false, null::jsonb, token_count, from_seq from threadkeep.summary
     where user_id = $1 and conversation_id = $2 and ${condition} order by to_seq desc, id desc limit ${limit})`;

const windowText = `
   select 'head' as kind, null::uuid as id, last_seq as seq, '' as role, '' as content, false as "contentIsJson", null::jsonb as metadata,
          0 as "tokenCount", 0 as "fromSeq" from threadkeep.conversation where user_id = $1 and id = $2 and deleted_at is null
   union all
   select 'newest', id, seq, role, content, "contentIsJson", metadata, "tokenCount", 0 from (${NEWEST}) newest
   union all
   ${kept(IS_NOTE, 'asc', LOOKED_AT.firstNotes)}
   union all
   ${kept(IS_NOTE, 'desc', LOOKED_AT.lastNotes)}
   union all
   ${kept(IS_PINNED, 'desc', LOOKED_AT.pinned)}
   union all
   ${summariesWhere('summary', 'not compact', LOOKED_AT.summaries)}
   union all
   ${summariesWhere('compact', 'compact', MOST_COMPACTIONS)}`;
const WINDOW = statement<Row>('context.window', windowText);
const LARGE_WINDOW = statement<Row>('context.large_window', windowText, { slow: true });
/** Messages looked at that others may wait behind. */
const SMALL = 500;

const OLDER = statement<LogRow>('context.older', NEWEST, { slow: true });

const BY_SEQ = statement<LogRow>(
  'context.by_seq',
  `${messagesWhere('seq = any($3::integer[])')} order by seq`,
  { slow: true },
);

const SUMMARIES = statement<WindowSummary>(
  'context.summaries',
  `select id, from_seq as "fromSeq", to_seq as "toSeq", content, token_count as "tokenCount", compact from threadkeep.summary
    where user_id = $1 and conversation_id = $2 and id = any($3::uuid[])`,
);

const REMEMBER = statement(
  'context.remember',
  `insert into threadkeep.context_manifest (user_id, conversation_id, id, body) values ($1, $2, $3, $4)`,
);

const MANIFEST = statement<{ body: string }>(
  'context.manifest',
  `select m.body from threadkeep.context_manifest m
     join threadkeep.conversation c on c.user_id = $1 and c.id = m.conversation_id and c.deleted_at is null
    where m.user_id = $1 and m.conversation_id = $2 and m.id = $3`,
);

@Injectable()
export class ContextRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly config: Config,
  ) {}

  /** Another text whenever the conversation's messages or summaries are others; null without the conversation. */
  async findStamp(conversationId: string): Promise<{ text: string; isLed: boolean } | null> {
    const [row] = await this.database.read(STAMP, () => [this.userId, conversationId]);
    return row
      ? {
          text: `${row.lastSeq}.${row.contextVersion}.${row.createdAt}.${row.agentRevision ?? ''}.${row.agentOverrides ?? ''}`,
          isLed: row.agentRevision !== null,
        }
      : null;
  }

  /** The agent configuration that leads the conversation. */
  async findPin(conversationId: string): Promise<AgentPin | null> {
    return (await this.database.read(PIN, () => [this.userId, conversationId]))[0] ?? null;
  }

  /** @param limit of the newest messages, how many are looked at; null without the conversation */
  async findWindow(
    conversationId: string,
    limit: number,
    tokens: number,
  ): Promise<WindowRows | null> {
    const rows = await this.database.read(limit > SMALL ? LARGE_WINDOW : WINDOW, () => [
      this.userId,
      conversationId,
      limit,
      tokens,
      NO_BOUND,
      this.config.bytes.context,
    ]);
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

  /** The messages right before `seq`, in order. */
  async listBefore(
    conversationId: string,
    seq: number,
    limit: number,
    tokens: number,
  ): Promise<LogRow[]> {
    return ascending(
      await this.database.read(OLDER, () => [
        this.userId,
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
      : this.database.read(BY_SEQ, () => [this.userId, conversationId, seqs]);
  }

  async listSummaries(conversationId: string, ids: string[]): Promise<WindowSummary[]> {
    return ids.length === 0
      ? []
      : (await this.database.read(SUMMARIES, () => [this.userId, conversationId, ids])).map(asSent);
  }

  async saveManifest(conversationId: string, id: string, body: string): Promise<void> {
    await this.database.write(REMEMBER, () => [this.userId, conversationId, id, body]);
  }

  /** The stored text, or null when the conversation has no such manifest. */
  async findManifest(conversationId: string, id: string): Promise<string | null> {
    const [row] = await this.database.read(MANIFEST, () => [this.userId, conversationId, id]);
    return row?.body ?? null;
  }

  private get userId(): string {
    return this.contexts.userScope().userId;
  }
}

/** Larger than any seq. */
const NO_BOUND = 2_147_483_647;

const ascending = <R extends { seq: number }>(rows: R[]): R[] => rows.sort((a, b) => a.seq - b.seq);

const toSummary = ({ kind, id, fromSeq, seq, content, tokenCount }: Row): WindowSummary =>
  asSent({ id, fromSeq, toSeq: seq, content, tokenCount, compact: kind === 'compact' });

/** Counted with what escaping adds. */
const asSent = (summary: WindowSummary): WindowSummary => ({
  ...summary,
  tokenCount: summary.tokenCount + escapeTokens(summary.content),
});
