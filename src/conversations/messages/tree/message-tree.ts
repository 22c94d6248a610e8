// The shape of a conversation with branches, without its messages.
//
// Messages are numbered in the order of their arrival, and a parent always has a smaller number than
// its children. So the log is cut into runs: in a run, the parent of each message is the message
// before it. Only the parent of a run's first message is stored.

import { lastAtMost } from './last-at-most.js';

/** Messages with consecutive numbers, both ends included. */
export interface SeqSpan {
  from: number;
  to: number;
}

export class MessageTree {
  /** How many runs after the first one begin below each parent. */
  private runsBelow: Map<number, number> | undefined;

  /**
   * @param starts numbers of the first messages of all runs but the first one, rising
   * @param parents the parent of each of them; 0 for none
   */
  constructor(
    private readonly starts: readonly number[],
    private readonly parents: readonly number[],
    readonly lastSeq: number,
  ) {}

  /** How many runs there are besides the first one. */
  get runs(): number {
    return this.starts.length;
  }

  /** Returns the number of the parent; 0 for a message without one. */
  parentOf(seq: number): number {
    const run = this.runOf(seq);
    return this.startOf(run) === seq ? this.parentOfRun(run) : seq - 1;
  }

  /** Returns the message and all its ancestors, oldest first. The path to a message never changes. */
  pathTo(seq: number): SeqSpan[] {
    const path: SeqSpan[] = [];
    for (let to = seq; to > 0;) {
      const run = this.runOf(to);
      path.push({ from: this.startOf(run), to });
      to = this.parentOfRun(run);
    }
    return path.reverse();
  }

  /** Counts the messages with the same parent, this one included. */
  countSiblings(seq: number): number {
    this.runsBelow ??= countEach(this.parents);
    const parent = this.parentOf(seq);
    return (this.runsBelow.get(parent) ?? 0) + (this.isContinued(parent) ? 1 : 0);
  }

  /** Lists the messages with the same parent, this one included, oldest first. */
  listSiblings(seq: number): number[] {
    const parent = this.parentOf(seq);
    const siblings = this.isContinued(parent) ? [parent + 1] : [];
    this.parents.forEach((one, i) => {
      if (one === parent) siblings.push(this.starts[i]!);
    });
    return siblings;
  }

  /** Returns the newest message whose path has this one: itself when nothing follows it. */
  newestBelow(seq: number): number {
    const own = this.runOf(seq);
    let newest = this.endOf(own);
    /** The first message of each run that is below, by run. */
    const below = new Map([[own, seq]]);
    for (let run = own + 1; run <= this.starts.length; run++) {
      const parent = this.parentOfRun(run);
      if (parent < (below.get(this.runOf(parent)) ?? Infinity)) continue;
      below.set(run, this.startOf(run));
      newest = this.endOf(run);
    }
    return newest;
  }

  /** True when the message after this one in the log is its child. */
  private isContinued(seq: number): boolean {
    const next = seq + 1;
    return next <= this.lastSeq && (next === 1 || this.startOf(this.runOf(next)) !== next);
  }

  /** Returns the run of a message; the first run is 0. */
  private runOf(seq: number): number {
    return lastAtMost(this.starts, seq) + 1;
  }

  private readonly startOf = (run: number): number => (run === 0 ? 1 : this.starts[run - 1]!);
  private readonly parentOfRun = (run: number): number => (run === 0 ? 0 : this.parents[run - 1]!);
  private readonly endOf = (run: number): number =>
    run < this.starts.length ? this.starts[run]! - 1 : this.lastSeq;
}

function countEach(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
