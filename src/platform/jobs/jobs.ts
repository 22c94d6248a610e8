// Enqueues jobs: a row in the caller's transaction, so that the job runs only if that commits.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { RequestContexts } from '../context/index.js';
import { ScopedDatabase } from '../database/index.js';
import { JobNotifier } from './job-notifier.js';
import type { JobHandler } from './job-handler.js';
import { JobHandlers } from './job-handlers.js';
import { JobsRepository } from './jobs.repository.js';

export interface EnqueueOptions {
  /** No second job is made while one of the same name, owner and key is queued or running. */
  key?: string;
  /** Runs no earlier than this, by the database's clock. */
  delaySeconds?: number;
  /** The user whose job it is. Only for the system. */
  userId?: string;
}

/** Retries when the conflicting job finishes between our INSERT and the lookup of its id. */
const MAX_ATTEMPTS = 5;

@Injectable()
export class Jobs {
  constructor(
    private readonly jobs: JobsRepository,
    private readonly handlers: JobHandlers,
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly notifier: JobNotifier,
  ) {}

  /**
   * Enqueues a job in the open transaction, or in one of its own. The job belongs to the user of
   * the scope, and runs in that scope. In the system's scope it belongs to `userId`, or to the
   * system.
   * @returns the id of the job, or of the one that has the key already
   * @throws Error for a name without a handler, and for a user's scope with a `userId`
   */
  async enqueue(
    name: string,
    payload: object = {},
    { key, delaySeconds, userId }: EnqueueOptions = {},
  ): Promise<string> {
    const handler = this.handlers.get(name);
    if (userId !== undefined && this.contexts.scope().kind === 'user')
      throw new Error(
        'userId is only for the scope of the system: a user cannot enqueue jobs for another user',
      );
    const owner = userId ?? null;
    const job = {
      id: uuidv7(),
      name,
      key: key ?? null,
      payload,
      maxAttempts: handler.attempts,
      delaySeconds: delaySeconds ?? 0,
    };
    for (let tried = 0; tried < MAX_ATTEMPTS; tried++) {
      if (await this.jobs.insert(owner, job)) {
        this.database.afterCommit(() => this.notifier.enqueued());
        return job.id;
      }
      const active = await this.jobs.findActive(owner, name, key!);
      if (active) return active;
    }
    throw new Error(
      `cannot enqueue a job named ${name}: other jobs with its key started and ended ${MAX_ATTEMPTS} times meanwhile`,
    );
  }

  /** Enqueues the next run of each recurring job that has none, all in one statement. */
  async enqueueRecurring(): Promise<void> {
    const jobs = this.handlers.recurring.map(({ name, attempts, every }) => ({
      id: uuidv7(),
      name,
      maxAttempts: attempts,
      delaySeconds: every!,
    }));
    const inserted = await this.jobs.insertRecurring(jobs);
    if (inserted > 0) this.database.afterCommit(() => this.notifier.enqueued());
  }

  /** Enqueues the next run of a recurring job, unless it is enqueued already. */
  enqueueNext({ name, every }: JobHandler): Promise<string> {
    return this.enqueue(name, {}, { key: name, delaySeconds: every! });
  }
}
