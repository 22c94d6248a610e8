// What a reply that grows costs is linear in what the model says, however many pieces that comes in.
import { describe, expect, it } from '@jest/globals';
import { comparable } from '../../src/chat/compat/openai/same-message.js';
import { Reply } from '../../src/chat/turns/run/reply.js';
import { partsOf, ReplyCursor } from '../../src/chat/turns/streams/reply-position.js';
import { joinPieces } from '../../src/conversations/messages/unfinished/pieces.js';
import { growthOf, type Work } from '../support/growth.js';

/** Time that grows with the square of the input has 4. */
const MAX_GROWTH = 2.9;

const list = <T>(length: number, make: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => make(i));
const part = (i: number) => ({ isJson: true, content: JSON.stringify([{ type: `data-${i}` }]) });
const call = (i: number) => ({ type: 'tool-call', toolCallId: `c${i}`, toolName: 'x', input: {} });
const text = (i: number) => ({ isJson: false, content: `word ${i} ` });

const WORKS: [string, Work][] = [
  ['texts of a message', (n) => () => void joinPieces(list(n, text))],
  ['parts of a message', (n) => () => void joinPieces(list(n, part))],
  [
    'texts between parts',
    (n) => () => void joinPieces(list(n, (i) => (i % 2 ? text(i) : part(i)))),
  ],
  [
    'deltas of a reply',
    (n) => () => {
      const reply = new Reply();
      for (let i = 0; i < n; i++) reply.apply({ type: 'text-delta', id: 'a', delta: 'word ' });
      reply.content();
    },
  ],
  [
    // A reply has a thousand parts at most: 200 replies take long enough with fewer.
    'parts of a reply',
    (n) => () => {
      for (let replies = 0; replies < 200; replies++) {
        const reply = new Reply();
        for (let i = 0; i < n / 80; i++) {
          reply.apply({ type: 'reasoning-delta', id: `r${i}`, delta: 'word' });
          reply.apply({ type: 'text-delta', id: `t${i}`, delta: 'word' });
        }
      }
    },
  ],
  [
    'parts that a viewer takes',
    (n) => () => {
      const parts = list(n, (i) => ({ type: i % 2 ? 'text' : 'reasoning', text: 'word' }));
      for (const change of new ReplyCursor(1).take(parts)) void change;
    },
  ],
  [
    'parts that are compared with a history',
    (n) => {
      const content = list(n, (i) => (i % 2 ? { type: 'text', text: 'word' } : call(i)));
      return () => void comparable({ role: 'assistant', content, metadata: null });
    },
  ],
  [
    'values of a call that is compared',
    (n) => {
      const content = [{ ...call(0), input: JSON.stringify(list(n, (i) => ({ b: i, a: i }))) }];
      return () => void comparable({ role: 'assistant', content, metadata: null });
    },
  ],
  [
    'characters before a position',
    (n) => {
      const parts = partsOf('ä😀'.repeat(n));
      return () => new ReplyCursor(1).skipTo(parts, { seq: 1, part: 0, bytes: 5 * n });
    },
  ],
];

describe('time that grows no faster than a reply', () => {
  it.each(WORKS)('is what many %s take', (_, work) => {
    expect(growthOf(work)).toBeLessThan(MAX_GROWTH);
  });
});
