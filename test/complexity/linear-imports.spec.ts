// Exports of other products: reading one takes time that grows with its size, and no faster.
import { describe, expect, it } from '@jest/globals';
import { htmlToText } from '../../src/conversations/import/formats/html-text.js';
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

const CASES: [name: string, work: Work][] = [
  ['calls of tools and their results', (n) => reading(calls(n))],
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
