import { describe, expect, it } from '@jest/globals';
import { atOnce, otherRequests, Slices } from './slices.js';

/** Keeps the event loop for so many milliseconds. */
function busy(milliseconds: number): void {
  for (const until = performance.now() + milliseconds; performance.now() < until;);
}

describe('work in slices', () => {
  it('goes on one piece in each turn of the event loop, however much of it there is', async () => {
    const order: string[] = [];
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns++;
      order.push('turn');
      if (!isOver) setImmediate(count);
    };
    const piece = async (name: string): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        await otherRequests();
        order.push(name);
      }
    };
    const pieces = Promise.all(['a', 'b', 'c', 'd'].map(piece));
    setImmediate(count);
    await pieces;
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(11);
    const between = order
      .join(' ')
      .split('turn')
      .map((part) => part.trim().split(' ').filter(Boolean).length);
    expect(Math.max(...between)).toBeLessThanOrEqual(2);
  });

  it('gives its turn away after some milliseconds, and has the result that it has at once', async () => {
    function* sum(): Generator<void, number> {
      let total = 0;
      for (let i = 1; i <= 5; i++) {
        busy(5);
        total += i;
        yield;
      }
      return total;
    }
    let others = 0;
    let isOver = false;
    const other = (): void => {
      others++;
      if (!isOver) setImmediate(other);
    };
    setImmediate(other);
    expect(await new Slices().run(sum())).toBe(15);
    isOver = true;
    expect(others).toBeGreaterThanOrEqual(2);
    expect(atOnce(sum())).toBe(15);
  });
});
