// Shares the memory that bodies may take at a time, so that one credential cannot have all of it.

/** Bytes up to which a body needs no share of its credential, but only what is left of all. */
const SMALL_BODY_BYTES = 65_536;
/** Part of the budget that is kept for small bodies. */
const KEPT_FOR_SMALL = 1 / 8;

export class BodyBudget {
  private readonly held = new Map<string, number>();
  private free: number;
  private readonly kept: number;

  /** @param total bytes of all bodies at a time */
  constructor(total: number) {
    this.free = total;
    this.kept = total * KEPT_FOR_SMALL;
  }

  /** Bytes that no body holds. */
  get bytesLeft(): number {
    return this.free;
  }

  /**
   * Takes memory for a body of `owner` that had `from` bytes and comes to `to`, or nothing when it is not to be had: large bodies of one owner never hold
   * more than what is left for all others, so that one owner alone has half of the budget, and two have a third each.
   * @returns whether it was taken; give it back by `give`.
   */
  take(owner: string, from: number, to: number): boolean {
    const held = (this.held.get(owner) ?? 0) + to - from;
    const left = this.free - (to - from);
    if (left < 0) return false;
    const isOnly = held === to;
    if (to > SMALL_BODY_BYTES && (left < this.kept || (!isOnly && held > left))) return false;
    this.free = left;
    this.held.set(owner, held);
    return true;
  }

  give(owner: string, bytes: number): void {
    this.free += bytes;
    const held = (this.held.get(owner) ?? 0) - bytes;
    if (held > 0) this.held.set(owner, held);
    else this.held.delete(owner);
  }
}
