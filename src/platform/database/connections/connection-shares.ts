// Who gets a connection of the pool: each user has a share of it, and work that may take long leaves a part to the rest.
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { Fairness } from '../../config/fairness-settings.js';
import { RequestContexts, type Scope } from '../../context/index.js';
import { type AppError, RequestErrors } from '../../errors/index.js';
import { FairSemaphore } from '../../fairness/index.js';

/** Nobody gave a connection back in time; in the words of pg-pool, which says so of its own line. */
export class PoolExhaustedError extends Error {
  override readonly name = 'PoolExhaustedError';
  constructor() {
    super('timeout exceeded when trying to connect');
  }
}

/** Of one pool. */
interface Places {
  readonly all: FairSemaphore;
  readonly slow: FairSemaphore;
}

const placesOf = ({
  connections,
  perUser,
  slow,
  slowPerUser,
  maxWaiting,
  maxSlowWaiting,
}: Fairness): Places => ({
  all: new FairSemaphore({ total: connections, perOwner: perUser, maxWaitingPerOwner: maxWaiting }),
  slow: new FairSemaphore({
    total: slow,
    perOwner: slowPerUser,
    maxWaitingPerOwner: maxSlowWaiting,
  }),
});

/** Half of the system's pool for each thing it does, and what may take long leaves one connection free. */
function systemShares({
  size,
  overflow,
}: Config['systemPool']): Pick<Fairness, 'connections' | 'perUser' | 'slow' | 'slowPerUser'> {
  const connections = size + overflow;
  const half = Math.ceil(connections / 2);
  return { connections, perUser: half, slow: Math.max(1, connections - 1), slowPerUser: half };
}

/** Stands before the two pools. Statements on lanes do not pass it: they share connections of their own. */
@Injectable()
export class ConnectionShares {
  private readonly pools: Record<Scope['kind'], Places>;
  private readonly timeout: number;
  private inLine = 0;

  constructor(
    { fairness, systemPool, poolTimeout }: Config,
    private readonly contexts: RequestContexts,
  ) {
    this.pools = {
      user: placesOf(fairness),
      system: placesOf({ ...fairness, ...systemShares(systemPool) }),
    };
    this.timeout = poolTimeout * 1000;
  }

  /** Pieces of work that wait for their turn. */
  get waiting(): number {
    return this.inLine;
  }

  /** Somebody waits who has not used up a share of the pool: it is too small for what is asked. */
  get isExhausted(): boolean {
    return this.pools.user.all.isContended || this.pools.system.all.isContended;
  }

  /**
   * Runs `work`, which takes one connection of the pool of its scope, when its owner may have one.
   * @param isSlow whether it may take long
   * @throws AppError `request.too_much_at_once` (429) when the owner has too much under way
   * @throws PoolExhaustedError when others do, for longer than DB_POOL_TIMEOUT
   */
  async run<T>(scope: Scope, isSlow: boolean, work: () => Promise<T>): Promise<T> {
    const owner = this.ownerOf(scope);
    const places = this.pools[scope.kind];
    const wait = this.startWaiting(places, isSlow);
    const begin = (): Promise<T> => {
      wait.end();
      return work();
    };
    const inPlace = (): Promise<T> => places.all.run(owner, begin, wait.signal);
    try {
      return await (isSlow ? places.slow.run(owner, inPlace, wait.signal) : inPlace());
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

  private startWaiting(places: Places, isSlow: boolean): { signal: AbortSignal; end: () => void } {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(this.lateness(places, isSlow)), this.timeout);
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

  private lateness({ all, slow }: Places, isSlow: boolean): Error | AppError {
    const isFull = all.isFull || (isSlow && slow.isFull);
    return isFull ? new PoolExhaustedError() : RequestErrors.tooMuchAtOnce({ retryAfter: 1 });
  }
}
