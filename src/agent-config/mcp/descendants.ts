import { readdirSync, readFileSync } from 'node:fs';

export interface RunningProcess {
  pid: number;
  parent: number;
  group: number;
  /** In ticks since the machine started: an id that was given to another process has another. */
  startedAt: string;
}

/** From /proc; null where there is none, and for what ended. */
function processOf(pid: number): RunningProcess | null {
  try {
    // The name in parentheses may itself hold parentheses and spaces.
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
      .map((pid) => processOf(Number(pid)))
      .filter((found) => found !== null);
  } catch {
    return [];
  }
}

/** Children, their children, and so on; none where the system has no /proc. */
export function descendantsOf(pid: number): RunningProcess[] {
  const all = allProcesses();
  const found: RunningProcess[] = [];
  for (let parents = new Set([pid]); parents.size > 0;) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map((child) => child.pid));
  }
  return found;
}

/** Zombies are members of their group until somebody has waited for them; true, to be safe, where the system has no /proc. */
export function groupRuns(group: number): boolean {
  const all = allProcesses();
  return all.length === 0 || all.some((process) => process.group === group);
}

export const isRunning = ({ pid, startedAt }: RunningProcess): boolean =>
  processOf(pid)?.startedAt === startedAt;
