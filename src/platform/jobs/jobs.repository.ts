// The SQL of jobs: enqueueing, showing and expiring them. job-runs.repository.ts has that of
// running them.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, type Statement, statement } from '../database/index.js';
import { type ListQuery, Lists, type Page } from '../list/index.js';
import type { AdminJobDto, JobDto, JobState } from './dto/job.dto.js';
import { ExpiringRows } from './expiring-rows.js';
import { adminJobList, jobList } from './job.list.js';

/** Finished jobs are kept this long. */
export const KEPT_DAYS = 7;

/** A failed job can be tried again for this long: over a weekend. Its payload is erased then. */
export const RETRYABLE_HOURS = 72;

export interface NewJob {
  id: string;
  name: string;
  key: string | null;
  payload: object;
  maxAttempts: number;
  delaySeconds: number;
}

export type NewRecurringJob = Pick<NewJob, 'id' | 'name' | 'maxAttempts' | 'delaySeconds'>;

/** By the database's clock, which also decides when a job is taken. */
const DUE_AT = `now() + make_interval(secs => $7)`;
/**
 * Declares a statement whose `$1` is the owner of a job. The system passes it: a user, or null for
 * a job of its own.
 */
const inBothScopes = (name: string, text: string) => ({
  user: ownedStatement<{ id: string }>(name, text),
  system: statement<{ id: string }>(name, text),
});
const INSERT = inBothScopes(
  'job.insert',
  `insert into threadkeep.job (id, user_id, name, key, payload, max_attempts, due_at, wake_at)
   values ($2, $1, $3, $4, $5, $6, ${DUE_AT}, ${DUE_AT}) on conflict do nothing returning id`,
);
/** In one order, so that processes that start together do not wait for each other in a circle. */
const INSERT_RECURRING = statement<{ id: string }>(
  'job.insert_recurring',
  `insert into threadkeep.job (id, name, key, max_attempts, due_at, wake_at)
   select id, name, name, max_attempts, due_at, due_at
     from (select id, name, max_attempts, now() + make_interval(secs => delay) as due_at
             from unnest($1::uuid[], $2::text[], $3::integer[], $4::float8[])
               as given (id, name, max_attempts, delay)) as job
    order by name on conflict do nothing returning id`,
);
const activeWhere = (owner: string) =>
  `select id from threadkeep.job where ${owner} and name = $2 and key = $3
    and status in ('queued', 'running')`;
const FIND_ACTIVE = inBothScopes('job.find_active', activeWhere('user_id = $1'));
const FIND_ACTIVE_OF_SYSTEM = statement<{ id: string }>(
  'job.find_active_of_system',
  activeWhere('user_id is null and $1::uuid is null'),
);

const STATE = `id, user_id as "userId", name, key, status, done, total, attempts,
  max_attempts as "maxAttempts", error,
  due_at as "dueAt", created_at as "createdAt", started_at as "startedAt",
  finished_at as "finishedAt"`;
const FIND = ownedStatement<JobState>(
  'job.find',
  `select ${STATE} from threadkeep.job where user_id = $1 and id = $2`,
);
const FIND_ANY = statement<JobState>(
  'job.find_any',
  `select ${STATE} from threadkeep.job where id = $1`,
);

const RETRY = statement<{ id: string }>(
  'job.retry',
  `update threadkeep.job set status = 'queued', finished_at = null, max_attempts = attempts + $2,
    due_at = now(), wake_at = now()
    where id = $1 and status = 'failed'
      and finished_at >= now() - interval '${RETRYABLE_HOURS} hours' returning id`,
);
const OLDEST = statement<{ seconds: number | null }>(
  'job.oldest',
  `select extract(epoch from now() - min(due_at))::float8 as seconds from threadkeep.job
    where status in ('queued', 'running') and due_at <= now()`,
);
const ERASE_PAYLOADS = statement<{ count: number }>(
  'job.erase_payloads',
  `with erased as (update threadkeep.job set payload = '{}' where id in (
     select id from threadkeep.job
      where finished_at < now() - interval '${RETRYABLE_HOURS} hours' and payload <> '{}'
      limit $1) returning 1)
   select count(*)::integer as count from erased`,
);
const EXPIRE = statement<{ count: number }>(
  'job.expire',
  `with gone as (delete from threadkeep.job where id in (
     select id from threadkeep.job where finished_at < now() - interval '${KEPT_DAYS} days'
       limit $1) returning 1)
   select count(*)::integer as count from gone`,
);

@Injectable()
export class JobsRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly lists: Lists,
    expiring: ExpiringRows,
  ) {
    expiring.add((limit) => this.erasePayloads(limit));
    expiring.add((limit) => this.expire(limit));
  }

  /**
   * @param userId in the scope of the system, the user whose job it is; null for the system's own
   * @returns false when an active job has the key
   */
  async insert(
    userId: string | null,
    { id, name, key, payload, maxAttempts, delaySeconds }: NewJob,
  ): Promise<boolean> {
    const query = this.database.byScope(INSERT);
    const values = [id, name, key, JSON.stringify(payload), maxAttempts, delaySeconds];
    return (await this.database.write(query, ofUser(query, userId, values))).length > 0;
  }

  /**
   * Inserts jobs of the system, each with its name as key, in one statement.
   * @returns how many; the others are active already
   */
  async insertRecurring(jobs: NewRecurringJob[]): Promise<number> {
    const inserted = await this.database.write(INSERT_RECURRING, [
      jobs.map(({ id }) => id),
      jobs.map(({ name }) => name),
      jobs.map(({ maxAttempts }) => maxAttempts),
      jobs.map(({ delaySeconds }) => delaySeconds),
    ]);
    return inserted.length;
  }

  /** @param userId as in `insert` */
  async findActive(userId: string | null, name: string, key: string): Promise<string | null> {
    const { user, system } = FIND_ACTIVE;
    const query = this.database.byScope({
      user,
      system: userId === null ? FIND_ACTIVE_OF_SYSTEM : system,
    });
    // `write`, because it joins a writing transaction, or must see the latest commits of the
    // primary.
    const [row] = await this.database.write(query, ofUser(query, userId, [name, key]));
    return row?.id ?? null;
  }

  async find(id: string): Promise<JobState | null> {
    return (await this.database.read(FIND, [id]))[0] ?? null;
  }

  async findAny(id: string): Promise<JobState | null> {
    return (await this.database.read(FIND_ANY, [id]))[0] ?? null;
  }

  list(query: ListQuery): Promise<Page<JobDto>> {
    return this.lists.page(jobList, query);
  }

  listAll(query: ListQuery): Promise<Page<AdminJobDto>> {
    return this.lists.page(adminJobList, query);
  }

  /** Returns false unless the job failed within `RETRYABLE_HOURS`. */
  async retry(id: string, attempts: number): Promise<boolean> {
    return (await this.database.write(RETRY, [id, attempts])).length > 0;
  }

  /** Seconds since the first unfinished job was due; 0 without one. */
  async oldest(): Promise<number> {
    return (await this.database.read(OLDEST, []))[0]?.seconds ?? 0;
  }

  /** Erases the payloads of jobs that can no longer be tried again. @returns how many it erased */
  private async erasePayloads(limit: number): Promise<number> {
    return (await this.database.write(ERASE_PAYLOADS, [limit]))[0]!.count;
  }

  /** Deletes jobs that finished more than `KEPT_DAYS` ago. @returns how many it deleted */
  private async expire(limit: number): Promise<number> {
    return (await this.database.write(EXPIRE, [limit]))[0]!.count;
  }
}

const ofUser = ({ owner }: Statement, userId: string | null, values: unknown[]): unknown[] =>
  owner ? values : [userId, ...values];
