// SQL of turns. A process holds a turn by a lease; whoever finds it over takes the turn.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, statement } from '../../platform/database/index.js';
import { ChangeFeed } from '../../platform/streams/index.js';
import { SealedTurns } from './sealed-turns.js';
import { type AdmittedTurn, columns, contextsWith, type TurnRow } from './turn-row.js';
import type { FinalState, Turn, TurnCacheUse, TurnError, TurnOptions } from './turn.entity.js';

export {
  type AdmittedTurn,
  columns,
  isAdmitted,
  type ShownTurn,
  type TurnRow,
} from './turn-row.js';

/** Seconds for which a turn is held. A process renews three times as often. */
export const LEASE_SECONDS = 15;

export const lease = `clock_timestamp() + interval '${LEASE_SECONDS} seconds'`;

/** No process runs the turn: it waits for another turn, or for results of tools. */
const IS_PENDING = `(t.is_waiting or t.state = 'waiting_for_tools')`;

/** Returns no row when a turn of the conversation is active, or waits. */
const INSERT = ownedStatement<TurnRow>(
  'turn.insert',
  `insert into threadkeep.turn as t (user_id, id, conversation_id, state, options, reply_id, reply_seq,
     worker_id, lease_expires_at)
   select $1, $2, $3, 'queued', $4, $5, $6, $7, ${lease}
    where not exists (
      select from threadkeep.turn w
       where w.user_id = $1 and w.conversation_id = $3 and w.is_waiting)
   on conflict (user_id, conversation_id) where state in ('queued', 'running') and not is_waiting
     do nothing
   returning ${columns}`,
);

const FIND = ownedStatement<TurnRow>(
  'turn.find',
  `select ${columns} from threadkeep.turn t
     join threadkeep.conversation c on c.user_id = $1 and c.id = $2 and c.deleted_at is null
    where t.user_id = $1 and t.id = $3 and t.conversation_id = $2`,
);

/** Keeps a turn that comes after others. Returns no row when the user has $6 that wait. */
const INSERT_WAITING = ownedStatement<TurnRow>(
  'turn.insert_waiting',
  `insert into threadkeep.turn as t (user_id, id, conversation_id, state, is_waiting, options, input)
   select $1, $2, $3, 'queued', true, $4, $5
    where (select count(*) from (
       select from threadkeep.turn w where w.user_id = $1 and w.is_waiting limit $6) waiting) < $6
   returning ${columns}`,
);

/** The turns that one of the conversation has to wait for. None of them ends before the commit. */
const LOCK_BEFORE = ownedStatement<{ id: string }>(
  'turn.lock_before',
  `select t.id from threadkeep.turn t
     join threadkeep.conversation c on c.user_id = $1 and c.id = $2 and c.deleted_at is null
    where t.user_id = $1 and t.conversation_id = $2
      and (t.is_waiting or t.state in ('queued', 'running', 'waiting_for_tools'))
    order by t.id limit $3
      for update of t`,
);

/**
 * Lets the first turn that waits take its conversation, when none holds it, and gives it to a
 * process.
 */
const PROMOTE = ownedStatement<TurnRow>(
  'turn.promote',
  `update threadkeep.turn t set is_waiting = false, worker_id = $3, lease_expires_at = ${lease}
    where t.user_id = $1 and t.id = (
        select w.id from threadkeep.turn w
         where w.user_id = $1 and w.conversation_id = $2 and w.is_waiting order by w.id limit 1)
      and t.is_waiting
      and not exists (
        select from threadkeep.turn a
         where a.user_id = $1 and a.conversation_id = $2 and not a.is_waiting
           and a.state in ('queued', 'running', 'waiting_for_tools'))
   returning ${columns}`,
);

const INPUT = ownedStatement<{ input: string; isCancelled: boolean; isActive: boolean }>(
  'turn.input',
  `select t.input, t.cancel_requested as "isCancelled",
          exists (select from threadkeep.app_user u where u.id = t.user_id and u.status = 'active')
            as "isActive"
     from threadkeep.turn t
    where t.user_id = $1 and t.id = $2 and t.worker_id = $3 and t.reply_id is null
      for update`,
);

/** Notes the reply of a turn whose messages are in the conversation now. */
const ADMIT = ownedStatement<TurnRow>(
  'turn.admit',
  `update threadkeep.turn t set reply_id = $3, reply_seq = $4, input = null
    where t.user_id = $1 and t.id = $2
   returning ${columns}`,
);

/** The turn that holds the conversation. */
const ACTIVE = ownedStatement<TurnRow>(
  'turn.active',
  `select ${columns} from threadkeep.turn t
    where t.user_id = $1 and t.conversation_id = $2
      and t.state in ('queued', 'running') and not t.is_waiting`,
);

/** Waits for whoever ends the turn, before its conversation is locked. */
const LOCK = ownedStatement<{ id: string }>(
  'turn.lock',
  `select t.id from threadkeep.turn t where t.user_id = $1 and t.id = $2 for update`,
);

/** Gives a turn that waits for results of tools another reply. */
const RESUME = ownedStatement<TurnRow>(
  'turn.resume',
  `update threadkeep.turn t set state = 'queued', reply_id = $3, reply_seq = $4, rounds = '[]', worker_id = $5,
       options = case when $6::jsonb is null then t.options else $6::jsonb end,
       lease_expires_at = ${lease}
    where t.user_id = $1 and t.id = $2 and t.state = 'waiting_for_tools'
   returning ${columns}`,
);

const BEGIN = ownedStatement<TurnRow>(
  'turn.begin',
  `update threadkeep.turn t
      set state = 'running', attempts = t.attempts + 1,
        started_at = coalesce(t.started_at, clock_timestamp()), lease_expires_at = ${lease}
    where t.user_id = $1 and t.id = $2 and t.worker_id = $3 and t.state in ('queued', 'running')
      and t.reply_id is not null
   returning ${columns}`,
);

const NOTE_CALL = ownedStatement(
  'turn.note_call',
  `update threadkeep.turn t set manifest_id = $3, provider = $4, model = $5,
     contexts = ${contextsWith('$3::uuid')}
    where t.user_id = $1 and t.id = $2 and t.worker_id = $6 and t.state = 'running'`,
);

const NOTE_OUTPUT = ownedStatement(
  'turn.note_output',
  `update threadkeep.turn t set first_output_at = coalesce(t.first_output_at, clock_timestamp())
    where t.user_id = $1 and t.id = $2`,
);

/** A cancel that came while the model still answered. */
const IS_CANCELLED = `($3 = 'waiting_for_tools' and t.cancel_requested)`;
const IS_ENDED = `($3 <> 'waiting_for_tools' or t.cancel_requested)`;
const CANCELLED = `'{"code":"turn.cancelled","message":"The turn was cancelled."}'::jsonb`;

/**
 * A turn ends once. One that waits for results of tools goes on with another reply, unless it was
 * cancelled. One that has ended keeps no options: they may quote messages, which may be erased.
 */
const FINISH = ownedStatement<TurnRow>(
  'turn.finish',
  `update threadkeep.turn t
      set state = case when ${IS_CANCELLED} then 'cancelled' else $3 end, finish_reason = $4,
        usage = $5, cost_usd = $6, reply_cache = $9,
        error = case when ${IS_CANCELLED} then ${CANCELLED} else $7::jsonb end,
        finished_at = case when ${IS_ENDED} then clock_timestamp() end,
        options = case when ${IS_ENDED} then '{}' else t.options end,
        lease_expires_at = null, worker_id = null, input = null
    where t.user_id = $1 and t.id = $2 and t.worker_id = $8 and t.state in ('queued', 'running')
   returning ${columns}`,
);

/** One that waits is cancelled at once; a running one by the process that runs it. */
const CANCEL = ownedStatement<TurnRow>(
  'turn.cancel',
  `update threadkeep.turn t
      set cancel_requested = true, is_waiting = false,
        input = case when not t.is_waiting then t.input end,
        state = case when ${IS_PENDING} then 'cancelled' else t.state end,
        options = case when ${IS_PENDING} then '{}' else t.options end,
        finished_at = case when ${IS_PENDING} then clock_timestamp() end
    where t.user_id = $1 and t.id = $2 and t.state in ('queued', 'running', 'waiting_for_tools')
   returning ${columns}`,
);

const LIST = ownedStatement<TurnRow>(
  'turn.list',
  `select ${columns} from threadkeep.turn t
    where t.user_id = $1 and t.conversation_id = $2 and ($3::uuid is null or t.id < $3)
    order by t.id desc limit $4`,
);

/** Renews what a process holds. Returns the ones that it still holds. */
const RENEW = statement<{ id: string; cancelRequested: boolean }>(
  'turn.renew',
  `update threadkeep.turn t set lease_expires_at = ${lease}
    where t.id = any($1::uuid[]) and t.worker_id = $2 and t.state in ('queued', 'running')
   returning t.id, t.cancel_requested as "cancelRequested"`,
);

const ABANDONED_USERS = statement<{ id: string }>(
  'turn.users_with_abandoned',
  `select distinct user_id as id from threadkeep.turn
    where lease_expires_at <= now() and user_id > $1 order by 1 limit $2`,
);

/** Takes over what nobody holds any more. */
const TAKE_OVER = ownedStatement<TurnRow>(
  'turn.take_over',
  `update threadkeep.turn t set worker_id = $2, lease_expires_at = ${lease}
    where t.user_id = $1 and t.id in (
      select a.id from threadkeep.turn a
       where a.user_id = $1 and a.lease_expires_at <= clock_timestamp()
       order by a.lease_expires_at limit $3 for update skip locked)
   returning ${columns}`,
);

/** Lets another process take a turn over at once. The run of this process does not count. */
const HAND_OVER = ownedStatement<{ id: string }>(
  'turn.hand_over',
  `update threadkeep.turn t
      set lease_expires_at = clock_timestamp(), attempts = greatest(t.attempts - 1, 0)
    where t.user_id = $1 and t.id = $2 and t.worker_id = $3 and t.state in ('queued', 'running')
      and not t.cancel_requested
   returning t.id`,
);

/** Fields of a turn whose model gave no whole reply. */
export const NO_FINISH = {
  finishReason: null,
  usage: null,
  costUsd: null,
  replyCache: null,
} as const;

/** How a turn ended. */
export interface TurnOutcome {
  state: FinalState | 'waiting_for_tools';
  finishReason: string | null;
  usage: Turn['usage'];
  costUsd: number | null;
  replyCache: TurnCacheUse | null;
  error: TurnError | null;
}

interface TurnIdentity {
  id: string;
  conversationId: string;
  options: TurnOptions;
}

export interface NewTurn extends TurnIdentity {
  reply: { id: string; seq: number };
  workerId: string;
}

/** `input`: its messages as JSON. */
export interface WaitingTurn extends TurnIdentity {
  input: string;
}

@Injectable()
export class TurnsRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly feed: ChangeFeed,
    private readonly sealed: SealedTurns,
  ) {}

  /** Returns null when another one is active. */
  async insert({ id, conversationId, options, reply, workerId }: NewTurn): Promise<TurnRow | null> {
    const values = [id, conversationId, await this.sealed.options(id, options), reply.id];
    const [row] = await this.database.write(INSERT, [...values, reply.seq, workerId]);
    return this.changed(row);
  }

  /** Returns null when as many turns of the user wait as may. */
  async insertWaiting(turn: WaitingTurn, maxWaiting: number): Promise<TurnRow | null> {
    const { id, conversationId, options, input } = turn;
    const stored = [await this.sealed.options(id, options), await this.sealed.input(id, input)];
    const values = [id, conversationId, ...stored, maxWaiting];
    return this.changed((await this.database.write(INSERT_WAITING, values))[0]);
  }

  /** Locks the turns that another one has to wait for, in order. Call it in a transaction. */
  async lockBefore(conversationId: string, limit: number): Promise<string[]> {
    return (await this.database.write(LOCK_BEFORE, [conversationId, limit])).map(({ id }) => id);
  }

  /** Call it in the transaction that ends a turn. Returns null when none waits. */
  async promote(conversationId: string, workerId: string): Promise<TurnRow | null> {
    return this.changed((await this.database.write(PROMOTE, [conversationId, workerId]))[0]);
  }

  /**
   * Reads the messages of a turn that comes next, and locks it. Returns null when they are in the
   * conversation, or another process holds the turn.
   */
  async lockInput(id: string, workerId: string) {
    const [row] = await this.database.write(INPUT, [id, workerId]);
    return row ? { ...row, input: await this.sealed.openInput(id, row.input) } : null;
  }

  async admit(id: string, reply: { id: string; seq: number }): Promise<AdmittedTurn> {
    const [row] = await this.database.write(ADMIT, [id, reply.id, reply.seq]);
    return (await this.changed(row)) as AdmittedTurn;
  }

  async find(conversationId: string, id: string): Promise<TurnRow | null> {
    return this.sealed.openFirst(await this.database.read(FIND, [conversationId, id]));
  }

  async findActive(conversationId: string): Promise<TurnRow | null> {
    return this.sealed.openFirst(await this.database.read(ACTIVE, [conversationId]));
  }

  /**
   * Locks a turn. Call it first in a transaction that appends messages of the turn: others lock turns
   * before conversations, too.
   */
  async lock(id: string): Promise<void> {
    await this.database.write(LOCK, [id]);
  }

  /**
   * Returns null when the turn does not wait for results.
   * @param options null for those that it has
   */
  async resume(
    id: string,
    reply: { id: string; seq: number },
    workerId: string,
    options: TurnOptions | null,
  ) {
    const stored = options && (await this.sealed.options(id, options));
    const values = [id, reply.id, reply.seq, workerId, stored];
    return this.changed((await this.database.write(RESUME, values))[0]);
  }

  /** Returns null when another process holds the turn, or it has ended. */
  async begin(id: string, workerId: string): Promise<AdmittedTurn | null> {
    const [row] = await this.database.write(BEGIN, [id, workerId]);
    return (await this.changed(row)) as AdmittedTurn | null;
  }

  async noteCall(
    id: string,
    workerId: string,
    { manifestId, provider, model }: { manifestId: string; provider: string; model: string },
  ): Promise<void> {
    await this.database.write(NOTE_CALL, [id, manifestId, provider, model, workerId]);
  }

  async noteOutput(id: string): Promise<void> {
    await this.database.write(NOTE_OUTPUT, [id]);
  }

  /** Returns null when the turn has ended already, or another process holds it. */
  async finish(id: string, workerId: string, outcome: TurnOutcome): Promise<TurnRow | null> {
    const { state, finishReason, usage, costUsd, error, replyCache } = outcome;
    const values = [id, state, finishReason, jsonOf(usage), costUsd, jsonOf(error), workerId];
    return this.changed((await this.database.write(FINISH, [...values, jsonOf(replyCache)]))[0]);
  }

  /** Returns null when the turn has ended. */
  async cancel(id: string): Promise<TurnRow | null> {
    return this.changed((await this.database.write(CANCEL, [id]))[0]);
  }

  async list(conversationId: string, before: string | null, limit: number): Promise<TurnRow[]> {
    return this.sealed.openAll(await this.database.read(LIST, [conversationId, before, limit]));
  }

  /** Call it as the system. */
  renew(ids: string[], workerId: string) {
    return this.database.write(RENEW, [ids, workerId]);
  }

  /** Lists users with turns that nobody holds. Call it as the system. */
  async usersWithAbandoned(after: string, limit: number): Promise<string[]> {
    return (await this.database.read(ABANDONED_USERS, [after, limit])).map(({ id }) => id);
  }

  async takeOver(workerId: string, limit: number): Promise<TurnRow[]> {
    return this.sealed.openAll(await this.database.write(TAKE_OVER, [workerId, limit]));
  }

  /** Returns false when the turn was cancelled, has ended, or another process holds it. */
  async handOver(id: string, workerId: string): Promise<boolean> {
    return (await this.database.write(HAND_OVER, [id, workerId])).length > 0;
  }

  private changed(row: TurnRow | undefined): Promise<TurnRow | null> {
    if (row) this.feed.changed(row.conversationId);
    return this.sealed.openFirst(row ? [row] : []);
  }
}

export const jsonOf = (value: object | null): string | null =>
  value === null ? null : JSON.stringify(value);
