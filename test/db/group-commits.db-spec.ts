import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { clientOptions } from '../../src/platform/database/data-source.js';
import { GroupCommits } from '../../src/platform/database/connections/group-commits.js';
import type {
  NamedConfig,
  ScopedStatement,
} from '../../src/platform/database/connections/scoped-query.js';
import { createTestDatabase, type TestDatabase, withClient } from '../support/database.js';
import { eventually } from '../support/wait.js';

const SCOPE: NamedConfig = {
  name: 'test.scope',
  text: `select set_config('app.user_id', $1, true)`,
  values: [''],
};
/** Writes a row and tells who wrote it, when, and in which transaction. */
const NOTE: NamedConfig = {
  name: 'test.note',
  text: `insert into note (word, owner) values ($1, current_setting('app.user_id'))
         returning owner, pg_current_xact_id()::text as transaction, clock_timestamp()::text as at, pg_backend_pid() as pid`,
  values: [],
};
const SLEEP: NamedConfig = { name: 'test.sleep', text: `select pg_sleep($1)`, values: [] };

interface Noted {
  owner: string;
  transaction: string;
  at: string;
  pid: number;
}

const noting = (owner: string, word: string): ScopedStatement => ({
  scope: { ...SCOPE, values: [owner] },
  statement: { ...NOTE, values: [word] },
});

describe('group commits', () => {
  let database: TestDatabase;
  let connections: GroupCommits;
  const note = async (owner: string, word: string) =>
    (await connections.run<Noted>(noting(owner, word)))![0]!;
  const words = async () =>
    (await database.admin(`select owner || ' ' || word as said from note order by 1`)).rows.map(
      ({ said }) => said as string,
    );

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.admin(`create table note (word text unique check (word <> ''), owner text)`);
    connections = new GroupCommits(1, clientOptions({ url: database.adminUrl }), {
      settings: {},
      scopes: [SCOPE],
    });
    await note('first', 'prepares the statement');
  });
  afterAll(async () => {
    await connections.close();
    await database.drop();
  });
  beforeEach(() => database.admin('delete from note'));

  it('commit writes together, each in its own scope and with its own answer', async () => {
    const owners = Array.from({ length: 20 }, (_, i) => `owner-${String(i).padStart(2, '0')}`);
    const noted = await Promise.all(owners.map((owner) => note(owner, `word of ${owner}`)));
    expect(noted.map(({ owner }) => owner)).toEqual(owners);
    expect(new Set(noted.map(({ transaction }) => transaction)).size).toBe(1);
    expect(await words()).toEqual(owners.map((owner) => `${owner} word of ${owner}`));
  });

  it('run writes in the order of their owners, so that two processes take locks in the same order, and those of one owner as they came', async () => {
    const asked = [
      ['c', '1'],
      ['a', '2'],
      ['b', '3'],
      ['a', '4'],
    ] as const;
    const noted = await Promise.all(asked.map(([owner, word]) => note(owner, word)));
    const ran = noted
      .map(({ at }, i) => ({ at, asked: asked[i]!.join('') }))
      .sort((x, y) => (x.at < y.at ? -1 : 1));
    expect(ran.map((one) => one.asked)).toEqual(['a2', 'a4', 'b3', 'c1']);
  });

  it('run the other writes again when one fails, and write each once', async () => {
    const results = await Promise.allSettled([
      note('a', 'one'),
      note('b', ''),
      note('c', 'two'),
      note('d', 'one'),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
    ]);
    expect(results[1]).toMatchObject({ reason: { code: '23514' } });
    expect(results[3]).toMatchObject({ reason: { code: '23505' } });
    expect(await words()).toEqual(['a one', 'c two']);
  });

  /** Resolves with `value` when something is still not there in the next turn of the event loop. */
  const nextTurn = <T>(value: T) => new Promise<T>((resolve) => setImmediate(resolve, value));

  it('keep the writes of an owner whose row is locked out of groups for a while, so that others wait for them once', async () => {
    await note('ann', 'kept');
    const touch: NamedConfig = {
      name: 'test.touch',
      text: `update note set owner = owner where word = $1 returning owner`,
      values: [],
    };
    const touching = (owner: string, word: string) =>
      connections.run({
        scope: { ...SCOPE, values: [owner] },
        statement: { ...touch, values: [word] },
      });
    await touching('ann', 'kept');
    await withClient(database.adminUrl, async (holder) => {
      await holder.query('begin');
      await holder.query(`select from note where word = 'kept' for update`);
      const answered: string[] = [];
      const hers = Array.from({ length: 70 }, () =>
        touching('ann', 'kept').then((rows) => (answered.push('ann'), rows)),
      );
      const others = ['adam', 'zed'].map((owner) =>
        note(owner, `word of ${owner}`).then(({ owner: name }) => answered.push(name)),
      );
      expect(await Promise.all(hers)).toEqual(Array(70).fill(null));
      await Promise.all(others);
      // The other writes are not behind more than one of hers.
      expect(answered.filter((owner) => owner !== 'ann')).toEqual(['adam', 'zed']);
      expect(await Promise.race([touching('ann', 'kept'), nextTurn('sent')])).toBeNull();
      await holder.query('rollback');
    });
    expect(await words()).toEqual(['adam word of adam', 'ann kept', 'zed word of zed']);
  });

  it('accept and commit writes after a failed write', async () => {
    await expect(note('a', '')).rejects.toMatchObject({ code: '23514' });
    await note('a', 'better');
    expect(await words()).toEqual(['a better']);
  });

  it('reject the writes of a lost connection and do not repeat them, because they may have been committed', async () => {
    const sleep = (seconds: number) =>
      connections.run({
        scope: { ...SCOPE, values: ['c'] },
        statement: { ...SLEEP, values: [seconds] },
      });
    await sleep(0);
    const { pid } = await note('a', 'before');
    const lost = Promise.allSettled([note('b', 'with it'), sleep(10), note('d', 'with it too')]);
    await eventually(() => asleep(pid));
    await database.admin(`select pg_terminate_backend(${pid})`);
    expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    const { pid: next } = await note('a', 'after');
    expect(next).not.toBe(pid);
    expect(await words()).toEqual(['a after', 'a before']);
  });

  const asleep = async (pid: number) =>
    (
      await database.admin(
        `select 1 from pg_stat_activity where pid = ${pid} and wait_event = 'PgSleep'`,
      )
    ).rows.length > 0;
});
