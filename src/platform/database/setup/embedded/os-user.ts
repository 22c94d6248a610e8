// The operating system's user of the server. PostgreSQL refuses to run as root.
import { readFileSync } from 'node:fs';

export interface OsUser {
  uid: number;
  gid: number;
}

/** @returns null when this process is not root; else `postgres` if that user exists, or `nobody` */
export function serverUser(passwd = '/etc/passwd'): OsUser | null {
  if (process.getuid?.() !== 0) return null;
  const lines = readFileSync(passwd, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const entry =
    lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  if (!entry)
    throw new Error(
      'PostgreSQL cannot run as root, and this system has neither a user postgres nor nobody: start Threadkeep as another user.',
    );
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}
