// The places of one provider: calls that may run at the same time, and requests that may be sent in a
// minute.
import type { CallWait } from '../model-call.js';
import { ModelCallError } from '../model-call-error.js';
import { FairLine } from './fair-line.js';
import { RequestWindow } from './request-window.js';

export interface GateLimits {
  /** Calls that run at a time; absent for no limit. */
  concurrency?: number | undefined;
  /** Absent for no limit. */
  requestsPerMinute?: number | undefined;
}

/** Seconds after which a call that found no place may be made again. */
const RETRY_AFTER_SECONDS = 5;

export class ProviderGate {
  private readonly concurrency: number;
  private readonly window: RequestWindow | null;
  private readonly lines = {
    foreground: new FairLine<() => void>(),
    background: new FairLine<() => void>(),
  };
  private running = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly provider: string,
    { concurrency, requestsPerMinute }: GateLimits,
    private readonly onLeave: () => void = () => {},
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
    const isFree = this.lines.foreground.size + this.lines.background.size === 0 && this.isOpen();
    if (isFree) this.start();
    else await this.turn(wait, signal);
    return () => {
      this.running--;
      this.admit();
      this.onLeave();
    };
  }

  /** Counts another request of a call that has a place. @returns milliseconds until it may be sent */
  reserve(): number {
    return this.window?.reserve(performance.now()) ?? 0;
  }

  /** Places that background work could take at once, `most` at most. */
  room(most: number): number {
    const waiting = this.lines.foreground.size + this.lines.background.size;
    const sought = most + waiting;
    const free = Math.min(this.concurrency - this.running, sought);
    const sendable = this.window?.room(performance.now(), sought) ?? sought;
    return Math.max(0, Math.min(free, sendable) - waiting);
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private turn(
    { order, owner, maxWaitMs }: Required<CallWait>,
    signal: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const line = this.lines[order];
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      const begin = (): void => (end(), resolve());
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
    this.reserve();
  }

  /** Starts whoever may start now, and looks again when the next request may be sent. */
  private admit(): void {
    const { foreground, background } = this.lines;
    while (this.isOpen()) {
      const begin = foreground.shift() ?? background.shift();
      if (!begin) return;
      this.start();
      begin();
    }
    if (this.running >= this.concurrency || foreground.size + background.size === 0) return;
    clearTimeout(this.timer);
    const waitMs = this.window?.waitMs(performance.now()) ?? 0;
    // A timer may end a little early.
    this.timer = setTimeout(() => this.admit(), Math.ceil(waitMs) + 1).unref();
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
