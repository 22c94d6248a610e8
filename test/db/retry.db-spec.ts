import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { withTestRoles } from '../support/database.js';
import { eventually } from '../support/wait.js';

const ADA = uuidv7();
const [LEFT, RIGHT] = [uuidv7(), uuidv7()];

/** Fails with an SQLSTATE until it was called so many times; a sequence does not roll back with the transaction. */
const FAIL_UNTIL = withTestRoles(`
  create sequence threadkeep.tries;
  grant usage on sequence threadkeep.tries to threadkeep_app;
  create function threadkeep.fail_until(state text, success integer) returns integer language plpgsql as $$
  declare try integer := nextval('threadkeep.tries');
  begin
    if try < success then raise exception using errcode = state; end if;
    return try;
  end $$`);

const FLAKY = statement<{ tries: number }>(
  'test.flaky',
  'select threadkeep.fail_until($1, $2) as tries',
);
const BUMP = statement(
  'test.bump',
  `update threadkeep.conversation set title = coalesce(title, '') || $3 where user_id = $1 and id = $2`,
);
const TITLE = statement(
  'test.title',
  'select title from threadkeep.conversation where user_id = $1 and id = $2',
);
const INSERT = statement(
  'test.insert',
  'insert into threadkeep.conversation (user_id, id) values ($1, $2)',
);

describe('a transaction that PostgreSQL gave up', () => {
  let app: TestApp;
  let database: ScopedDatabase;
  let asAda: <T>(work: () => Promise<T>) => Promise<T>;
  beforeAll(async () => {
    app = await createTestApp();
    database = app.app.get(ScopedDatabase);
    asAda = (work) => app.app.get(RequestContexts).runAsUser(ADA, work);
    await app.database.admin(FAIL_UNTIL);
    await app.database.admin('insert into threadkeep.app_user (id) values ($1)', [ADA]);
  });
  beforeEach(async () => {
    await app.database.admin(
      'alter sequence threadkeep.tries restart; delete from threadkeep.conversation',
    );
    await app.database.admin(
      'insert into threadkeep.conversation (user_id, id) values ($1, $2), ($1, $3)',
      [ADA, LEFT, RIGHT],
    );
  });
  afterAll(() => app.close());

  const tries = async () =>
    Number(
      (await app.database.admin('select last_value from threadkeep.tries')).rows[0]!['last_value'],
    );
  const titles = async () =>
    (await app.database.admin('select title from threadkeep.conversation order by id')).rows.map(
      (row) => row['title'],
    );

  describe.each([
    ['for a serialization failure', '40001'],
    ['for a deadlock', '40P01'],
  ])('%s', (_title, state) => {
    it('is repeated until it succeeds, the fourth time at the latest, as one statement', async () => {
      expect(await asAda(() => database.write(FLAKY, [state, 4]))).toEqual([{ tries: 4 }]);
    });

    it('is repeated as a whole, and only the last time counts', async () => {
      const begun: number[] = [];
      const effects: number[] = [];
      const result = await asAda(() =>
        database.transaction(async () => {
          const attempt = begun.push(begun.length);
          database.afterCommit(() => effects.push(attempt));
          await database.write(BUMP, [ADA, LEFT, 'x']);
          const [row] = await database.write(FLAKY, [state, 3]);
          return row!.tries;
        }),
      );
      expect({ result, begun: begun.length, effects, titles: await titles() }).toEqual({
        result: 3,
        begun: 3,
        effects: [3],
        titles: ['x', null],
      });
    });

    it('is given up after four tries, with the failure of the last', async () => {
      await expect(asAda(() => database.write(FLAKY, [state, 9]))).rejects.toMatchObject({
        code: state,
      });
      expect(await tries()).toBe(4);
      await expect(
        asAda(() => database.transaction(() => database.write(FLAKY, [state, 9]))),
      ).rejects.toMatchObject({ code: state });
      expect(await tries()).toBe(8);
    });
  });

  it.each(['23505', '22012', '57014', '53300', 'P0001'])(
    'is not repeated for SQLSTATE %s',
    async (state) => {
      await expect(asAda(() => database.write(FLAKY, [state, 2]))).rejects.toMatchObject({
        code: state,
      });
      expect(await tries()).toBe(1);
    },
  );

  it('is tried once more, on a connection of its own, for a lock that a shared connection did not wait for', async () => {
    expect(await asAda(() => database.write(FLAKY, ['55P03', 2]))).toEqual([{ tries: 2 }]);
    // The next writes of this user wait on connections of their own at once.
    await expect(asAda(() => database.write(FLAKY, ['55P03', 99]))).rejects.toMatchObject({
      code: '55P03',
    });
    expect(await tries()).toBe(3);
  });

  it('is not repeated from inside a transaction that was joined', async () => {
    let inner = 0;
    let outer = 0;
    await asAda(() =>
      database.transaction(async () => {
        outer++;
        await database.transaction(async () => {
          inner++;
          await database.write(FLAKY, ['40001', 2]);
        });
      }),
    );
    expect({ inner, outer }).toEqual({ inner: 2, outer: 2 });
  });

  /** Resolves when it was called twice; a third call, by the transaction that is repeated, passes at once. */
  function rendezvous() {
    let arrived = 0;
    const meet = async () => {
      arrived++;
      await eventually(() => Promise.resolve(arrived >= 2));
    };
    return { meet, arrived: () => arrived };
  }

  it('ends a real deadlock with both writes done', async () => {
    const { meet, arrived } = rendezvous();
    const inOrder = (first: string, second: string, mark: string) =>
      asAda(() =>
        database.transaction(async () => {
          await database.write(BUMP, [ADA, first, mark]);
          await meet();
          await database.write(BUMP, [ADA, second, mark]);
        }),
      );
    await Promise.all([inOrder(LEFT, RIGHT, 'l'), inOrder(RIGHT, LEFT, 'r')]);
    expect(arrived()).toBeGreaterThanOrEqual(3);
    const [left, right] = (await titles()) as [string, string];
    expect([...left].sort()).toEqual(['l', 'r']);
    expect(right).toBe(left);
  });

  it('is repeated where the server serializes and a concurrent one was first', async () => {
    await app.database.admin(
      `alter database ${app.database.name} set default_transaction_isolation = 'serializable'`,
    );
    const strict = await createTestApp({}, app.database);
    try {
      const [scoped, contexts, { meet, arrived }] = [
        strict.app.get(ScopedDatabase),
        strict.app.get(RequestContexts),
        rendezvous(),
      ];
      const bump = () =>
        contexts.runAsUser(ADA, () =>
          scoped.transaction(async () => {
            await scoped.write(TITLE, [ADA, LEFT]);
            await meet();
            await scoped.write(BUMP, [ADA, LEFT, 'x']);
          }),
        );
      await Promise.all([bump(), bump()]);
      expect(arrived()).toBeGreaterThanOrEqual(3);
      expect(await titles()).toEqual(['xx', null]);
    } finally {
      await strict.close();
    }
  });

  it('keeps what an earlier transaction of the same work committed', async () => {
    await asAda(() => database.write(INSERT, [ADA, uuidv7()]));
    await expect(
      asAda(() => database.transaction(() => database.write(FLAKY, ['40001', 99]))),
    ).rejects.toMatchObject({ code: '40001' });
    expect((await titles()).length).toBe(3);
  });
});
