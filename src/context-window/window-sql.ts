// SQL for the rows of a window, of a conversation without branches and of a path. $4 is the budget
// in tokens, $6 that in bytes, and $7 the largest content that is read.
import { withinBytes } from '../platform/database/index.js';
import { MAX_COMPACTIONS } from './plan/context-plan.js';
import {
  MESSAGE_OVERHEAD_TOKENS,
  MESSAGE_SHARE,
  SMALL_MESSAGE_TOKENS,
} from './plan/window-message.js';

/**
 * How many kept messages and summaries are read: a user may write any number. Pinned messages have
 * a limit of their own, so that system messages cannot displace them.
 */
const MAX_ROWS = { firstSystem: 50, lastSystem: 100, pinned: 100, summaries: 20 };

/**
 * These must equal the conditions of the partial indexes message__system and message__pinned, word
 * for word.
 */
export const IS_SYSTEM = `role = 'system'`;
export const IS_PINNED = `metadata @> '{"pinned": true}'`;

/** SQL for what became of a message; null for most. An interrupted one is sent as it is. */
const STATE = `case when erased ->> 'how' = 'removed' then 'removed'
      when status in ('in_progress', 'failed') then status else erased ->> 'how' end`;

const columns = (content: string) =>
  `id, seq, role, ${content}, content_is_json as "contentIsJson", metadata,
    token_count as "tokenCount", ${STATE} as state`;

export const messagesWhere = (condition: string, content = 'content') =>
  `select ${columns(content)} from threadkeep.message where user_id = $1 and conversation_id = $2
    and ${condition}`;

/**
 * Selects the messages of spans of `seq`, from $3 to `high` each. One span is one look into an
 * index: a plain join would read the whole conversation.
 */
export const messagesInSpans = (high: '$4' | '$5', condition: string, content = 'content') =>
  `select ${columns(content)} from unnest($3::integer[], ${high}::integer[]) as span (low, high)
    cross join lateral (
      select * from threadkeep.message m where m.user_id = $1 and m.conversation_id = $2
        and m.seq >= span.low and m.seq <= span.high offset 0) m
   where ${condition}`;

/**
 * Kept messages may take this fraction (1/4) of the bytes that a context reads. Tokens are no
 * bound, because one token may stand for a hundred spaces.
 */
export const KEPT_BYTES_DIVISOR = 4;
/** SQL for the bytes of the rows before each. Nothing is decompressed for it. */
const bytesBefore = (direction: 'asc' | 'desc') =>
  `sum(octet_length(content)) over (order by seq ${direction}) - octet_length(content) as bytes`;

const isTooLarge = 'token_count > $4 or octet_length(content) > $7';

/**
 * Selects kept messages. A message larger than the whole budget ($4 tokens) comes without content:
 * it cannot be sent, and must not displace others.
 */
const kept = (found: string, direction: 'asc' | 'desc', limit: number) => `
  (select 'kept', id, seq, role, content, "contentIsJson", metadata, "tokenCount", 0, null, state from (
    select *, ${bytesBefore(direction)} from (
      select id, seq, role, case when ${isTooLarge} then '' else content end as content,
        content_is_json and not (${isTooLarge}) as "contentIsJson",
             metadata, token_count as "tokenCount", ${STATE} as state
        from ${found} order by seq ${direction} limit ${limit}) kept) counted
    where bytes < $6 / ${KEPT_BYTES_DIVISOR})`;

/**
 * SQL for the tokens that a message takes at most: a longer one is shortened to a share of the
 * budget of $4 tokens, so it does not keep older ones from being read.
 */
const COST = `(least("tokenCount", greatest(${SMALL_MESSAGE_TOKENS}, $4 * ${MESSAGE_SHARE}))
  + ${MESSAGE_OVERHEAD_TOKENS})`;

/** SQL for the content; a larger one is withheld, which `isWithheld` tells. */
export const SMALL_CONTENT = `case when octet_length(content) > $7 then '' else content end as content`;

/** Selects of the newest messages, newest first, until those read take $4 tokens or $6 bytes. */
export const newestOf = (messages: string) => `
  select * from (
    select *, sum(${COST}) over (order by seq desc) - ${COST} as before, ${bytesBefore('desc')}
      from (${messages}) newest) counted
   where before < $4 and bytes < $6`;

const summaries = (kind: string, found: string, limit: number) =>
  `(select '${kind}' as kind, id, to_seq, 'system', content, false, null::jsonb, token_count,
      from_seq, created_at, null from ${found} order by to_seq desc, id desc limit ${limit})`;

/** Rows of all branches that are looked at for those of a path. */
const MAX_LOOKED_AT = 500;

/**
 * Selects kept messages and summaries.
 * @param onPath a condition for `seq`; without it the conversation has no branches
 */
export function keptText(onPath: ((seq: string) => string) | null = null): string {
  // The limit inside lets PostgreSQL read by the order of the index, however few rows it expects.
  const find = (table: string, condition: string, order: string, columns: string[]) => {
    const own = `threadkeep.${table} where user_id = $1 and conversation_id = $2 and ${condition}`;
    if (!onPath) return own;
    return `(select * from ${own} order by ${order} limit ${MAX_LOOKED_AT}) looked_at
      where ${columns.map(onPath).join(' and ')}`;
  };
  const messages = (condition: string, direction: 'asc' | 'desc', limit: number) =>
    kept(find('message', condition, `seq ${direction}`, ['seq']), direction, limit);
  const covering = (condition: string) =>
    find('summary', condition, 'to_seq desc, id desc', ['from_seq', 'to_seq']);
  return [
    messages(IS_SYSTEM, 'asc', MAX_ROWS.firstSystem),
    messages(IS_SYSTEM, 'desc', MAX_ROWS.lastSystem),
    messages(IS_PINNED, 'desc', MAX_ROWS.pinned),
    summaries('summary', covering('not compact'), MAX_ROWS.summaries),
    summaries('compact', covering('compact'), MAX_COMPACTIONS),
  ].join('\n   union all\n   ');
}

/**
 * SQL for the first rows of a window: whether the conversation exists, and its newest messages. The
 * head has the conversation's context version as "fromSeq", and as "contentIsJson" whether there are
 * branches.
 */
export const lightTextOf = (newest: string) => `
   select 'head' as kind, null::uuid as id, last_seq as seq, '' as role, '' as content,
     head_seq is not null as "contentIsJson", null::jsonb as metadata,
          0 as "tokenCount", context_version as "fromSeq", null::timestamptz as "createdAt",
          null::text as state
            from threadkeep.conversation where user_id = $1 and id = $2 and deleted_at is null
   union all
   select 'newest', id, seq, role, content, "contentIsJson", metadata, "tokenCount", 0, null,
     state
     from (${newest}) newest`;

/** How far back a question is looked for, and how many of the user's messages are read for it. */
export const QUESTION_REACH = { messages: 2_000, userMessages: 8 };
/** In some dialects the user gives the results of tools. Their first part tells it. */
const RESULT_TYPES = '(tool_?result|toolResult|function_?[rR]esponse|function_call_output)';
const READ_CHARACTERS = 100;
const GIVES_RESULTS = `content_is_json and left(content, ${READ_CHARACTERS}) ~ '${RESULT_TYPES}'`;
const RESULT = new RegExp(RESULT_TYPES);

/** The same of a message that was sealed, which PostgreSQL could not tell. */
export const givesResults = ({
  content,
  contentIsJson,
}: {
  content: string;
  contentIsJson: boolean;
}): boolean => contentIsJson && RESULT.test(content.slice(0, READ_CHARACTERS));

/** Selects the user's last messages that give no results, newest first. */
const asked = (limit: number) =>
  `role = 'user' and not (${GIVES_RESULTS}) order by seq desc limit ${limit}`;
export const ASKED = asked(QUESTION_REACH.userMessages);

/** Messages, and bytes of them, that are read at a time when sealed ones turned out to give results. */
const MORE_ASKED = { messages: 100, bytes: 8_000_000 };
/** Selects of the messages that `select` gives those that come next, oldest first. */
export const moreAsked = (select: (condition: string) => string): string =>
  `select * from (${withinBytes(
    `select a.*, octet_length(a.content) as bytes from (${select(asked(MORE_ASKED.messages))}) a`,
    String(MORE_ASKED.bytes),
  )}) more order by seq`;
