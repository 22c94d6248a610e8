// How work is put off: a row in the transaction that needs it, so that it happens when that is committed, and only then.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { RequestContexts } from '../context/index.js';
import { ScopedDatabase } from '../database/index.js';
import { JobBell } from './job-notifier.js';
import type { JobHandler } from './job-handler.js';
import { JobHandlers } from './job-handlers.js';
import { JobsRepository } from './jobs.repository.js';

export interface EnqueueOptions {
  /** While a job of the same name, owner and key is queued or running, no other is made. */
  key?: string;
  /** Runs no earlier than this, by the database's clock. */
  delaySeconds?: number;
  /** For the system alone: the user whose job it is. */
  userId?: string;
}

/** Times a key is looked up that is taken and then free again before we can say whose it is. */
const TRIES = 5;

@Injectable()
export class Jobs {
  constructor(
    private readonly jobs: JobsRepository,
    private readonly handlers: JobHandlers,
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly bell: JobBell,
  ) {}

  /**
   * In the open transaction, or in one of its own. The job belongs to the user whose scope this is, and runs in it; in the system's scope,
   * to the system, or to `userId`.
   * @returns the id of the job, or of the one that has the key already
   * @throws Error for a name without a handler, and for a user's scope with a `userId`
   */
  async enqueue(
    name: string,
    payload: object = {},
    { key, delaySeconds, userId }: EnqueueOptions = {},
  ): Promise<string> {
    const handler = this.handlers.get(name);
    const owner = this.ownerOf(userId);
    const job = {
      id: uuidv7(),
      name,
      key: key ?? null,
      payload,
      maxAttempts: handler.attempts,
      delaySeconds: delaySeconds ?? 0,
    };
    for (let tried = 0; tried < TRIES; tried++) {
      if (await this.jobs.insert(owner, job)) {
        this.database.afterCommit(() => this.bell.ring());
        return job.id;
      }
      const active = await this.jobs.findActive(owner(), name, key!);
      if (active) return active;
    }
    throw new Error(`the key of a job named ${name} changes hands too often`);
  }

  /** The next run of work by the clock, unless it is there already. */
  enqueueNext({ name, every }: JobHandler): Promise<string> {
    return this.enqueue(name, {}, { key: name, delaySeconds: every! });
  }

  /** A user who is about to be created gets an id only in the transaction. */
  private ownerOf(userId: string | undefined): () => string | null {
    const scope = this.contexts.scope();
    if (scope.kind === 'system') return () => userId ?? null;
    if (userId !== undefined) throw new Error('a user enqueues no jobs for another');
    return () => scope.userId;
  }
}
