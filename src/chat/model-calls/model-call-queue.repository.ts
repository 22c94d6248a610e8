// SQL of running model calls. The rows are the queue: a process claims calls for as many places as it
// has, and holds them by a lease.
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { ownedStatement, ScopedDatabase, statement } from '../../platform/database/index.js';
import { ExpiringRows } from '../../platform/jobs/index.js';
import { ChangeFeed } from '../../platform/streams/index.js';
import { SealedCalls } from './sealed-calls.js';
import type { FinalModelCallState, ModelCallRecord } from './model-call.entity.js';

/** Seconds for which a call is held. A process renews three times as often. */
export const LEASE_SECONDS = 15;
/** A call at a provider that a process does not know waits so long for another process. */
const ROLLOUT_MINUTES = 15;
/** Runs of one call, at most, when its processes die. */
const MAX_ATTEMPTS = 3;

const lease = `clock_timestamp() + interval '${LEASE_SECONDS} seconds'`;

/** Users with rows that pass, each found by one look at an index that begins with `user_id`. */
const usersWith = (condition: string): string => `
  (select c.user_id from threadkeep.model_call c where ${condition} order by c.user_id limit 1)
   union all
  select (select c.user_id from threadkeep.model_call c
           where ${condition} and c.user_id > u.user_id order by c.user_id limit 1)
    from users u where u.user_id is not null`;

export interface ClaimedCall {
  userId: string;
  id: string;
}

/**
 * Claims calls for process $1: $3 at the providers $2, $4 in all, and of one user no more than make
 * $5 that run here. The priority decides, then who has the fewest that run here, then the age.
 */
const CLAIM = statement<ClaimedCall>(
  'model_call.claim',
  `with recursive users as (${usersWith(`c.state = 'queued'`)}),
   room as (select r.provider, r.places from unnest($2::text[], $3::int[]) r (provider, places)),
   candidate as (
     select next.*, held.calls + row_number()
         over (partition by next.user_id order by next.priority, next.id) as nth
       from users u
       cross join room
       cross join lateral (
         select c.user_id, c.id, c.provider, c.priority from threadkeep.model_call c
          where c.user_id = u.user_id and c.provider = room.provider and c.state = 'queued'
          order by c.priority, c.id limit $5) next
       cross join lateral (
         select count(*) as calls from threadkeep.model_call h
          where h.user_id = u.user_id and h.lease_expires_at is not null and h.worker_id = $1) held
      where exists (select from threadkeep.app_user a
        where a.id = u.user_id and a.status = 'active')),
   ranked as (
     select c.*, row_number() over (partition by c.provider order by c.priority, c.nth, c.id) as place
       from candidate c where c.nth <= $5),
   chosen as (
     select r.user_id, r.id from ranked r join room using (provider)
      where r.place <= room.places order by r.priority, r.nth, r.id limit $4),
   locked as (
     select c.user_id, c.id from threadkeep.model_call c join chosen using (user_id, id)
      where c.state = 'queued' for update of c skip locked)
   update threadkeep.model_call c
      set state = 'running', worker_id = $1, lease_expires_at = ${lease}, attempts = c.attempts + 1,
        started_at = coalesce(c.started_at, clock_timestamp())
     from locked where c.user_id = locked.user_id and c.id = locked.id
   returning c.user_id as "userId", c.id`,
);

/** Renews what a process holds. Returns the ones that it still holds. */
const RENEW = statement<{ id: string; cancelRequested: boolean }>(
  'model_call.renew',
  `update threadkeep.model_call c set lease_expires_at = ${lease}
     from unnest($1::uuid[], $2::uuid[]) held (user_id, id)
    where c.user_id = held.user_id and c.id = held.id and c.worker_id = $3 and c.state = 'running'
   returning c.id, c.cancel_requested as "cancelRequested"`,
);

const isRetried = `c.on_crash = 'retry' and c.attempts < ${MAX_ATTEMPTS}`;
const LOST = `'{"code":"model_call.lost","message":"The process that made the call is gone."}'::jsonb`;

/** Ends calls whose process is gone, or puts them back. */
const SETTLE_ABANDONED = statement<{ id: string }>(
  'model_call.settle_abandoned',
  `with recursive users as (${usersWith('c.lease_expires_at is not null')}),
   gone as (
     select a.user_id, a.id from users u
       cross join lateral (
         select c.user_id, c.id from threadkeep.model_call c
          where c.user_id = u.user_id and c.lease_expires_at <= clock_timestamp()) a
      limit $1)
   update threadkeep.model_call c
      set state = case when c.cancel_requested then 'cancelled' when ${isRetried} then 'queued'
            else 'failed' end,
        error = case when c.cancel_requested or not (${isRetried}) then ${LOST} end,
        finished_at = case when c.cancel_requested or not (${isRetried}) then clock_timestamp() end,
        worker_id = null, lease_expires_at = null
     from gone
    where c.user_id = gone.user_id and c.id = gone.id and c.state = 'running'
      and c.lease_expires_at <= clock_timestamp()
   returning c.id`,
);

const NOT_CONFIGURED = `jsonb_build_object('code', 'model.not_configured',
  'message', 'The provider of the call is not configured any more.')`;

/**
 * Ends calls at providers other than $1. Young ones wait: during a rollout, another process may know
 * their provider.
 */
const REFUSE_UNKNOWN = statement<{ id: string }>(
  'model_call.refuse_unknown',
  `with recursive users as (${usersWith(`c.state = 'queued'`)}),
   stranded as (
     select s.user_id, s.id from users u
       cross join lateral (
         select c.user_id, c.id from threadkeep.model_call c
          where c.user_id = u.user_id and c.state = 'queued' and c.provider <> all($1::text[])
            and c.created_at < now() - interval '${ROLLOUT_MINUTES} minutes'
          limit $2) s
      limit $2)
   update threadkeep.model_call c
      set state = 'failed', error = ${NOT_CONFIGURED}, finished_at = clock_timestamp()
     from stranded where c.user_id = stranded.user_id and c.id = stranded.id and c.state = 'queued'
   returning c.id`,
);

const REQUEST = ownedStatement<RunningCall>(
  'model_call.request',
  `select c.id, c.provider, c.model, c.request, c.on_crash as "onCrash",
     c.cancel_requested as "cancelRequested"
    from threadkeep.model_call c
    where c.user_id = $1 and c.id = $2 and c.worker_id = $3 and c.state = 'running'`,
);

/** A call ends once, by the process that holds it. One that failed after a cancel is cancelled. */
const FINISH = ownedStatement<{ id: string }>(
  'model_call.finish',
  `update threadkeep.model_call c
      set state = case when $4 = 'failed' and c.cancel_requested then 'cancelled' else $4 end,
        reply = $5, finish_reason = $6, usage = $7, cost_usd = $8, error = $9,
        finished_at = clock_timestamp(), worker_id = null, lease_expires_at = null
    where c.user_id = $1 and c.id = $2 and c.worker_id = $3 and c.state = 'running'
   returning c.id`,
);

/** Puts a call back that this process holds. */
const RELEASE = ownedStatement<{ id: string }>(
  'model_call.release',
  `update threadkeep.model_call c set state = 'queued', worker_id = null, lease_expires_at = null
    where c.user_id = $1 and c.id = $2 and c.worker_id = $3 and c.state = 'running'
      and not c.cancel_requested
   returning c.id`,
);

const EXPIRE = statement<{ count: number }>(
  'model_call.expire',
  `with recursive users as (${usersWith('c.finished_at is not null')}),
   old as (
     select o.user_id, o.id from users u
       cross join lateral (
         select c.user_id, c.id from threadkeep.model_call c
          where c.user_id = u.user_id and c.finished_at < now() - make_interval(days => $1)
          limit $2) o
      limit $2),
   gone as (
     delete from threadkeep.model_call c using old
      where c.user_id = old.user_id and c.id = old.id and c.finished_at is not null returning 1)
   select count(*)::integer as count from gone`,
);

export type RunningCall = Pick<
  ModelCallRecord,
  'id' | 'provider' | 'model' | 'request' | 'onCrash' | 'cancelRequested'
>;

/** How a call ended. */
export type ModelCallOutcome = Pick<
  ModelCallRecord,
  'reply' | 'finishReason' | 'usage' | 'costUsd' | 'error'
> & { state: FinalModelCallState };

/** The places of a process. */
export interface FreePlaces {
  /** At each provider. */
  providers: ReadonlyMap<string, number>;
  /** Of all providers. */
  total: number;
  /** The most that one user may have at a time. */
  perUser: number;
}

@Injectable()
export class ModelCallQueueRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly feed: ChangeFeed,
    private readonly sealed: SealedCalls,
    { retention: { modelCallDays } }: Config,
    expiring: ExpiringRows,
  ) {
    expiring.add(
      async (limit) => (await this.database.write(EXPIRE, [modelCallDays, limit]))[0]!.count,
    );
  }

  /** Call it as the system. */
  async claim(workerId: string, { providers, total, perUser }: FreePlaces): Promise<ClaimedCall[]> {
    const names = [...providers.keys()];
    const places = [...providers.values()];
    const values = [workerId, names, places, total, perUser];
    return this.changed(await this.database.write(CLAIM, values));
  }

  /** Call it as the system. */
  renew(calls: readonly ClaimedCall[], workerId: string) {
    const userIds = calls.map(({ userId }) => userId);
    return this.database.write(RENEW, [userIds, calls.map(({ id }) => id), workerId]);
  }

  /** Call it as the system. @returns how many were waiting for nobody, `limit` at most */
  async settleAbandoned(limit: number): Promise<number> {
    return this.changed(await this.database.write(SETTLE_ABANDONED, [limit])).length;
  }

  /**
   * Ends calls at providers that are not configured, `limit` at most. Call it as the system.
   * @param providers those that are
   */
  async refuseUnknown(providers: readonly string[], limit: number): Promise<void> {
    await this.database.write(REFUSE_UNKNOWN, [providers, limit]);
  }

  /** Returns null when the process does not hold the call. Its request may be sealed. */
  async findRunning(id: string, workerId: string): Promise<RunningCall | null> {
    return (await this.database.read(REQUEST, [id, workerId]))[0] ?? null;
  }

  /** The request of a call that was found. @throws AppError `vault.unreadable` */
  requestOf({ id, request }: RunningCall): Promise<string> {
    return this.sealed.openRequest(id, request);
  }

  /** Does nothing when the process does not hold the call. */
  async finish(id: string, workerId: string, outcome: ModelCallOutcome): Promise<void> {
    const { state, finishReason, usage, costUsd, error } = outcome;
    const reply = await this.sealed.reply(id, outcome.reply);
    const values = [state, reply, finishReason, jsonOf(usage), costUsd, jsonOf(error)];
    this.changed(await this.database.write(FINISH, [id, workerId, ...values]));
  }

  /** Returns false when the call was cancelled, or the process does not hold it. */
  async release(id: string, workerId: string): Promise<boolean> {
    return this.changed(await this.database.write(RELEASE, [id, workerId])).length > 0;
  }

  /** Wakes who watches the calls. */
  private changed<T extends { id: string }>(calls: T[]): T[] {
    for (const { id } of calls) this.feed.changed(id);
    return calls;
  }
}

const jsonOf = (value: object | null): string | null =>
  value === null ? null : JSON.stringify(value);
