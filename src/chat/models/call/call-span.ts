// The time of one call: from its beginning until its answer ends, its caller aborts, or it is late.
import { setTimeout as wait } from 'node:timers/promises';
import { ModelCallError } from '../model-call-error.js';

export class CallSpan {
  private readonly controller = new AbortController();
  private readonly startedAt = performance.now();
  private readonly timer: NodeJS.Timeout;
  private isLate = false;
  private failedTry: ModelCallError | null = null;

  constructor(
    private readonly caller: AbortSignal,
    private readonly totalMs: number,
  ) {
    this.timer = setTimeout(this.expire, totalMs);
    if (caller.aborted) this.abort();
    else caller.addEventListener('abort', this.abort, { once: true });
  }

  /** Ends the request. It has no reason: with one, the packages report a fault of the provider. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get isAborted(): boolean {
    return this.caller.aborted;
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Notes why the provider gave no answer, before it is asked again. */
  tryAgainAfter(failure: ModelCallError): void {
    this.failedTry = failure;
  }

  /** Says that the provider answers now. */
  answered(): void {
    this.failedTry = null;
  }

  /** Returns why the call has ended before its answer; null when it has not. */
  failure(): ModelCallError | null {
    if (this.caller.aborted) return new ModelCallError('model.aborted', 'The call was aborted.');
    if (!this.isLate) return null;
    return new ModelCallError(
      'model.timeout',
      `The call of the model took more than ${this.totalMs} ms.`,
      { retryable: true },
    );
  }

  /** As `failure`, but a call that got late in trying again tells how its last try failed. */
  toldFailure(): ModelCallError | null {
    const failure = this.failure();
    return failure?.code === 'model.timeout' ? (this.failedTry ?? failure) : failure;
  }

  /** Waits, unless the call ends before. */
  async wait(milliseconds: number): Promise<void> {
    await wait(milliseconds, undefined, { signal: this.signal });
  }

  hasTimeFor(milliseconds: number): boolean {
    return this.elapsedMs + milliseconds < this.totalMs;
  }

  /** Ends what is left of the request, and closes its connection. */
  close(): void {
    clearTimeout(this.timer);
    this.caller.removeEventListener('abort', this.abort);
    this.abort();
  }

  private readonly abort = (): void => this.controller.abort();

  private readonly expire = (): void => {
    this.isLate = true;
    this.abort();
  };
}
