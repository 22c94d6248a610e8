// Work that keeps the processor or much memory busy: so much of it at a time, and of one user less.
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { RequestContexts } from '../context/index.js';
import { ScopedDatabase } from '../database/index.js';
import { FairSemaphore } from '../fairness/index.js';

export type HeavyKind = 'search' | 'context' | 'bulkWrite';

/** Pieces of work of one user that wait; one more is refused. */
const MAX_WAITING = { search: 5, context: 50, bulkWrite: 50 };

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
      bulkWrite: new FairSemaphore({
        total: bytes.bulkWrites,
        perOwner: 2,
        maxWaitingPerOwner: MAX_WAITING.bulkWrite,
      }),
    };
  }

  /**
   * Runs the work of the user of the scope when it is its turn. Inside a transaction it does not wait: it would keep a connection from
   * those it waits for, and there are no more of them than connections.
   * @throws AppError `request.too_much_at_once` (429) when too much of this user waits already
   */
  run<T>(kind: HeavyKind, work: () => Promise<T>): Promise<T> {
    return this.database.inTransaction
      ? work()
      : this.semaphores[kind].run(this.contexts.userScope().userId, work);
  }
}
