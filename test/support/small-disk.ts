// A disk of a few megabytes, to be filled: a tmpfs, which Linux mounts for root.
import { spawnSync } from 'node:child_process';
import { appendFile, chown, mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { serverUser } from '../../src/platform/database/setup/embedded/os-user.js';

const run = (command: string, ...args: string[]) => {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error || status !== 0)
    throw new Error(
      `${command} ${args.join(' ')} failed: ${error?.message ?? stderr}. A full disk is tried on a tmpfs, which only root may mount, on Linux: run npm run test:faults as root.`,
    );
};

export class SmallDisk {
  private constructor(readonly path: string) {}

  /** @throws Error that says so where none can be mounted. */
  static async mount(path: string, megabytes: number): Promise<SmallDisk> {
    await mkdir(path);
    run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', path);
    const user = serverUser();
    if (user) await chown(path, user.uid, user.gid);
    return new SmallDisk(path);
  }

  private get ballast(): string {
    return join(this.path, 'ballast');
  }

  /** Leaves room for so many bytes. Adds to what filled it before. */
  async fill(leave: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.path);
    await appendFile(this.ballast, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
  }

  async free(): Promise<void> {
    await rm(this.ballast, { force: true });
  }

  unmount(): void {
    run('umount', '-l', this.path);
  }
}
