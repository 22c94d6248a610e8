// The keys of access tokens: all processes use one, and a rotation refuses no token that is valid.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { Vault } from '../../src/platform/vault/index.js';
import { TokenKeys } from '../../src/users/accounts/tokens/token-keys.js';
import { TokenKeysRepository } from '../../src/users/accounts/tokens/token-keys.repository.js';
import { createTestApp, type TestApp } from '../support/app.js';

const MINUTES = 60;
const DAYS = 86_400;

let first: TestApp;
let second: TestApp;
beforeAll(async () => {
  first = await createTestApp();
  second = await createTestApp({}, first.database);
});
afterAll(async () => {
  await second?.close();
  await first?.close();
});
beforeEach(() => first.database.admin(`delete from threadkeep.token_key`));

/** The keys as a process knows them that has just started. */
const started = ({ app }: TestApp = first): TokenKeys =>
  new TokenKeys(app.get(TokenKeysRepository), app.get(Vault), app.get(ScopedDatabase));
const rotate = () => first.app.get(ScopedDatabase).runAsSystem('a test', () => started().rotate());
const stored = async (): Promise<string[]> =>
  (
    await first.database.admin(`select id from threadkeep.token_key order by created_at desc`)
  ).rows.map(({ id }) => id as string);
const grow = (seconds: number) =>
  first.database.admin(
    `update threadkeep.token_key set created_at = created_at - make_interval(secs => $1)`,
    [seconds],
  );
const signingId = async () => (await started().signing()).id;
const publishedIds = async () => (await started().published()).map(({ kid }) => kid!).sort();

describe('the first key', () => {
  it('is one, however many processes need it at once', async () => {
    for (let round = 0; round < 5; round++) {
      await first.database.admin(`delete from threadkeep.token_key`);
      const processes = Array.from({ length: 8 }, (_, i) => started(i % 2 ? first : second));
      const ids = await Promise.all(processes.map(async (keys) => (await keys.signing()).id));
      expect(await stored()).toEqual([ids[0]]);
      expect(new Set(ids).size).toBe(1);
    }
  });
});

describe('a rotation', () => {
  it('publishes a new key before it signs, and keeps the one before while its tokens are valid', async () => {
    const old = await signingId();
    await grow(89 * DAYS);
    await rotate();
    expect(await stored()).toEqual([old]);
    await grow(2 * DAYS);
    await rotate();
    const [next] = await stored();
    expect(next).not.toBe(old);
    expect(await publishedIds()).toEqual([old, next!].sort());
    expect(await signingId()).toBe(old);
    await grow(11 * MINUTES);
    expect(await signingId()).toBe(next);
    await rotate();
    expect(await started().find(old)).not.toBeNull();
    expect(await publishedIds()).toEqual([old, next!].sort());
    await grow(1 * DAYS);
    await rotate();
    expect(await stored()).toEqual([next]);
    expect(await started().find(old)).toBeNull();
    expect(await started().find(next!)).not.toBeNull();
  });

  it('makes one successor, however many processes rotate at once', async () => {
    const old = await signingId();
    await grow(91 * DAYS);
    await Promise.all(
      [first, second, first, second].map((one) =>
        one.app.get(ScopedDatabase).runAsSystem('a test', () => started(one).rotate()),
      ),
    );
    expect(await stored()).toHaveLength(2);
    expect(await signingId()).toBe(old);
  });
});
