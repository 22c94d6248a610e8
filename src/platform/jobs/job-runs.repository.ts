// The SQL of running jobs. The row decides: a queue of ids may lose them, repeat them, or deliver
// them late.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase, type Statement, statement } from '../database/index.js';
import type { JobStatus } from './job.entity.js';

/**
 * A run that does not renew its lease within this time counts as dead. It renews three times as
 * often.
 */
export const LEASE_SECONDS = 30;
/**
 * A job that was taken, but not claimed within this time, is taken again: the queue lost it, or
 * this process has no handler for it.
 */
export const RETAKE_AFTER_SECONDS = 30;

/**
 * A job that this process runs. The attempt is the fence: a run with another attempt cannot write.
 */
export interface ClaimedJob {
  id: string;
  userId: string | null;
  name: string;
  payload: object;
  attempt: number;
}

/**
 * A job that was due. `running`: this process runs it. `failed`: its worker stopped, and it has no
 * attempts left.
 */
export interface TakenJob extends ClaimedJob {
  status: JobStatus;
}

type HeldJob = Pick<ClaimedJob, 'id' | 'attempt'>;

export interface Progress {
  done: number;
  total: number | null;
  /** What the next attempt gets; undefined leaves it as it is. */
  payload?: object;
}

const leased = `clock_timestamp() + interval '${LEASE_SECONDS} seconds'`;
/** Also takes jobs whose lease ran out: their old run can no longer write. */
const TAKE_DUE = statement<TakenJob>(
  'job.take_due',
  `update threadkeep.job j
      set status = due.next, attempts = attempts + (due.next = 'running')::integer,
          started_at = case when due.next = 'running' then coalesce(started_at, now())
                            else started_at end,
          finished_at = case when due.next = 'failed' then now() end,
          error = case when due.lost then 'its worker stopped' else error end,
          wake_at = case when due.next = 'running' then ${leased}
                         else now() + interval '${RETAKE_AFTER_SECONDS} seconds' end
     from (select id, status = 'running' as lost,
                  case when status = 'running' and attempts >= max_attempts then 'failed'
                       when name = any ($2) then 'running' else 'queued' end as next
             from threadkeep.job where status in ('queued', 'running') and wake_at <= now()
              and ($2::text[] is null or name = any ($2) or status = 'running')
            order by wake_at limit $1 for update skip locked) due
    where j.id = due.id
   returning j.id, user_id as "userId", name, attempts as attempt, status,
             case when status = 'running' then payload end as payload`,
);
const GIVE_BACK = statement(
  'job.give_back',
  `update threadkeep.job set wake_at = now() where id = any ($1) and status = 'queued'`,
);

/**
 * Claims only jobs with a handler here: during a deployment, a newer process may know more kinds.
 */
const CLAIM = statement<ClaimedJob>(
  'job.claim',
  `update threadkeep.job set status = 'running', attempts = attempts + 1,
    started_at = coalesce(started_at, now()), wake_at = ${leased}
    where id = $1 and status = 'queued' and due_at <= now() and name = any ($2)
   returning id, user_id as "userId", name, payload, attempts as attempt`,
);

/** The fence: matches no row unless the run still holds its job. */
const ofRun = `where id = $1 and attempts = $2 and status = 'running'`;
const PROGRESS = statement<{ id: string }>(
  'job.progress',
  `update threadkeep.job set wake_at = ${leased}, done = $3, total = $4,
    payload = coalesce($5::jsonb, payload) ${ofRun} returning id`,
);
const RENEW = statement<{ id: string }>(
  'job.renew',
  `update threadkeep.job set wake_at = ${leased} ${ofRun} returning id`,
);
const COMPLETE = statement<{ id: string }>(
  'job.complete',
  `update threadkeep.job set status = 'completed', finished_at = clock_timestamp(), error = null,
    payload = '{}', done = $3, total = $4 ${ofRun} returning id`,
);
const FAIL = statement<{ status: JobStatus }>(
  'job.fail',
  `update threadkeep.job set
          status = case when attempts >= max_attempts then 'failed' else 'queued' end,
          finished_at = case when attempts >= max_attempts then now() end, error = $3,
          due_at = now() + make_interval(secs => $4),
          wake_at = now() + make_interval(secs => $4) ${ofRun} returning status`,
);
/**
 * Puts the job back without counting this attempt: it raises the maximum by one. The number of the
 * attempt is not used again.
 */
const RELEASE = statement(
  'job.release',
  `update threadkeep.job set status = 'queued', wake_at = now(),
    max_attempts = max_attempts + 1 ${ofRun}`,
);

@Injectable()
export class JobRunsRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /**
   * Takes jobs that are due, and claims those with one of these names for this process. Other
   * processes do not get the rest for `RETAKE_AFTER_SECONDS`.
   * @param names of the jobs to run here; others are left to other processes. Null takes jobs of
   * all names, for the queue.
   */
  takeDue(limit: number, names: string[] | null): Promise<TakenJob[]> {
    return this.database.write(TAKE_DUE, [limit, names]);
  }

  async giveBack(ids: string[]): Promise<void> {
    await this.database.write(GIVE_BACK, [ids]);
  }

  /**
   * @returns null when the job is not due, is running, is finished, was cancelled, or has no
   * handler here
   */
  async claim(id: string, names: string[]): Promise<ClaimedJob | null> {
    return (await this.database.write(CLAIM, [id, names]))[0] ?? null;
  }

  renew(job: HeldJob): Promise<boolean> {
    return this.holds(RENEW, job);
  }

  progress(job: HeldJob, { done, total, payload }: Progress): Promise<boolean> {
    return this.holds(PROGRESS, job, done, total, payload ? JSON.stringify(payload) : null);
  }

  complete(job: HeldJob, { done, total }: Progress): Promise<boolean> {
    return this.holds(COMPLETE, job, done, total);
  }

  /** @returns null when the run no longer holds the job */
  async fail({ id, attempt }: HeldJob, reason: string, backoff: number): Promise<JobStatus | null> {
    return (await this.database.write(FAIL, [id, attempt, reason, backoff]))[0]?.status ?? null;
  }

  async release({ id, attempt }: HeldJob): Promise<void> {
    await this.database.write(RELEASE, [id, attempt]);
  }

  /**
   * @returns false when another worker has the job, or it was cancelled: roll the transaction back
   * then
   */
  private async holds(
    query: Statement,
    { id, attempt }: HeldJob,
    ...values: unknown[]
  ): Promise<boolean> {
    return (await this.database.write(query, [id, attempt, ...values])).length > 0;
  }
}
