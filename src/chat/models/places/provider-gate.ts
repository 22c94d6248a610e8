// The places of one provider in this process: calls that may run at the same time, and requests that may
// be sent in a minute. Where processes share the limits, each call takes a shared place, too.
import type { CallWait } from '../model-call.js';
import { ModelCallError } from '../model-call-error.js';
import { FairLine } from './fair-line.js';
import type { GateLimits } from './gate-limits.js';
import { RequestWindow } from './request-window.js';
import type { SharedPlaces } from './shared-places.js';

/** Seconds after which a call that found no place may be made again. */
const RETRY_AFTER_SECONDS = 5;

type Release = () => void;
/** Lets a call begin that waited. */
type Begin = (release: Release | null) => void;

export class ProviderGate {
  private readonly concurrency: number;
  private readonly window: RequestWindow | null;
  private readonly lines = {
    foreground: new FairLine<Begin>(),
    background: new FairLine<Begin>(),
  };
  private running = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Whether `admitSharing` is at work. */
  private isAdmitting = false;

  constructor(
    private readonly provider: string,
    { concurrency, requestsPerMinute }: GateLimits,
    private readonly onLeave: () => void = () => {},
    private readonly shared: SharedPlaces | null = null,
  ) {
    this.concurrency = concurrency ?? Infinity;
    this.window = requestsPerMinute === undefined ? null : new RequestWindow(requestsPerMinute);
  }

  /**
   * Takes a place, which counts one request. Foreground work goes before background work, and the
   * owners of each take turns.
   * @returns the function that gives the place back; call it once
   * @throws ModelCallError `model.busy` after `maxWaitMs`; `model.aborted`
   */
  async enter(wait: Required<CallWait>, signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw aborted();
    const isFree = this.shared === null && this.waiting === 0 && this.isOpen();
    if (isFree) this.start();
    const release = isFree ? null : await this.turn(wait, signal);
    return () => {
      this.running--;
      release?.();
      this.admit();
      this.onLeave();
    };
  }

  /** Counts another request of a call that has a place. @returns milliseconds until it may be sent */
  async reserve(): Promise<number> {
    const waitMs = this.reserveHere();
    return Math.max(waitMs, (await this.shared?.reserve()) ?? 0);
  }

  /**
   * Places that background work could take at once, `most` at most. Other processes may have taken
   * them.
   */
  room(most: number): number {
    const { waiting } = this;
    const sought = most + waiting;
    const free = Math.min(this.concurrency - this.running, sought);
    const sendable = this.window?.room(performance.now(), sought) ?? sought;
    return Math.max(0, Math.min(free, sendable) - waiting);
  }

  close(): void {
    clearTimeout(this.timer);
    this.shared?.close();
  }

  private get waiting(): number {
    return this.lines.foreground.size + this.lines.background.size;
  }

  private reserveHere(): number {
    return this.window?.reserve(performance.now()) ?? 0;
  }

  /** @returns what releases the shared place, if there is one */
  private turn(
    { order, owner, maxWaitMs }: Required<CallWait>,
    signal: AbortSignal,
  ): Promise<Release | null> {
    return new Promise((resolve, reject) => {
      const line = this.lines[order];
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      const begin: Begin = (release) => (end(), resolve(release));
      const give = (error: ModelCallError): void => {
        end();
        line.remove(owner, begin);
        reject(error);
      };
      const onAbort = (): void => give(aborted());
      const timer =
        maxWaitMs === null ? undefined : setTimeout(() => give(this.busy(maxWaitMs)), maxWaitMs);
      signal.addEventListener('abort', onAbort, { once: true });
      line.add(owner, begin);
      this.admit();
    });
  }

  private isOpen(): boolean {
    return this.running < this.concurrency && !this.window?.waitMs(performance.now());
  }

  private start(): void {
    this.running++;
    this.reserveHere();
  }

  /** Starts whoever may start now, and looks again when the next request may be sent. */
  private admit(): void {
    if (this.shared) {
      void this.admitSharing(this.shared);
      return;
    }
    while (this.isOpen()) {
      const begin = this.next();
      if (!begin) return;
      this.start();
      begin(null);
    }
    this.admitWhenSendable();
  }

  /** As `admit`. One question at a time is under way, so that the order stays. */
  private async admitSharing(shared: SharedPlaces): Promise<void> {
    if (this.isAdmitting) return;
    this.isAdmitting = true;
    try {
      while (this.waiting > 0 && this.isOpen()) {
        const order = this.lines.foreground.size > 0 ? 'foreground' : 'background';
        const { waitMs, release } = await shared.take(order);
        if (waitMs > 0) return this.admitAfter(waitMs);
        const begin = this.next();
        // Who waited may have given up meanwhile.
        if (!begin) return release(true);
        this.start();
        begin(release);
      }
    } finally {
      this.isAdmitting = false;
    }
    this.admitWhenSendable();
  }

  private next(): Begin | undefined {
    return this.lines.foreground.shift() ?? this.lines.background.shift();
  }

  /** Without a place, the next call that leaves looks again. */
  private admitWhenSendable(): void {
    if (this.running >= this.concurrency || this.waiting === 0) return;
    this.admitAfter(this.window?.waitMs(performance.now()) ?? 0);
  }

  private admitAfter(milliseconds: number): void {
    clearTimeout(this.timer);
    // A timer may end a little early.
    this.timer = setTimeout(() => this.admit(), Math.ceil(milliseconds) + 1).unref();
  }

  private busy(maxWaitMs: number): ModelCallError {
    return new ModelCallError(
      'model.busy',
      `The provider ${this.provider} had no place for the call within ${maxWaitMs} ms.`,
      { retryable: true, retryAfterSeconds: RETRY_AFTER_SECONDS },
    );
  }
}

const aborted = (): ModelCallError => new ModelCallError('model.aborted', 'The call was aborted.');
