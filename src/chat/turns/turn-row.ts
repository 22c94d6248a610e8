// Rows of turns as they are read, and their columns.
import type { Turn } from './turn.entity.js';

export type TurnRow = Omit<
  Turn,
  | 'userId'
  | 'workerId'
  | 'input'
  | 'contexts'
  | 'leaseExpiresAt'
  | 'createdAt'
  | 'startedAt'
  | 'firstOutputAt'
  | 'finishedAt'
> & {
  createdAt: string;
  startedAt: string | null;
  firstOutputAt: string | null;
  finishedAt: string | null;
  /** Turns of the conversation that come before one that waits; null for any other. */
  queuePosition: number | null;
};

/** All that an answer shows of a turn. */
export type ShownTurn = Omit<TurnRow, 'options'>;

/** A turn whose messages and reply are in the conversation. */
export type AdmittedTurn = TurnRow & { replyId: string; replySeq: number };
export const isAdmitted = (turn: TurnRow): turn is AdmittedTurn => turn.replyId !== null;

/** What is shown of a turn, with `t` as the turn. */
export const shown = `t.id, t.conversation_id as "conversationId", t.state,
  t.reply_id as "replyId", t.reply_seq as "replySeq", t.rounds, t.manifest_id as "manifestId", t.provider,
  t.model, t.finish_reason as "finishReason", t.usage, t.cost_usd as "costUsd", t.reply_cache as "replyCache", t.error, t.attempts,
  t.cancel_requested as "cancelRequested", t.created_at as "createdAt",
  t.started_at as "startedAt", t.first_output_at as "firstOutputAt",
  t.finished_at as "finishedAt", t.is_waiting as "isWaiting",
  case when t.is_waiting then (
    select count(*)::int from threadkeep.turn b
     where b.user_id = t.user_id and b.conversation_id = t.conversation_id and b.id < t.id
       and (b.is_waiting or b.state in ('queued', 'running', 'waiting_for_tools'))
  ) end as "queuePosition"`;
/** Of `TurnRow`. */
export const columns = `t.options, ${shown}`;

/** SQL: the contexts of a turn `t`, and that of its reply. More than some 600 are not kept. */
export const contextsWith = (manifestId: string): string =>
  `case when pg_column_size(t.contexts) > 60000 then t.contexts
        else t.contexts || jsonb_build_object(t.reply_id, ${manifestId}) end`;
