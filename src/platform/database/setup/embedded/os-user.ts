// PostgreSQL refuses to run as root; root starts it as another user.
import { readFileSync } from 'node:fs';

export interface OsUser {
  uid: number;
  gid: number;
}

/** The user to start the server as: null when we are not root, else `postgres` when the system has it, else `nobody`. */
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
