import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { serverUser } from './os-user.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'threadkeep-'));
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => rm(directory, { recursive: true }));

async function passwdOf(...lines: string[]): Promise<string> {
  const path = join(directory, 'passwd');
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

const asUser = (uid: number) =>
  jest.spyOn(process as { getuid: () => number }, 'getuid').mockReturnValue(uid);

const root = 'root:x:0:0:root:/root:/bin/bash';
const nobody = 'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin';

describe('the user the embedded server runs as', () => {
  it('is the one we are, unless we are root', () => {
    asUser(1000);
    expect(serverUser('/does/not/exist')).toBeNull();
  });

  it('is postgres for root, where the system has it', async () => {
    asUser(0);
    const passwd = await passwdOf(
      root,
      nobody,
      'postgres:x:104:110::/var/lib/postgresql:/bin/bash',
    );
    expect(serverUser(passwd)).toEqual({ uid: 104, gid: 110 });
  });

  it('is nobody for root otherwise', async () => {
    asUser(0);
    expect(serverUser(await passwdOf(root, nobody))).toEqual({ uid: 65534, gid: 65533 });
  });

  it('is asked for where there is neither', async () => {
    asUser(0);
    const passwd = await passwdOf(root, 'postgres-exporter:x:1:1:::');
    expect(() => serverUser(passwd)).toThrow('start Threadkeep as another user');
  });
});
