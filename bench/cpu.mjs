// Processor time of the server and of PostgreSQL, from /proc. Where there is none, or PostgreSQL is on another machine, it is unknown.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_A_SECOND = ticksASecond();

function ticksASecond() {
  try {
    return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) || 100;
  } catch {
    return 100;
  }
}

/** Seconds of processor time of a process with all its threads, or null. */
export function processTime(pid) {
  return exactTime(pid) ?? tickedTime(pid);
}

/** In nanoseconds, where the kernel keeps them: a backend may spend less than a tick in a whole measurement. */
function exactTime(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const spent = threads.map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]),
    );
    return spent.reduce((total, nanoseconds) => total + nanoseconds, 0) / 1e9;
  } catch {
    return null;
  }
}

function tickedTime(pid) {
  const stat = statOf(pid);
  if (!stat) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

function statOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
}

/** The backends of one database, and the processes that write for all of them. */
const PROCESSES = `
  select pid from pg_stat_activity
   where datname = $1 or backend_type in ('walwriter', 'checkpointer', 'background writer')`;

/** Processor time of PostgreSQL on behalf of one database. Its backends are those of the server's pool, which stay. */
export class PostgresMeter {
  constructor(admin, database) {
    this.admin = admin;
    this.database = database;
  }

  /** Looks up the processes; call it shortly before `start`. */
  async look() {
    const { rows } = await this.admin.query('select pg_backend_pid() as pid');
    this.local = (statOf(rows[0].pid) ?? '').includes('(postgres');
    this.pids = this.local
      ? (await this.admin.query(PROCESSES, [this.database])).rows.map(({ pid }) => pid)
      : [];
  }

  start() {
    this.before = this.read();
  }

  end() {
    this.after = this.read();
  }

  /** Seconds between `start` and `end`, or null when unknown. */
  get spent() {
    if (!this.local) return null;
    return this.pids.reduce(
      (total, _, i) => total + Math.max(0, (this.after[i] ?? 0) - (this.before[i] ?? 0)),
      0,
    );
  }

  read() {
    return this.pids.map(processTime);
  }
}
