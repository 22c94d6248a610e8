import { RequestErrors } from '../errors/index.js';

export interface FairSemaphoreLimits {
  /** Work of all owners that runs at a time. */
  total: number;
  /** Work of one owner that runs at a time. */
  perOwner: number;
  /** Work of one owner that may wait; further work is refused. Unbounded by default. */
  maxWaitingPerOwner?: number;
}

interface OwnerQueue {
  running: number;
  /** In order of arrival. A Set, so that leaving takes constant time. */
  waiting: Set<() => void>;
}

/** Seconds after which a refused client should try again. */
const RETRY_AFTER_SECONDS = 1;

/**
 * A semaphore that one owner cannot fill: each owner has a share, and waiting owners take turns.
 * Every operation takes constant time.
 */
export class FairSemaphore {
  private readonly owners = new Map<string, OwnerQueue>();
  /** Owners with waiting work and an unused share, in the order of their turns. */
  private readonly ready = new Set<string>();
  private free: number;

  constructor(private readonly limits: FairSemaphoreLimits) {
    this.free = limits.total;
  }

  /** Every place is taken. */
  get isFull(): boolean {
    return this.free === 0;
  }

  /** True when someone waits whose share is not used up. */
  get isContended(): boolean {
    return this.ready.size > 0;
  }

  /**
   * Runs `work` when its owner has a share and a slot is free.
   * @param signal ends the wait; it does not stop work that has begun
   * @throws AppError `request.too_much_at_once` (429) when too much of this owner's work waits
   * @throws the reason of the signal, when it aborts during the wait
   */
  async run<T>(owner: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.enter(owner, signal);
    try {
      return await work();
    } finally {
      this.leave(owner);
    }
  }

  /**
   * Takes a slot without waiting.
   * @returns the function that gives it back, which does so once; null when the owner has no share
   * left, or no slot is free
   */
  tryTake(owner: string): (() => void) | null {
    const running = this.owners.get(owner)?.running ?? 0;
    if (this.free === 0 || running >= this.limits.perOwner) return null;
    this.start(this.getOrAddQueue(owner));
    let isTaken = true;
    return () => {
      if (isTaken) this.leave(owner);
      isTaken = false;
    };
  }

  private async enter(owner: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const queue = this.getOrAddQueue(owner);
    if (this.free > 0 && queue.running < this.limits.perOwner) return this.start(queue);
    if (queue.waiting.size >= (this.limits.maxWaitingPerOwner ?? Infinity)) {
      throw RequestErrors.tooMuchAtOnce({ retryAfter: RETRY_AFTER_SECONDS });
    }
    await this.turn(owner, queue, signal);
  }

  /** Resolves when `leave` has started this work. */
  private turn(owner: string, queue: OwnerQueue, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        queue.waiting.delete(begin);
        this.settle(owner, queue);
        reject(signal!.reason as Error);
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      queue.waiting.add(begin);
      this.settle(owner, queue);
    });
  }

  private start(queue: OwnerQueue): void {
    this.free--;
    queue.running++;
  }

  private leave(owner: string): void {
    const queue = this.owners.get(owner)!;
    queue.running--;
    this.free++;
    this.settle(owner, queue);
    this.startNext();
  }

  /** Gives a free slot to the next owner, who then moves to the end of the line. */
  private startNext(): void {
    const [owner] = this.ready;
    if (owner === undefined || this.free === 0) return;
    const queue = this.owners.get(owner)!;
    const [begin] = queue.waiting;
    queue.waiting.delete(begin!);
    this.start(queue);
    this.ready.delete(owner);
    this.settle(owner, queue);
    begin!();
  }

  /** Updates whether an owner is ready, and removes an owner without work. */
  private settle(owner: string, queue: OwnerQueue): void {
    if (queue.waiting.size > 0 && queue.running < this.limits.perOwner) this.ready.add(owner);
    else this.ready.delete(owner);
    if (queue.waiting.size === 0 && queue.running === 0) this.owners.delete(owner);
  }

  private getOrAddQueue(owner: string): OwnerQueue {
    const known = this.owners.get(owner);
    if (known) return known;
    const queue: OwnerQueue = { running: 0, waiting: new Set() };
    this.owners.set(owner, queue);
    return queue;
  }
}
