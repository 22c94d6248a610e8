// What becomes of a turn and its reply.
import type { FinalStatus } from '../../../conversations/index.js';
import type { LeftOut } from '../../digests/digests.js';
import { type ModelRef, sumOfUsage } from '../../models/index.js';
import type { FinalState, TurnCacheUse, TurnError } from '../turn.entity.js';
import { NO_FINISH, type TurnOutcome, type TurnRow } from '../turns.repository.js';
import type { WholeReply } from './cached-replies.js';
import type { LiveTurn } from './live-turn.js';

/** How the model ended its answer, what the cache did, and what the context left out. */
export type Finish = Omit<WholeReply, 'parts'> & {
  replyCache: TurnCacheUse | null;
  model: ModelRef;
  leftOut: LeftOut;
};

const ENDS = {
  cancelled: 'The turn was cancelled.',
  stopped: 'The service stopped while the model answered.',
  lost: 'Another process took the turn over.',
} as const;

/** Why a turn was ended from outside. */
export const endedBy = (end: keyof typeof ENDS): TurnError => ({
  code: `turn.${end}`,
  message: ENDS[end],
});

export function outcomeOf(
  finish: Finish | null,
  error: TurnError | null,
  live: LiveTurn,
): TurnOutcome {
  if (finish && !error) {
    const { reason: finishReason, usage, costUsd, replyCache } = finish;
    const state = live.reply.hasCalls ? 'waiting_for_tools' : 'completed';
    return { state, finishReason, usage, costUsd, replyCache, error: null };
  }
  const state: FinalState = live.end === 'cancelled' ? 'cancelled' : stateAfter(live);
  return brokenOff(state, error);
}

/** A turn whose model gave no whole reply. */
export const brokenOff = (state: FinalState, error: TurnError | null): TurnOutcome => ({
  ...NO_FINISH,
  state,
  error,
});

/** A turn whose whole reply calls tools that are not run. */
export const overLimit = (outcome: TurnOutcome, error: TurnError): TurnOutcome => ({
  ...outcome,
  state: 'interrupted',
  error,
});

/** Adds what the calls before the results of tools used. */
export const withEarlier = (
  { usage, costUsd, replyCache }: TurnRow,
  outcome: TurnOutcome,
): TurnOutcome => ({
  ...outcome,
  usage: sumOfUsage(usage, outcome.usage),
  costUsd: outcome.costUsd === null ? costUsd : (costUsd ?? 0) + outcome.costUsd,
  replyCache: sumOfCacheUse(replyCache, outcome.replyCache),
});

/** All replies of the turn were in the cache, or it is no hit. */
function sumOfCacheUse(
  earlier: TurnCacheUse | null,
  use: TurnCacheUse | null,
): TurnCacheUse | null {
  if (earlier === null || use === null) return use ?? earlier;
  return {
    hit: earlier.hit && use.hit,
    ageSeconds: larger(earlier.ageSeconds, use.ageSeconds),
    savedTokens: sum(earlier.savedTokens, use.savedTokens),
    savedCostUsd: sum(earlier.savedCostUsd, use.savedCostUsd),
  };
}

const sum = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0);
const larger = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);

/** A reply that breaks off keeps its text, so it is interrupted. Without any text it has failed. */
const stateAfter = (live: LiveTurn): FinalState =>
  live.reply.isEmpty && live.end === null ? 'failed' : 'interrupted';

/** An empty reply is of no use to a model. */
export function replyStatus({ finishReason }: TurnOutcome, isEmpty: boolean): FinalStatus {
  if (finishReason !== null) return 'complete';
  return isEmpty ? 'failed' : 'interrupted';
}
