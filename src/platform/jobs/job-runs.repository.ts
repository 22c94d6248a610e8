// Jobs as they are run. The row is the truth: whatever carries ids to workers may lose them, repeat them, or bring them late.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase, type Statement, statement } from '../database/index.js';
import type { JobStatus } from './job.entity.js';

/** Seconds without a sign of life after which a run is taken for dead. It gives one every third of that. */
export const LEASE = 30;
/** Seconds after which a job that was handed on, and that no worker has taken, is handed on again. */
export const REPUBLISH = 30;

/** A job that may run. `failed`: it has lost its last worker, and may not. */
export interface DueJob {
  id: string;
  name: string;
  attempts: number;
  status: JobStatus;
}

/** A job that this process runs. The number of the attempt is what keeps any other run of it from writing. */
export interface ClaimedJob {
  id: string;
  userId: string | null;
  name: string;
  payload: object;
  attempt: number;
}

type Held = Pick<ClaimedJob, 'id' | 'attempt'>;

export interface Progress {
  done: number;
  total: number | null;
}

/** A run that has given no sign of life within its lease is over: its worker can no longer write under it. */
const TAKE_DUE = statement<DueJob>(
  'job.take_due',
  `update threadkeep.job j
      set wake_at = now() + interval '${REPUBLISH} seconds',
          status = case when due.lost and attempts >= max_attempts then 'failed' else 'queued' end,
          finished_at = case when due.lost and attempts >= max_attempts then now() end,
          error = case when due.lost then 'its worker stopped' else error end
     from (select id, status = 'running' as lost from threadkeep.job
            where status in ('queued', 'running') and wake_at <= now() order by wake_at limit $1 for update skip locked) due
    where j.id = due.id returning j.id, j.name, j.attempts, j.status`,
);
const GIVE_BACK = statement(
  'job.give_back',
  `update threadkeep.job set wake_at = now() where id = any ($1) and status = 'queued'`,
);

const leased = `clock_timestamp() + interval '${LEASE} seconds'`;
/** Only what this process knows how to do: during a deployment another one may know more. */
const CLAIM = statement<ClaimedJob>(
  'job.claim',
  `update threadkeep.job set status = 'running', attempts = attempts + 1, started_at = coalesce(started_at, now()), wake_at = ${leased}
    where id = $1 and status = 'queued' and due_at <= now() and name = any ($2)
   returning id, user_id as "userId", name, payload, attempts as attempt`,
);

/** Of a run that still holds its job; it gives no row to any other. */
const ofRun = `where id = $1 and attempts = $2 and status = 'running'`;
const PROGRESS = statement<{ id: string }>(
  'job.progress',
  `update threadkeep.job set wake_at = ${leased}, done = $3, total = $4 ${ofRun} returning id`,
);
const RENEW = statement<{ id: string }>(
  'job.renew',
  `update threadkeep.job set wake_at = ${leased} ${ofRun} returning id`,
);
const COMPLETE = statement<{ id: string }>(
  'job.complete',
  `update threadkeep.job set status = 'completed', finished_at = clock_timestamp(), error = null, done = $3, total = $4 ${ofRun} returning id`,
);
const FAIL = statement<{ status: JobStatus }>(
  'job.fail',
  `update threadkeep.job set status = case when attempts >= max_attempts then 'failed' else 'queued' end,
          finished_at = case when attempts >= max_attempts then now() end, error = $3,
          due_at = now() + make_interval(secs => $4), wake_at = now() + make_interval(secs => $4) ${ofRun} returning status`,
);
/** The attempt does not count, and its number is not given out again. */
const RELEASE = statement(
  'job.release',
  `update threadkeep.job set status = 'queued', wake_at = now(), max_attempts = max_attempts + 1 ${ofRun}`,
);

@Injectable()
export class JobRunsRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** Nobody else gets them for a while. */
  takeDue(limit: number): Promise<DueJob[]> {
    return this.database.write(TAKE_DUE, [limit]);
  }

  async giveBack(ids: string[]): Promise<void> {
    await this.database.write(GIVE_BACK, [ids]);
  }

  /** Null when it is not due, is running, is finished, was cancelled, or is of a kind this process does not know. */
  async claim(id: string, names: string[]): Promise<ClaimedJob | null> {
    return (await this.database.write(CLAIM, [id, names]))[0] ?? null;
  }

  renew(job: Held): Promise<boolean> {
    return this.holds(RENEW, job);
  }

  progress(job: Held, { done, total }: Progress): Promise<boolean> {
    return this.holds(PROGRESS, job, done, total);
  }

  complete(job: Held, { done, total }: Progress): Promise<boolean> {
    return this.holds(COMPLETE, job, done, total);
  }

  /** @returns null when the run no longer holds the job. */
  async fail({ id, attempt }: Held, reason: string, backoff: number): Promise<JobStatus | null> {
    return (await this.database.write(FAIL, [id, attempt, reason, backoff]))[0]?.status ?? null;
  }

  async release({ id, attempt }: Held): Promise<void> {
    await this.database.write(RELEASE, [id, attempt]);
  }

  /** False means that the job was given to another worker, or cancelled: what the transaction did must not be committed. */
  private async holds(
    query: Statement,
    { id, attempt }: Held,
    ...values: unknown[]
  ): Promise<boolean> {
    return (await this.database.write(query, [id, attempt, ...values])).length > 0;
  }
}
