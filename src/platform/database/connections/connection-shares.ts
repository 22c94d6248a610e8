// Limits the pool connections that one user, and all slow work together, may hold.
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { Fairness } from '../../config/fairness-settings.js';
import { RequestContexts, type Scope } from '../../context/index.js';
import { type AppError, RequestErrors } from '../../errors/index.js';
import { FairSemaphore } from '../../fairness/index.js';

/** The wait for a connection timed out. Its message is pg-pool's own, which the error map knows. */
export class PoolExhaustedError extends Error {
  override readonly name = 'PoolExhaustedError';
  constructor() {
    super('timeout exceeded when trying to connect');
  }
}

/** The semaphores of one pool. */
interface PoolSemaphores {
  readonly all: FairSemaphore;
  readonly slow: FairSemaphore;
}

const createSemaphores = ({
  connections,
  perUser,
  slow,
  slowPerUser,
  maxWaiting,
  maxSlowWaiting,
}: Fairness): PoolSemaphores => ({
  all: new FairSemaphore({ total: connections, perOwner: perUser, maxWaitingPerOwner: maxWaiting }),
  slow: new FairSemaphore({
    total: slow,
    perOwner: slowPerUser,
    maxWaitingPerOwner: maxSlowWaiting,
  }),
});

/** Gives each task of the system half of its pool. Slow work leaves one connection free. */
function systemShares({
  size,
  overflow,
}: Config['systemPool']): Pick<Fairness, 'connections' | 'perUser' | 'slow' | 'slowPerUser'> {
  const connections = size + overflow;
  const half = Math.ceil(connections / 2);
  return { connections, perUser: half, slow: Math.max(1, connections - 1), slowPerUser: half };
}

/** Guards the two pools. Statements on pipelined connections do not count. */
@Injectable()
export class ConnectionShares {
  private readonly pools: Record<Scope['kind'], PoolSemaphores>;
  private readonly timeout: number;
  private waitingCount = 0;

  constructor(
    { fairness, systemPool, poolTimeout }: Config,
    private readonly contexts: RequestContexts,
  ) {
    this.pools = {
      user: createSemaphores(fairness),
      system: createSemaphores({ ...fairness, ...systemShares(systemPool) }),
    };
    this.timeout = poolTimeout * 1000;
  }

  /** Number of pieces of work that wait. */
  get waiting(): number {
    return this.waitingCount;
  }

  /**
   * True when someone waits although their share is not used up: the pool is too small for the
   * load.
   */
  get isExhausted(): boolean {
    return this.pools.user.all.isContended || this.pools.system.all.isContended;
  }

  /**
   * Runs `work`, which takes one connection from the pool of its scope, as soon as the owner's
   * share allows it.
   * @param isSlow whether the work may take long
   * @throws AppError `request.too_much_at_once` (429) when the owner's own work uses up the share
   * @throws PoolExhaustedError when other owners' work holds the pool for longer than
   * DB_POOL_TIMEOUT
   */
  async run<T>(scope: Scope, isSlow: boolean, work: () => Promise<T>): Promise<T> {
    const owner = this.ownerOf(scope);
    const semaphores = this.pools[scope.kind];
    const wait = this.startWaiting(semaphores, isSlow);
    const begin = (): Promise<T> => {
      wait.end();
      return work();
    };
    const inPlace = (): Promise<T> => semaphores.all.run(owner, begin, wait.signal);
    try {
      return await (isSlow ? semaphores.slow.run(owner, inPlace, wait.signal) : inPlace());
    } finally {
      wait.end();
    }
  }

  /**
   * Each task of the system has a share of its own, so that verifying a key never waits for a list
   * of users. A user's jobs have a share apart from the user's requests.
   */
  private ownerOf(scope: Scope): string {
    if (scope.kind === 'system') return `system: ${scope.reason}`;
    return this.contexts.isBackground ? `jobs of ${scope.userId}` : scope.userId;
  }

  private startWaiting(
    semaphores: PoolSemaphores,
    isSlow: boolean,
  ): { signal: AbortSignal; end: () => void } {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(this.lateness(semaphores, isSlow)), this.timeout);
    this.waitingCount++;
    let hasEnded = false;
    const end = (): void => {
      if (hasEnded) return;
      hasEnded = true;
      clearTimeout(timer);
      this.waitingCount--;
    };
    return { signal: late.signal, end };
  }

  private lateness({ all, slow }: PoolSemaphores, isSlow: boolean): Error | AppError {
    const isFull = all.isFull || (isSlow && slow.isFull);
    return isFull ? new PoolExhaustedError() : RequestErrors.tooMuchAtOnce({ retryAfter: 1 });
  }
}
