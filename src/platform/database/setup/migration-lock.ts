// One runner of migrations at a time, and what it waits for: the others', or somebody's lock on a table. Both waits end, and say whom for.
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { codeBehind } from '../../errors/index.js';
import { LOCK_NOT_AVAILABLE } from '../connections/lane-connection.js';
import { DatabaseSetupError } from './setup-error.js';

const MIGRATION_LOCK = 7_411_902_335;
/** Milliseconds a statement of a migration waits for a lock: what comes after it waits behind it, requests too. */
export const LOCK_TIMEOUT = 2_000;
/** Milliseconds between tries, so that those who waited behind can go first. */
const PAUSE = 500;

export interface Patience {
  /** Seconds of one wait before it is given up. */
  wait: number;
  /** Says what it waits for, once for each. */
  tell: (line: string) => void;
}

interface Session {
  pid: number;
  application: string;
  login: string;
  state: string;
  seconds: number;
}

const SESSION = `a.pid, coalesce(nullif(a.application_name, ''), 'no name') as application, coalesce(a.usename, '?') as login,
  coalesce(a.state, '?') as state, extract(epoch from now() - coalesce(a.xact_start, a.backend_start))::int as seconds`;

const HOLDER = `select ${SESSION} from pg_locks l join pg_stat_activity a on a.pid = l.pid
  where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())
    and ((l.classid::bigint << 32) | l.objid::bigint) = $1 and l.objsubid = 1`;

const BLOCKERS = `select ${SESSION} from pg_stat_activity a where a.pid = any (pg_blocking_pids($1))`;

const describe = ({ pid, application, login, state, seconds }: Session): string =>
  `process ${pid} (${application}, as ${login}, ${state}, for ${seconds} s)`;

/**
 * Takes the lock for the session of `client`: when the process is killed, PostgreSQL lets go of it.
 * @throws DatabaseSetupError that names the holder.
 */
export async function takeMigrationLock(
  client: pg.Client,
  { wait, tell }: Patience,
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
    await sleep(PAUSE / 5);
  }
}

/**
 * Runs `step`, whose statements wait LOCK_TIMEOUT for a lock on the connection `pid`, again and again until it gets them.
 * @param watcher another connection, on which to ask who is in the way.
 * @throws DatabaseSetupError that names who is.
 */
export async function untilUnlocked<T>(
  watcher: pg.Client,
  pid: number,
  step: () => Promise<T>,
  { wait, tell }: Patience,
): Promise<T> {
  const told = new Set<number>();
  let until: number | undefined;
  for (;;) {
    const watch = watchBlockers(watcher, pid);
    try {
      return await step();
    } catch (error) {
      if (codeBehind(error) !== LOCK_NOT_AVAILABLE) throw error;
      const blocker = await watch.stop();
      // What has been done before does not count.
      until ??= Date.now() + wait * 1000;
      if (Date.now() > until) throw new DatabaseSetupError(blocked(blocker), { cause: error });
      if (blocker && !told.has(blocker.pid)) tell(`a migration waits for ${describe(blocker)}`);
      if (blocker) told.add(blocker.pid);
      await sleep(PAUSE);
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

/** When a statement has given up, it waits for nobody any more: who it was has to be asked meanwhile. */
function watchBlockers(
  watcher: pg.Client,
  pid: number,
): { stop: () => Promise<Session | undefined> } {
  let last: Session | undefined;
  const stopped = new AbortController();
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      await sleep(PAUSE, undefined, { signal: stopped.signal }).catch(() => undefined);
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
