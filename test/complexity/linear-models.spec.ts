// Calls of models: making a prompt of a context and reading deltas takes no longer than their size lets it.
import { describe, expect, it } from '@jest/globals';
import { DeltaTexts } from '../../src/chat/models/answer/delta-text.js';
import { quoted } from '../../src/chat/models/failures/provider-words.js';
import { promptOf } from '../../src/chat/models/index.js';
import { legalSystem } from '../../src/chat/models/prompt/later-system.js';
import { growthOf, type Work } from '../support/growth.js';

/** Time that grows with the square of the input has 4. */
const MAX_GROWTH = 2.9;

const list = <T>(length: number, make: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => make(i));
const text = (i: number) => ({ type: 'text', text: `text ${i}` });
const call = (i: number) => ({
  type: 'tool-f',
  toolCallId: `c${i}`,
  state: 'output-available',
  input: {},
  output: i,
});
const prompt = (messages: Record<string, unknown>[]) => () => void promptOf({ messages });

const WORKS: [string, Work][] = [
  ['messages', (n) => prompt(list(n, (i) => ({ role: 'user', parts: [text(i)] })))],
  ['parts of a message', (n) => prompt([{ role: 'user', parts: list(n, text) }])],
  ['calls in a step', (n) => prompt([{ role: 'assistant', parts: list(n, call) }])],
  [
    'steps',
    (n) =>
      prompt([
        { role: 'assistant', parts: list(n, (i) => (i % 2 ? call(i) : { type: 'step-start' })) },
      ]),
  ],
  [
    'labels in a system text',
    (n) => {
      const content = '<system'.repeat(n);
      const messages = [
        { role: 'user' as const, content: [] },
        { role: 'system' as const, content },
      ];
      return () => void legalSystem(messages, 'anthropic');
    },
  ],
  [
    'deltas of halves',
    (n) => () => {
      const texts = new DeltaTexts();
      for (let i = 0; i < n; i++) texts.take('a', i % 2 ? '\ude00\ud83d' : '\ud83d');
    },
  ],
  ['characters of a delta', (n) => () => void new DeltaTexts().take('a', '\0\ud83d'.repeat(n))],
  ['words of a provider', (n) => () => void quoted('sk-a '.repeat(n), 'k')],
];

describe('time that grows no faster than a call of a model', () => {
  it.each(WORKS)('is what many %s take', (_, work) => {
    expect(growthOf(work)).toBeLessThan(MAX_GROWTH);
  });
});
