// Shares the memory for request bodies, so that one credential cannot use all of it.

/** A body up to this size needs no share of its credential, only free memory. */
const SMALL_BODY_BYTES = 65_536;
/** This part of the budget is reserved for small bodies. */
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

  /** Bytes that are free. */
  get bytesLeft(): number {
    return this.free;
  }

  /**
   * Takes memory for a body of `owner` that grows from `from` to `to` bytes. When an owner has
   * several bodies, large ones never hold more than is left for all others: one owner may have half
   * of the budget, two may have a third each. The only body of an owner may take more, but not the
   * part that is kept for small bodies.
   * @returns false when the memory is not available; call `give` for memory that was taken
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
