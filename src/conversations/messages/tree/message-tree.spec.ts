import { describe, expect, it } from '@jest/globals';
import { MessagePath } from './message-path.js';
import { MessageTree } from './message-tree.js';

/** A tree that keeps the parent of every message, as the plainest program would. */
class PlainTree {
  readonly parents = [0];

  add(parent: number): void {
    this.parents.push(parent);
  }

  get lastSeq(): number {
    return this.parents.length - 1;
  }

  pathTo(seq: number): number[] {
    return seq === 0 ? [] : [...this.pathTo(this.parents[seq]!), seq];
  }

  siblingsOf(seq: number): number[] {
    const all = Array.from({ length: this.lastSeq }, (_, i) => i + 1);
    return all.filter((one) => this.parents[one] === this.parents[seq]);
  }

  newestBelow(seq: number): number {
    const all = Array.from({ length: this.lastSeq }, (_, i) => i + 1);
    return all.findLast((one) => this.pathTo(one).includes(seq))!;
  }

  toTree(): MessageTree {
    const starts = this.parents.flatMap((parent, seq) =>
      seq > 0 && parent !== seq - 1 ? [seq] : [],
    );
    return new MessageTree(
      starts,
      starts.map((seq) => this.parents[seq]!),
      this.lastSeq,
    );
  }
}

/** Pseudo-random integers below a limit, the same in each run. */
function integers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const seqsOf = (path: MessagePath): number[] => [...path.seqs()];

describe('a tree of messages', () => {
  it.each([1, 2, 3, 4, 5, 6])('answers as a plain one does (seed %i)', (seed) => {
    const random = integers(seed);
    const plain = new PlainTree();
    for (let i = 0; i < 120; i++) {
      const follows = random(10) < 6 || plain.lastSeq === 0;
      plain.add(follows ? plain.lastSeq : random(plain.lastSeq + 1));
    }
    const tree = plain.toTree();
    for (let seq = 1; seq <= plain.lastSeq; seq++) {
      expect(tree.parentOf(seq)).toBe(plain.parents[seq]);
      expect(seqsOf(new MessagePath(tree.pathTo(seq)))).toEqual(plain.pathTo(seq));
      expect(tree.listSiblings(seq)).toEqual(plain.siblingsOf(seq));
      expect(tree.countSiblings(seq)).toBe(plain.siblingsOf(seq).length);
      expect(tree.newestBelow(seq)).toBe(plain.newestBelow(seq));
    }
  });
});

describe('a path', () => {
  const path = new MessagePath([
    { from: 1, to: 3 },
    { from: 7, to: 7 },
    { from: 10, to: 12 },
  ]);
  const seqs = [1, 2, 3, 7, 10, 11, 12];

  it('numbers its messages without gaps', () => {
    expect(path.length).toBe(7);
    expect(seqs.map((seq) => path.placeOf(seq))).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect([1, 2, 3, 4, 5, 6, 7].map((place) => path.seqAt(place))).toEqual(seqs);
    expect([0, 4, 6, 8, 9, 13].map((seq) => path.placeOf(seq))).toEqual(Array(6).fill(null));
  });

  it('is cut at any place and between any numbers', () => {
    for (let start = 0; start <= 8; start++) {
      expect(seqsOf(path.first(start))).toEqual(seqs.slice(0, start));
      expect(seqsOf(path.last(start))).toEqual(start === 0 ? [] : seqs.slice(-start));
      for (let end = start; end <= 8; end++)
        expect(seqsOf(path.slice(start, end))).toEqual(seqs.slice(start, end));
    }
    for (let after = 0; after < 14; after++)
      for (let before = 0; before < 14; before++)
        expect(seqsOf(path.between(after, before))).toEqual(
          seqs.filter((seq) => seq > after && seq < before),
        );
  });

  it('may be empty', () => {
    const empty = new MessagePath([]);
    expect([empty.length, empty.placeOf(1), seqsOf(empty.last(3))]).toEqual([0, null, []]);
  });
});
