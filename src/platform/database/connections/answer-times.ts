// How late a server usually answers: by that its silence is judged.

/** Milliseconds a server may take that usually takes none. */
const SHORTEST_DOUBT_MS = 500;
/** Milliseconds from which on answers are called late. */
const LATE_MS = 500;
/** Answers within this many times the usual are no surprise. */
const SURPRISE = 4;
/** Part of the longest time that is left after each answer that took less. */
const DECAY = 0.9;

export class AnswerTimes {
  private usual = 0;

  /** @param limit milliseconds of silence after which a server is taken for dead */
  constructor(readonly limit: number) {}

  /** @param took milliseconds from a question to its answer */
  note(took: number): void {
    this.usual = Math.max(took, this.usual * DECAY);
  }

  /** Whether answers have lately been late. */
  get areLate(): boolean {
    return this.usual > LATE_MS;
  }

  /** Milliseconds after which it is looked, on another connection, whether the server is there. */
  get doubt(): number {
    return Math.min(this.limit / 2, Math.max(SHORTEST_DOUBT_MS, SURPRISE * this.usual));
  }

  /** Milliseconds of silence to a new connection after which open ones that are silent, too, are given up. */
  get despair(): number {
    return Math.min(this.limit, Math.max(this.limit / 2, 2 * this.usual));
  }

  /** Milliseconds an answer may take without surprise. */
  get expected(): number {
    return Math.min(this.limit, SURPRISE * this.usual);
  }
}
