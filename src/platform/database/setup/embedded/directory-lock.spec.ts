import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseSetupError } from '../setup-error.js';
import { lockDataDirectory } from './directory-lock.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'threadkeep-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('the lock of a data directory', () => {
  it('is refused to a second holder, and free once it is released', async () => {
    const lock = await lockDataDirectory(directory);
    const second = lockDataDirectory(directory);
    await expect(second).rejects.toThrow(DatabaseSetupError);
    await expect(second).rejects.toThrow(
      `The data directory ${directory} is in use by another Threadkeep.`,
    );
    await lock.release();
    await (await lockDataDirectory(directory)).release();
  });

  it('is taken over from a process that was killed', async () => {
    const path = join(directory, 'lock.sock');
    const child = spawn(process.execPath, [
      '-e',
      `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`,
      path,
    ]);
    await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
    await (await lockDataDirectory(directory)).release();
  });

  it('also works where the path is too long for a socket', async () => {
    const long = join(directory, 'x'.repeat(120));
    await mkdir(long);
    const lock = await lockDataDirectory(long);
    await expect(lockDataDirectory(long)).rejects.toThrow('in use by another Threadkeep');
    await lock.release();
  });

  it('is refused when what is in its place cannot be removed', async () => {
    await mkdir(join(directory, 'lock.sock'));
    await expect(lockDataDirectory(directory)).rejects.toThrow('in use by another Threadkeep');
  });

  it('fails with the reason when it cannot be made', async () => {
    await expect(lockDataDirectory(join(directory, 'missing'))).rejects.toMatchObject({
      name: 'DatabaseSetupError',
      message: expect.stringContaining('missing cannot be used (EACCES): give the user'),
      cause: { syscall: 'listen' },
    });
  });
});
