// SQL of rounds of tools within a turn.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../../platform/database/index.js';
import { ChangeFeed } from '../../../platform/streams/index.js';
import { SealedTurns } from '../sealed-turns.js';
import type { ToolRound } from '../turn.entity.js';
import {
  type AdmittedTurn,
  columns,
  jsonOf,
  lease,
  type TurnOutcome,
} from '../turns.repository.js';

/** What a whole reply used counts from now on, whatever becomes of its calls. */
const KEEP_USAGE = ownedStatement<AdmittedTurn>(
  'turn.keep_usage',
  `update threadkeep.turn t set usage = $3, cost_usd = $4, reply_cache = $5
    where t.user_id = $1 and t.id = $2 and t.worker_id = $6 and t.state = 'running'
   returning ${columns}`,
);

/** Ends a round once: the turn then has another reply, or waits for the application. */
const END_ROUND = ownedStatement<AdmittedTurn>(
  'turn.end_round',
  `update threadkeep.turn t
      set rounds = t.rounds || jsonb_build_array(
          $5::jsonb || jsonb_build_object('manifestId', t.manifest_id)),
        reply_id = $6, reply_seq = $7, state = $8,
        finish_reason = case when $8 = 'running' then t.finish_reason else 'tool-calls' end,
        lease_expires_at = case when $8 = 'running' then ${lease} end,
        worker_id = case when $8 = 'running' then t.worker_id end
    where t.user_id = $1 and t.id = $2 and t.worker_id = $3 and t.state = 'running'
      and ($8 = 'running' or not t.cancel_requested)
      and t.reply_id = $4 and not t.rounds @> jsonb_build_array(jsonb_build_object('replyId', $4::uuid))
   returning ${columns}`,
);

/** A turn that goes on with another reply, in this process. */
const FIND_AFTER = ownedStatement<AdmittedTurn>(
  'turn.find_after_round',
  `select ${columns} from threadkeep.turn t
    where t.user_id = $1 and t.id = $2 and t.worker_id = $3 and t.state = 'running'
      and t.reply_id <> $4`,
);

interface Place {
  id: string;
  seq: number;
}

export interface EndedRound {
  turn: AdmittedTurn;
  workerId: string;
  /** The message with the results. */
  results: Place;
  /** Null when the turn waits for the application. */
  next: Place | null;
}

@Injectable()
export class RoundsRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly feed: ChangeFeed,
    private readonly sealed: SealedTurns,
  ) {}

  /** Returns null when another process holds the turn, or it has ended. */
  async keepUsage(
    id: string,
    workerId: string,
    { usage, costUsd, replyCache }: Pick<TurnOutcome, 'usage' | 'costUsd' | 'replyCache'>,
  ): Promise<AdmittedTurn | null> {
    const values = [id, jsonOf(usage), costUsd, jsonOf(replyCache), workerId];
    return this.sealed.openFirst(await this.database.write(KEEP_USAGE, values));
  }

  /**
   * Returns null when the round has ended already, another process holds the turn, or it would wait and
   * was cancelled.
   */
  async end({ turn, workerId, results, next }: EndedRound): Promise<AdmittedTurn | null> {
    const round: Omit<ToolRound, 'manifestId'> = {
      replyId: turn.replyId,
      replySeq: turn.replySeq,
      resultsId: results.id,
      resultsSeq: results.seq,
    };
    const reply = next ?? { id: turn.replyId, seq: turn.replySeq };
    const state = next ? 'running' : 'waiting_for_tools';
    const values = [turn.id, workerId, turn.replyId, JSON.stringify(round), reply.id, reply.seq];
    const rows = await this.database.write(END_ROUND, [...values, state]);
    if (rows.length > 0) this.feed.changed(turn.conversationId);
    return this.sealed.openFirst(rows);
  }

  /** Returns null when the turn is not behind its reply of before, or this process does not hold it. */
  async findAfter({ id, replyId }: AdmittedTurn, workerId: string): Promise<AdmittedTurn | null> {
    return this.sealed.openFirst(await this.database.read(FIND_AFTER, [id, workerId, replyId]));
  }
}
