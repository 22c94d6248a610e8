import { Reply } from '../../turns/run/reply.js';

/** Why a call is ended from outside. */
export type CallEnd = 'cancelled' | 'stopped' | 'lost';

/** A call that this process runs. */
export class LiveCall {
  end: CallEnd | null = null;
  /** What the model has said. */
  readonly reply = new Reply();
  private readonly abort = new AbortController();

  constructor(
    readonly userId: string,
    readonly id: string,
  ) {}

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Ends the call of the model. The first reason counts. */
  stop(end: CallEnd): void {
    this.end ??= end;
    this.abort.abort();
  }
}
