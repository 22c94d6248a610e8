// A recurring job that finds the users who have work left, and enqueues one job for each of them.
import { eachUser } from './each-user.js';
import { JobHandler, type JobRun } from './job-handler.js';
import type { Jobs } from './jobs.js';

/**
 * Extend it for work that is done per user, in the user's own scope: the sweep itself runs as the
 * system and only enqueues. A user whose job is still waiting gets no second one, because jobs with
 * the same key are merged.
 */
export abstract class UserSweep extends JobHandler {
  /** Seconds between two sweeps. */
  override readonly every: number = 60;
  override readonly checkpointed = true;

  /** The job that each user gets, and its key. */
  protected abstract readonly userJob: { name: string; key: string };

  constructor(private readonly jobs: Jobs) {
    super();
  }

  /**
   * Returns up to `limit` ids of users with work left, in rising order, all after the id `after`.
   */
  protected abstract findUsers(after: string, limit: number): Promise<string[]>;

  override run(_: object, job: JobRun): Promise<void> {
    const { name, key } = this.userJob;
    return eachUser(
      job,
      (after, limit) => this.findUsers(after, limit),
      (userId) => this.jobs.enqueue(name, {}, { key, userId }),
    );
  }
}
