// Who gets a connection of the pool: each user has a share of it, and work that may take long leaves a part to the rest.
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { RequestContexts, type Scope } from '../context/index.js';
import { type AppError, RequestErrors } from '../errors/index.js';
import { FairSemaphore } from '../fairness/index.js';

/** Nobody gave a connection back in time; in the words of pg-pool, which says so of its own line. */
export class PoolExhaustedError extends Error {
  override readonly name = 'PoolExhaustedError';
  constructor() {
    super('timeout exceeded when trying to connect');
  }
}

/** Stands before the pool. Statements on lanes do not pass it: they share connections of their own. */
@Injectable()
export class ConnectionShares {
  private readonly places: FairSemaphore;
  private readonly slow: FairSemaphore;
  private readonly timeout: number;
  private inLine = 0;

  constructor(
    { fairness, poolTimeout }: Config,
    private readonly contexts: RequestContexts,
  ) {
    const { connections, perUser, slow, slowPerUser, maxWaiting, maxSlowWaiting } = fairness;
    this.places = new FairSemaphore({
      total: connections,
      perOwner: perUser,
      maxWaitingPerOwner: maxWaiting,
    });
    this.slow = new FairSemaphore({
      total: slow,
      perOwner: slowPerUser,
      maxWaitingPerOwner: maxSlowWaiting,
    });
    this.timeout = poolTimeout * 1000;
  }

  /** Pieces of work that wait for their turn. */
  get waiting(): number {
    return this.inLine;
  }

  /** Somebody waits who has not used up a share of the pool: it is too small for what is asked. */
  get isExhausted(): boolean {
    return this.places.isContended;
  }

  /**
   * Runs `work`, which takes one connection of the pool, when its owner may have one.
   * @param isSlow whether it may take long
   * @throws AppError `request.too_much_at_once` (429) when the owner has too much under way
   * @throws PoolExhaustedError when others do, for longer than DB_POOL_TIMEOUT
   */
  async run<T>(scope: Scope, isSlow: boolean, work: () => Promise<T>): Promise<T> {
    const owner = this.ownerOf(scope);
    const wait = this.startWaiting(isSlow);
    const begin = (): Promise<T> => {
      wait.end();
      return work();
    };
    const inPlace = (): Promise<T> => this.places.run(owner, begin, wait.signal);
    try {
      return await (isSlow ? this.slow.run(owner, inPlace, wait.signal) : inPlace());
    } finally {
      wait.end();
    }
  }

  /**
   * The system has a share for each thing it does, so that no key is verified behind somebody's list of users; and a user's
   * jobs have one beside the user's requests, whose number is no fault of theirs.
   */
  private ownerOf(scope: Scope): string {
    if (scope.kind === 'system') return `system: ${scope.reason}`;
    return this.contexts.isBackground ? `jobs of ${scope.userId}` : scope.userId;
  }

  private startWaiting(isSlow: boolean): { signal: AbortSignal; end: () => void } {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(this.lateness(isSlow)), this.timeout);
    this.inLine++;
    let hasEnded = false;
    const end = (): void => {
      if (hasEnded) return;
      hasEnded = true;
      clearTimeout(timer);
      this.inLine--;
    };
    return { signal: late.signal, end };
  }

  private lateness(isSlow: boolean): Error | AppError {
    const isFull = this.places.isFull || (isSlow && this.slow.isFull);
    return isFull ? new PoolExhaustedError() : RequestErrors.tooMuchAtOnce({ retryAfter: 1 });
  }
}
