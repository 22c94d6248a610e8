import { readdirSync, readFileSync } from 'node:fs';

export interface RunningProcess {
  pid: number;
  parent: number;
  group: number;
  /**
   * Start time in clock ticks since boot. It tells a process from a later one with the same pid.
   */
  startedAt: string;
}

/** Reads a process from /proc. Returns null when it ended, or where there is no /proc. */
function readProcess(pid: number): RunningProcess | null {
  try {
    // The name in parentheses may contain parentheses and spaces.
    const [state, parent, group, ...rest] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return state === 'Z'
      ? null
      : { pid, parent: Number(parent), group: Number(group), startedAt: rest[16]! };
  } catch {
    return null;
  }
}

function allProcesses(): RunningProcess[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readProcess(Number(pid)))
      .filter((found) => found !== null);
  } catch {
    return [];
  }
}

/** Lists children, their children and so on; empty where there is no /proc. */
export function listDescendants(pid: number): RunningProcess[] {
  const all = allProcesses();
  const found: RunningProcess[] = [];
  for (let parents = new Set([pid]); parents.size > 0;) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map((child) => child.pid));
  }
  return found;
}

/**
 * Tells whether a process of the group runs; zombies do not count. Returns true, to be safe, where
 * there is no /proc.
 */
export function groupRuns(group: number): boolean {
  const all = allProcesses();
  return all.length === 0 || all.some((process) => process.group === group);
}

export const isRunning = ({ pid, startedAt }: RunningProcess): boolean =>
  readProcess(pid)?.startedAt === startedAt;
