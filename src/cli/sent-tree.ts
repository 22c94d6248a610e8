// Numbers the messages of a source as they are sent: in several requests, and without some of them.
import { parentPlace, withParent } from '../conversations/import/formats/index.js';

/** A message, and its place in the source, from 1. */
export interface Placed {
  message: unknown;
  place: number;
}

export class SentTree {
  /** By the number in the source: what a message that was sent has there. */
  private readonly seqs = new Map<number, number>();
  /** The number of what a message that is left out follows. */
  private readonly leftOut = new Map<number, number>();
  private last: number;

  /**
   * @param first `seq` of the first message of the source
   * @param headSeq the head, as the source has it
   */
  constructor(
    private readonly first: number,
    total: number,
    private readonly headSeq: unknown,
  ) {
    this.last = first + total - 1;
  }

  /**
   * Returns the fields of a request with these messages. The last request names the head.
   * @param sent how many messages were sent before
   */
  bodyOf(placed: readonly Placed[], sent: number): object {
    const firstSeq = this.first + sent;
    const start = firstSeq === 1 ? {} : { firstSeq };
    const messages = placed.map((one, i) => this.numbered(one, firstSeq + i));
    const isLast = this.numberOf(placed.at(-1)?.place ?? 0) >= this.last;
    return { ...start, ...(isLast ? this.head() : {}), messages };
  }

  /** What follows the message follows the one before it on its branch. */
  leaveOut({ message, place }: Placed): void {
    const number = this.numberOf(place);
    this.leftOut.set(number, parentPlace(message, number - 1));
    while (this.leftOut.has(this.last)) this.last--;
  }

  private numbered({ message, place }: Placed, seq: number): unknown {
    const number = this.numberOf(place);
    this.seqs.set(number, seq);
    const parent = this.seqOf(parentPlace(message, number - 1));
    return isRead(message) ? withParent(message, parent, seq - 1) : message;
  }

  private head(): object {
    const { headSeq } = this;
    if (headSeq === undefined) return {};
    return { headSeq: typeof headSeq === 'number' ? this.seqOf(headSeq) : headSeq };
  }

  private numberOf = (place: number): number => this.first + place - 1;

  /** Keeps where a chain of messages that are left out leads, so that none is followed twice. */
  private seqOf(number: number): number {
    const chain: number[] = [];
    let at = number;
    for (let next = this.leftOut.get(at); next !== undefined; next = this.leftOut.get(at)) {
      chain.push(at);
      at = next;
    }
    for (const one of chain) this.leftOut.set(one, at);
    return this.seqs.get(at) ?? at;
  }
}

/** False for what the server shall refuse as it is. */
function isRead(message: unknown): message is Record<string, unknown> {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return false;
  const { parentSeq = null } = message as { parentSeq?: unknown };
  return parentSeq === null || typeof parentSeq === 'number';
}
