// A turn that this process runs or is about to run.
import { Reply } from './reply.js';

/** Why a run is ended from outside. */
export type TurnEnd = 'cancelled' | 'stopped' | 'lost';

export class LiveTurn {
  readonly id: string;
  /** The reply that the model writes. */
  reply = new Reply();
  /** Null while the turn waits for others. */
  replySeq: number | null;
  end: TurnEnd | null = null;
  /** True once the turn has ended, and is stored so. */
  isOver = false;
  private readonly abort = new AbortController();

  constructor(
    turn: { id: string; replySeq: number | null },
    /** Version of the stored reply; null when it is whole, and tools are to be run. */
    public version: number | null = 0,
  ) {
    this.id = turn.id;
    this.replySeq = turn.replySeq;
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Ends the call of the model. The first reason counts. */
  stop(end: TurnEnd): void {
    this.end ??= end;
    this.abort.abort();
  }

  /** Goes on with another reply, which is stored already. */
  next({ replySeq }: { replySeq: number }): void {
    const before = this.reply;
    this.reply = new Reply();
    this.replySeq = replySeq;
    this.version = 0;
    before.announce();
  }

  settle(): void {
    this.isOver = true;
    this.reply.announce();
  }
}
