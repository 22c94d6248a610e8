// Reading the shape of a conversation takes time that grows with its branches, and no faster.
import { describe, expect, it } from '@jest/globals';
import { MessagePath } from '../../src/conversations/messages/tree/message-path.js';
import { MessageTree } from '../../src/conversations/messages/tree/message-tree.js';
import { growthOf, type Work } from '../support/growth.js';

/** Linear work grows by 2 at a doubling, quadratic work by 4. Caches and other processes add some. */
const MAX_GROWTH = 2.9;

/** Every second message begins a branch below the message `up` before it. */
function treeOf(branches: number, up: number): MessageTree {
  const starts = Array.from({ length: branches }, (_, i) => 2 * i + 4);
  return new MessageTree(
    starts,
    starts.map((start) => Math.max(0, start - up)),
    2 * branches + 5,
  );
}

/** Branches in turn, so that a path has all of them; and all below the first message. */
const SHAPES: [name: string, up: number][] = [
  ['a long path', 2],
  ['branches of one message', Infinity],
];
const READS: [name: string, read: (tree: MessageTree) => unknown][] = [
  ['a path', (tree) => tree.pathTo(tree.lastSeq)],
  ['the newest message below', (tree) => tree.newestBelow(1)],
  ['siblings', (tree) => tree.listSiblings(tree.lastSeq)],
  [
    'a page with its siblings',
    (tree) => {
      const path = new MessagePath(tree.pathTo(tree.lastSeq));
      for (const seq of path.last(100).seqs()) tree.countSiblings(seq);
      return path.multirange;
    },
  ],
];
const CASES = SHAPES.flatMap(([shape, up]) =>
  READS.map(([name, read]): [string, Work] => [
    `${name}, ${shape}`,
    (n) => {
      const tree = treeOf(n, up);
      return () => read(tree);
    },
  ]),
);

describe('the shape of a conversation', () => {
  it.each(CASES)('is read in linear time: %s', (_, work) => {
    expect(growthOf(work)).toBeLessThan(MAX_GROWTH);
  });
});
