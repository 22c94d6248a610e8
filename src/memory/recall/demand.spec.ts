import { describe, expect, it } from '@jest/globals';
import { readSearchQuestion } from '../../platform/text/index.js';
import { Demand } from './demand.js';

const demand = (question: string) => new Demand(readSearchQuestion(question)!.match, false);
const row = (id: string, content: unknown, more: object = {}) => ({
  id,
  revision: 1,
  json: JSON.stringify({ content, ...more }),
});
const neverRead = () => Promise.reject(new Error('was read'));

describe('what the text of a hit must have', () => {
  it('is looked for in the content and the tags of a memory, and in the parts of a message', async () => {
    const asked = demand('"red cats"');
    expect(await asked.isMetBy(row('a', 'the red cats'), neverRead)).toBe(true);
    expect(await asked.isMetBy(row('b', 'cats', { tags: ['red', 'cats'] }), neverRead)).toBe(true);
    expect(await asked.isMetBy(row('c', 'cats red', { tags: [] }), neverRead)).toBe(false);
    const parts = [{ type: 'text', text: 'red cats' }];
    expect(await asked.isMetBy(row('d', parts), neverRead)).toBe(true);
  });

  it('is looked for in a row that was withheld because of its size, once', async () => {
    const asked = demand('cats');
    const withheld = { id: 'a', revision: 1, json: null };
    expect(await asked.isMetBy(withheld, () => Promise.resolve(row('a', 'cats')))).toBe(true);
    expect(await asked.isMetBy(withheld, neverRead)).toBe(true);
    const gone = { id: 'b', revision: 1, json: null };
    expect(await asked.isMetBy(gone, () => Promise.resolve(undefined))).toBe(false);
  });

  it('is looked for in 5,000 texts at most', async () => {
    const asked = demand('cats');
    for (let i = 0; i < 5_000; i++) {
      expect(asked.isExhausted).toBe(false);
      await asked.isMetBy(row(`r${i}`, 'cats'), neverRead);
    }
    expect(asked.isExhausted).toBe(true);
    expect(await asked.isMetBy(row('next', 'cats'), neverRead)).toBe(false);
    expect(await asked.isMetBy(row('r7', 'cats'), neverRead)).toBe(true);
  });
});
