// The messages that a conversation shows: from the first one to its head, by their place in it.
import { lastAtMost } from './last-at-most.js';
import type { SeqSpan } from './message-tree.js';

export class MessagePath {
  /** How many messages come before each span. */
  private readonly before: number[] = [];
  private readonly starts: number[] = [];
  readonly length: number;

  /** @param spans oldest first */
  constructor(readonly spans: readonly SeqSpan[]) {
    let length = 0;
    for (const { from, to } of spans) {
      this.before.push(length);
      this.starts.push(from);
      length += to - from + 1;
    }
    this.length = length;
  }

  /** Returns the place of a message on the path, from 1 on; null when it is not on it. */
  placeOf(seq: number): number | null {
    const i = lastAtMost(this.starts, seq);
    const span = this.spans[i];
    return span && seq <= span.to ? this.before[i]! + seq - span.from + 1 : null;
  }

  /** Returns the number of the message at a place of the path. */
  seqAt(place: number): number {
    const i = lastAtMost(this.before, place - 1);
    return this.spans[i]!.from + place - this.before[i]! - 1;
  }

  /** Returns the messages between two numbers, both excluded. */
  between(afterSeq: number, beforeSeq: number): MessagePath {
    return new MessagePath(
      this.spans.flatMap(({ from, to }) => {
        const span = { from: Math.max(from, afterSeq + 1), to: Math.min(to, beforeSeq - 1) };
        return span.from <= span.to ? [span] : [];
      }),
    );
  }

  /** Returns the messages at the places after `start`, up to `end`. */
  slice(start: number, end: number): MessagePath {
    const after = start <= 0 ? 0 : start >= this.length ? Infinity : this.seqAt(start);
    const before = end >= this.length ? Infinity : this.seqAt(end + 1);
    return this.between(after, before);
  }

  first = (count: number): MessagePath => this.slice(0, count);
  last = (count: number): MessagePath => this.slice(this.length - count, this.length);

  /** Returns all numbers, oldest first. */
  *seqs(): Generator<number> {
    for (const { from, to } of this.spans) for (let seq = from; seq <= to; seq++) yield seq;
  }

  /** The first and last numbers of the spans, as parameters of a statement. */
  get bounds(): [from: number[], to: number[]] {
    return [this.spans.map(({ from }) => from), this.spans.map(({ to }) => to)];
  }

  /** The spans as PostgreSQL writes an `int4multirange`. */
  get multirange(): string {
    return `{${this.spans.map(({ from, to }) => `[${from},${to}]`).join(',')}}`;
  }
}
