import { describe, expect, it } from '@jest/globals';
import type { Message } from '../../../../clients/typescript/src/index.js';
import { newestBelow } from './branches.js';

/** Messages by number, each with the number of the one that it follows. */
const messages = (...parents: (number | null)[]): Message[] =>
  parents.map((parentSeq, i) => ({ id: `m${i + 1}`, seq: i + 1, parentSeq }) as Message);

describe('the newest end below a message', () => {
  const tree = messages(null, 1, 2, 1, 4, 2, null);
  const reads: number[] = [];
  const read = async (after: number) => {
    reads.push(after);
    return tree.filter(({ seq }) => seq > after).slice(0, 2);
  };

  it('is the last message that arrived in its branches', async () => {
    expect(await newestBelow(tree[1]!, read)).toEqual({ id: 'm6', readTo: undefined });
    expect(await newestBelow(tree[3]!, read)).toEqual({ id: 'm5', readTo: undefined });
    expect(await newestBelow(tree[0]!, read)).toEqual({ id: 'm6', readTo: undefined });
  });

  it('is the message itself when nothing follows it', async () => {
    expect(await newestBelow(tree[6]!, read)).toEqual({ id: 'm7', readTo: undefined });
  });

  it('is looked for in a bounded number of pages, and says so', async () => {
    reads.length = 0;
    const endless = async (after: number) => {
      reads.push(after);
      return [{ id: `m${after + 1}`, seq: after + 1, parentSeq: after } as Message];
    };
    expect(await newestBelow(tree[0]!, endless)).toEqual({ id: 'm31', readTo: 31 });
    expect(reads).toHaveLength(30);
  });
});
