import { describe, expect, it } from '@jest/globals';
import { BodyBudget } from './body-budget.js';

const MIB = 1024 * 1024;

/** How many bodies of `bytes` the owner gets, one after the other. */
function fill(budget: BodyBudget, owner: string, bytes: number): number {
  for (let count = 0; ; count++) if (!budget.take(owner, 0, bytes)) return count;
}

describe('the memory for bodies', () => {
  it('is given to one owner up to a half, so that the next finds as much', () => {
    const budget = new BodyBudget(64 * MIB);
    expect(fill(budget, 'a', 8 * MIB)).toBe(4);
    expect(fill(budget, 'b', 8 * MIB)).toBe(2);
    expect(fill(budget, 'c', 8 * MIB)).toBe(1);
  });

  it('always keeps a part for small bodies, even when many owners send large ones', () => {
    const budget = new BodyBudget(64 * MIB);
    for (let owner = 0; owner < 100; owner++) fill(budget, `owner ${owner}`, MIB);
    expect(budget.bytesLeft).toBeGreaterThanOrEqual(8 * MIB);
    expect(budget.take('owner 0', 0, 65_536)).toBe(true);
    expect(fill(budget, 'small', 65_536)).toBeGreaterThan(100);
    expect(budget.take('last', 0, budget.bytesLeft + 1)).toBe(false);
  });

  it('has room for the largest body of an owner who has no other', () => {
    const budget = new BodyBudget(16 * MIB);
    expect(budget.take('a', 0, 8 * MIB)).toBe(true);
    expect(budget.take('a', 0, 8 * MIB)).toBe(false);
    expect(new BodyBudget(16 * MIB).take('b', 0, 12 * MIB)).toBe(true);
  });

  it('counts a body that grows as the same body that was announced', () => {
    const budget = new BodyBudget(16 * MIB);
    let taken = 0;
    for (let bytes = 65_536; bytes <= 8 * MIB; bytes += 65_536) {
      expect(budget.take('a', taken, bytes)).toBe(true);
      taken = bytes;
    }
    expect(budget.take('a', 0, 8 * MIB)).toBe(false);
    expect(budget.bytesLeft).toBe(8 * MIB);
  });

  it('is whole again once all was given back', () => {
    const budget = new BodyBudget(MIB);
    const owners = ['a', 'b', 'c'];
    for (const owner of owners) budget.take(owner, 0, 10_000);
    for (const owner of owners) budget.give(owner, 10_000);
    expect(budget.bytesLeft).toBe(MIB);
    expect(fill(budget, 'a', MIB / 4)).toBe(2);
  });
});
