// Exports of other products: reading one takes time that grows with its size, and no faster.
import { describe, expect, it } from '@jest/globals';
import { weightOf } from '../../src/cli/import-batches.js';
import { SentTree } from '../../src/cli/sent-tree.js';
import { ImportBatchDto } from '../../src/conversations/dto/import.dto.js';
import { parseImport } from '../../src/conversations/import/import-input.js';
import { findStored, type TreeMessage } from '../../src/conversations/import/stored-tree.js';
import { htmlToText } from '../../src/conversations/import/formats/html-text.js';
import { validateBody } from '../../src/platform/input/index.js';
import { growthOf, type Work } from '../support/growth.js';
import { readAll, readConversation } from '../support/read-source.js';

/** Linear work grows by 2 at a doubling, quadratic work by 4. Caches and other processes add some. */
const MAX_GROWTH = 2.9;

const list = <T>(length: number, make: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => make(i));

/** A branch of ChatGPT in which each tool answers a call of another function of its family. */
function calls(length: number): object {
  const nodes = list(length, (i) => {
    const isCall = i % 2 === 0;
    const author = { role: isCall ? 'assistant' : 'tool', name: `t${i - 1}.x` };
    const content = { content_type: 'text', parts: ['a'] };
    const message = { author, recipient: isCall ? `t${i}.y` : 'all', content };
    return [`k${i}`, { parent: `k${i - 1}`, message }] as const;
  });
  return { mapping: Object.fromEntries(nodes), current_node: `k${length - 1}` };
}

function blocks(length: number): object {
  const content = list(length, (i) => ({
    type: i % 2 === 0 ? 'tool_use' : 'tool_result',
    name: `t${i % 100}`,
  }));
  return { uuid: 'c', chat_messages: [{ uuid: 'm', sender: 'assistant', content }] };
}

/** How many nodes have which parent, by their numbers; -1 is a node that is missing. */
const TREES: [shape: string, parentOf: (i: number, length: number) => number][] = [
  ['a deep chain', (i) => i - 1],
  ['a chain whose end comes first', (i, length) => (i + 1) % length],
  ['a wide fork', () => 0],
  ['a fork of chains', (i) => (i % 2 === 0 ? 0 : i - 1)],
  ['one cycle', (i, length) => (i + length - 1) % length],
  ['many cycles', (i) => i ^ 1],
  ['missing parents', () => -1],
];

/** A tree of ChatGPT in which every second message calls a tool or is its result. */
function mapping(length: number, parentOf: (i: number, length: number) => number): object {
  const nodes = list(length, (i) => {
    const author = i % 4 === 3 ? { role: 'tool', name: 't' } : { role: 'assistant' };
    const recipient = i % 4 === 1 ? `t${i % 8}` : 'all';
    const content = { content_type: 'text', parts: ['a'] };
    return [
      `k${i}`,
      { parent: `k${parentOf(i, length)}`, message: { author, recipient, content } },
    ];
  });
  return { mapping: Object.fromEntries(nodes) as object };
}

/** Messages below the parents that they say, as `findStored` compares them. */
const compared = (length: number, parentOf: (i: number) => number, words: (i: number) => string) =>
  list(length, (i) => ({
    ...{ seq: i + 1, parentSeq: parentOf(i), role: 'user' as const },
    ...{ digest: words(i), createdAt: '' },
  }));

const COMPARED: [name: string, work: Work][] = [
  [
    'a chain',
    (n) =>
      comparing(
        compared(n, (i) => i, String),
        compared(n, (i) => i, String),
      ),
  ],
  [
    'a fork',
    (n) =>
      comparing(
        compared(n, () => 0, String),
        compared(n, () => 0, String),
      ),
  ],
  [
    'twins',
    (n) =>
      comparing(
        compared(
          n,
          () => 0,
          () => 'x',
        ),
        compared(
          n,
          () => 0,
          () => 'x',
        ),
      ),
  ],
  [
    'strangers',
    (n) =>
      comparing(
        compared(n, () => 0, String),
        compared(
          n,
          () => 0,
          (i) => `x${i}`,
        ),
      ),
  ],
];
const comparing = (stored: TreeMessage[], source: TreeMessage[]) => () =>
  findStored(stored, source);

/** Numbers messages of which every second is left out; each follows the one before. */
const numbering: Work = (n) => {
  const messages = list(n, (i) => ({ message: { parentSeq: i || null }, place: i + 1 }));
  return () => {
    const tree = new SentTree(1, n, n);
    for (const one of messages) if (one.place > 1 && one.place < n) tree.leaveOut(one);
    return list(n, () => tree.bodyOf([messages.at(-1)!], 1));
  };
};

const parsing: Work = (n) => {
  const messages = list(n, (i) => ({
    ...{ role: 'user', content: 'a', key: `k${i}`, parentSeq: i === 0 ? null : 1 },
    ...{ conversationId: 'c', seq: i + 1 },
  }));
  return () => parseImport({ importKey: 'k', messages: messages.slice(0, 20_000) }, new Date(0));
};

/** A hundred conversations with some messages each, as a batch is checked and read. */
const batch: Work = (n) => {
  const messages = list(Math.min(n / 100, 200), () => ({ role: 'user', content: 'a' }));
  const conversations = list(100, (i) => ({ importKey: `k${i}`, messages }));
  return () => {
    const read = validateBody(ImportBatchDto, { conversations });
    return read.conversations.map((one) => parseImport(one, new Date(0)));
  };
};
const weighing: Work = (n) => {
  const messages = list(n, () => ({ role: 'user', content: 'a' }));
  return () => weightOf({ messages });
};

const CASES: [name: string, work: Work][] = [
  ['the conversations of a batch', batch],
  ['the weight of a conversation', weighing],
  ['calls of tools and their results', (n) => reading(calls(n))],
  ...TREES.map(([shape, parentOf]): [string, Work] => [
    shape,
    (n) => reading(mapping(n, parentOf)),
  ]),
  ...COMPARED.map(([name, work]): [string, Work] => [`${name} that is compared`, work]),
  ['messages that are left out', numbering],
  ['messages of an import with parents and keys', parsing],
  ['blocks of one message', (n) => reading(blocks(n))],
  ['an answer in HTML', (n) => converting('<p>a &amp; <'.repeat(n))],
  ['an answer that opens tags only', (n) => converting('<'.repeat(n))],
  ['messages that stand alone', (n) => alone(list(n, (i) => ({ role: 'user', content: `${i}` })))],
];

const reading = (value: object) => () => readConversation(value, '');
const converting = (html: string) => () => htmlToText(html);
const alone = (messages: object[]) => () => readAll(...messages);

describe('time that grows no faster than an export', () => {
  it.each(CASES)('is what is taken by %s', (_, work) => {
    expect(growthOf(work)).toBeLessThan(MAX_GROWTH);
  });
});
