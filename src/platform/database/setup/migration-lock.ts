// Lets one process migrate at a time. Bounds the waits for that process and for table locks, and
// names the blocking session.
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { codeBehind } from '../../errors/index.js';
import { LOCK_NOT_AVAILABLE } from '../connections/shared-client.js';
import { DatabaseSetupError } from './setup-error.js';

const MIGRATION_LOCK = 7_411_902_335;
/**
 * A statement of a migration waits this long for a lock. Requests that arrive meanwhile wait behind
 * it.
 */
export const LOCK_TIMEOUT_MS = 2_000;
/** The pause between attempts, in which the requests that waited run first. */
const RETRY_PAUSE_MS = 500;

export interface WaitOptions {
  /** Seconds after which a wait fails. */
  wait: number;
  /** Receives one line for each session that is waited for. */
  tell: (line: string) => void;
}

interface Session {
  pid: number;
  application: string;
  login: string;
  state: string;
  seconds: number;
}

const SESSION = `a.pid, coalesce(nullif(a.application_name, ''), 'no name') as application,
  coalesce(a.usename, '?') as login, coalesce(a.state, '?') as state,
  extract(epoch from now() - coalesce(a.xact_start, a.backend_start))::int as seconds`;

const HOLDER = `select ${SESSION} from pg_locks l join pg_stat_activity a on a.pid = l.pid
  where l.locktype = 'advisory' and l.granted
    and l.database = (select oid from pg_database where datname = current_database())
    and ((l.classid::bigint << 32) | l.objid::bigint) = $1 and l.objsubid = 1`;

const BLOCKERS = `select ${SESSION} from pg_stat_activity a
  where a.pid = any (pg_blocking_pids($1))`;

const describe = ({ pid, application, login, state, seconds }: Session): string =>
  `process ${pid} (${application}, as ${login}, ${state}, for ${seconds} s)`;

/**
 * Takes the lock for the session of `client`. PostgreSQL releases it when the process dies.
 * @throws DatabaseSetupError that names the session that holds the lock
 */
export async function takeMigrationLock(
  client: pg.Client,
  { wait, tell }: WaitOptions,
): Promise<void> {
  const until = Date.now() + wait * 1000;
  for (let told = false; ;) {
    const { rows } = await client.query<{ taken: boolean }>(
      'select pg_try_advisory_lock($1) as taken',
      [MIGRATION_LOCK],
    );
    if (rows[0]?.taken) return;
    const holder = (await client.query<Session>(HOLDER, [MIGRATION_LOCK])).rows[0];
    if (holder && !told) tell(`waiting for the migrations of ${describe(holder)}`);
    told ||= holder !== undefined;
    if (holder && Date.now() > until) {
      throw new DatabaseSetupError(
        `Another process is migrating, and does not end: ${describe(holder)}. Start again when it has, or end it: select pg_terminate_backend(${holder.pid})`,
      );
    }
    await sleep(RETRY_PAUSE_MS / 5);
  }
}

const DEADLOCK_DETECTED = '40P01';
/**
 * SQLSTATEs of a step that did not get its locks. The step was rolled back, and may get them at the
 * next try.
 */
const UNLOCKABLE = [LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED];

/**
 * Repeats `step` until it gets its locks, also after a deadlock. Its statements run on the
 * connection `pid`, and wait `LOCK_TIMEOUT_MS` for each lock.
 * @param watcher another connection, to ask which session blocks
 * @throws DatabaseSetupError that names that session
 */
export async function untilUnlocked<T>(
  watcher: pg.Client,
  pid: number,
  step: () => Promise<T>,
  { wait, tell }: WaitOptions,
): Promise<T> {
  const told = new Set<number>();
  let until: number | undefined;
  for (;;) {
    const watch = watchBlockers(watcher, pid);
    try {
      return await step();
    } catch (error) {
      if (!UNLOCKABLE.includes(codeBehind(error) ?? '')) throw error;
      const blocker = await watch.stop();
      // The time starts at the first failure: earlier work does not count.
      until ??= Date.now() + wait * 1000;
      if (Date.now() > until) throw new DatabaseSetupError(blocked(blocker), { cause: error });
      if (blocker && !told.has(blocker.pid)) tell(`a migration waits for ${describe(blocker)}`);
      if (blocker) told.add(blocker.pid);
      await sleep(RETRY_PAUSE_MS);
    } finally {
      await watch.stop();
    }
  }
}

function blocked(blocker: Session | undefined): string {
  if (!blocker)
    return 'A migration does not get a lock it needs: others hold it all the time. Start again when there is less to do.';
  return `A migration does not get a lock it needs, because of ${describe(blocker)}. Start again when it has ended, or end it: select pg_terminate_backend(${blocker.pid})`;
}

/** Polls which session blocks, because that can only be asked while the statement waits. */
function watchBlockers(
  watcher: pg.Client,
  pid: number,
): { stop: () => Promise<Session | undefined> } {
  let last: Session | undefined;
  const stopped = new AbortController();
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      await sleep(RETRY_PAUSE_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      if (!stopped.signal.aborted)
        last = (await watcher.query<Session>(BLOCKERS, [pid])).rows[0] ?? last;
    }
  })().catch(() => undefined);
  const stop = async () => {
    stopped.abort();
    await watching;
    return last;
  };
  return { stop };
}
