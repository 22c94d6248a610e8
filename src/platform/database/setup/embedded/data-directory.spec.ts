import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseSetupError } from '../setup-error.js';
import { chooseDataDirectory, isReachable } from './data-directory.js';

/** Owns nothing here, and is in no group. */
const stranger = { uid: 54_321, gid: 54_321 };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'threadkeep-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('whether a user can reach a directory', () => {
  it('is not asked for the user we are', async () => {
    await expect(isReachable('/does/not/exist', null)).resolves.toBe(true);
  });

  it('depends on every folder on the way', async () => {
    const inner = join(directory, 'a', 'b');
    await mkdir(inner, { recursive: true });
    await chmod(directory, 0o700);
    await expect(isReachable(inner, stranger)).resolves.toBe(false);
    await chmod(directory, 0o711);
    await expect(isReachable(inner, stranger)).resolves.toBe(true);
  });

  it('depends on the bits of owner, group or others, whichever the user is', async () => {
    const { uid, gid } = await stat(directory);
    const owner = { uid, gid };
    const member = { uid: stranger.uid, gid };
    const reachable = async (mode: number) => {
      await chmod(directory, mode);
      return Promise.all([owner, member, stranger].map((user) => isReachable(directory, user)));
    };
    await expect(reachable(0o700)).resolves.toEqual([true, false, false]);
    await expect(reachable(0o610)).resolves.toEqual([false, true, false]);
    await expect(reachable(0o601)).resolves.toEqual([false, false, true]);
    await chmod(directory, 0o700);
  });
});

describe('the data directory', () => {
  it('is .threadkeep in the working directory', async () => {
    await expect(chooseDataDirectory(undefined, null, directory)).resolves.toBe(
      join(directory, '.threadkeep'),
    );
    expect((await stat(join(directory, '.threadkeep'))).isDirectory()).toBe(true);
  });

  it('is one of its own for each checkout that the server cannot reach', async () => {
    const shared = join(directory, 'shared');
    const checkout = join(directory, 'checkout');
    await mkdir(checkout);
    const first = await chooseDataDirectory(undefined, stranger, directory, shared);
    const second = await chooseDataDirectory(undefined, stranger, checkout, shared);
    expect(first).toMatch(/\/shared\/[0-9a-f]{12}$/);
    expect(second).not.toBe(first);
    await expect(chooseDataDirectory(undefined, stranger, directory, shared)).resolves.toBe(first);
    expect((await stat(first)).isDirectory()).toBe(true);
  });

  it('is DATA_DIR when that is set, as a path from the working directory', async () => {
    await expect(chooseDataDirectory('data/here', null, directory)).resolves.toBe(
      join(directory, 'data', 'here'),
    );
    await chmod(directory, 0o711);
    await expect(chooseDataDirectory(join(directory, 'absolute'), stranger, '/')).resolves.toBe(
      join(directory, 'absolute'),
    );
  });

  it('is refused when a DATA_DIR cannot be reached by the server', async () => {
    await expect(chooseDataDirectory('data', stranger, directory)).rejects.toThrow(
      DatabaseSetupError,
    );
    await expect(chooseDataDirectory('data', stranger, directory)).rejects.toThrow(
      `DATA_DIR ${join(directory, 'data')} cannot be reached`,
    );
  });
});
