import { describe, expect, it } from '@jest/globals';
import { chosenVersion } from './traffic.js';

const USERS = Array.from({ length: 4_000 }, (_, n) => `user ${n}`);
const split = (percent: number) => [
  { version: 1, percent: 100 - percent },
  { version: 2, percent },
];
const served = (percent: number, alias = 'prod') =>
  USERS.map((user) => chosenVersion(split(percent), 'config', alias, user));

describe('the users of an alias with several targets', () => {
  it('are distributed by the percentages', () => {
    for (const percent of [1, 10, 50, 99]) {
      const count = served(percent).filter((version) => version === 2).length;
      expect(Math.abs(count / USERS.length - percent / 100)).toBeLessThan(0.03);
    }
    expect(
      new Set(
        USERS.map((user) => chosenVersion([{ version: 7, percent: 100 }], 'config', 'prod', user)),
      ),
    ).toEqual(new Set([7]));
  });

  it('keep the last version when its percentage grows', () => {
    const [few, many] = [served(10), served(60)];
    few.forEach((version, i) => version === 2 && expect(many[i]).toBe(2));
  });

  it('are distributed differently for another alias', () => {
    expect(served(50, 'beta')).not.toEqual(served(50));
  });
});
