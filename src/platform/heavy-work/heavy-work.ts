// Limits work that takes much processor time or memory: in total, and per user.
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { RequestContexts } from '../context/index.js';
import { ScopedDatabase } from '../database/index.js';
import { FairSemaphore } from '../fairness/index.js';

export type HeavyKind = 'search' | 'context' | 'smallContext' | 'bulkWrite';

/** Work of one user that may wait; further work is refused. */
const MAX_WAITING = { search: 5, context: 50, smallContext: 50, bulkWrite: 50 };

/** A small context has half a megabyte of contents. */
const SMALL_CONTEXTS = { total: 32, perOwner: 8 };

@Injectable()
export class HeavyWork {
  private readonly semaphores: Record<HeavyKind, FairSemaphore>;

  constructor(
    { bytes }: Config,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
  ) {
    this.semaphores = {
      search: new FairSemaphore({
        total: bytes.searchBuilds,
        perOwner: 1,
        maxWaitingPerOwner: MAX_WAITING.search,
      }),
      context: new FairSemaphore({
        total: bytes.contextBuilds,
        perOwner: 2,
        maxWaitingPerOwner: MAX_WAITING.context,
      }),
      smallContext: new FairSemaphore({
        ...SMALL_CONTEXTS,
        maxWaitingPerOwner: MAX_WAITING.smallContext,
      }),
      bulkWrite: new FairSemaphore({
        total: bytes.bulkWrites,
        perOwner: 2,
        maxWaitingPerOwner: MAX_WAITING.bulkWrite,
      }),
    };
  }

  /**
   * Runs `work` as soon as there is a slot for the user of the scope. Inside a transaction it runs
   * at once: the work that it would wait for may need this transaction's connection.
   * @throws AppError `request.too_much_at_once` (429) when too much of this user's work waits
   */
  run<T>(kind: HeavyKind, work: () => Promise<T>): Promise<T> {
    return this.database.inTransaction
      ? work()
      : this.semaphores[kind].run(this.contexts.userScope().userId, work);
  }
}
