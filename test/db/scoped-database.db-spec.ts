import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import {
  RequestContext,
  RequestContexts,
  ScopeMissingError,
  UserDirectory,
  type UserScope,
} from '../../src/platform/context/index.js';
import {
  ownedAnonymous,
  ownedStatement,
  ScopedDatabase,
  serviceStatement,
  statement,
} from '../../src/platform/database/index.js';
import { createTestApp, type TestApp } from '../support/app.js';

const ADA = uuidv7();
const BOB = uuidv7();

const WHO = statement<{ role: string; userId: string | null }>(
  'test.who',
  `select current_user as role, nullif(current_setting('app.user_id', true), '') as "userId"`,
);
const LIMIT = statement<{ limit: string }>(
  'test.limit',
  `select current_setting('statement_timeout') as limit`,
);
const PID = statement<{ pid: number }>('test.pid', 'select pg_backend_pid() as pid');
const INSERT = statement(
  'test.insert',
  'insert into threadkeep.conversation (user_id, id) values ($1, $2)',
);
const OWN = ownedStatement<{ id: string }>(
  'test.insert_own',
  'insert into threadkeep.conversation (user_id, id) values ($1, $2) returning id',
);
const TITLES = ownedAnonymous<{ title: string | null }>(
  'select title from threadkeep.conversation where user_id = $1 and id = $2',
);
const SERVICE_CONFIGS = serviceStatement<{ owner: string }>(
  'test.service_configs',
  'select $1::text as owner from threadkeep.service_agent_config c where c.owner = $1 union all select $1',
);
const COUNT = statement<{ count: number }>(
  'test.count',
  'select count(*)::int as count from threadkeep.conversation',
);
const BROKEN = statement('test.broken', 'select 1 / 0');
const RENAME = statement(
  'test.rename',
  'update threadkeep.conversation set title = $3 where user_id = $1 and id = $2',
);

describe('the scoped database', () => {
  let app: TestApp;
  let database: ScopedDatabase;
  let contexts: RequestContexts;
  beforeAll(async () => {
    app = await createTestApp();
    database = app.app.get(ScopedDatabase);
    contexts = app.app.get(RequestContexts);
    await app.database.admin('insert into threadkeep.app_user (id) values ($1), ($2)', [ADA, BOB]);
  });
  afterEach(() => app.database.admin('delete from threadkeep.conversation'));
  afterAll(() => app.close());

  const asAda = <T>(work: () => Promise<T>): Promise<T> => contexts.runAsUser(ADA, work);
  const insert = (id = uuidv7()) => database.write(INSERT, [ADA, id]);
  const stored = async () =>
    (await app.database.admin('select id from threadkeep.conversation')).rows.map(
      (row) => row['id'],
    );

  describe('without a scope', () => {
    const uses: [title: string, use: () => Promise<unknown>][] = [
      ['read', async () => database.read(WHO, [])],
      ['write', async () => database.write(WHO, [])],
      ['open a transaction', async () => database.transaction(() => Promise.resolve())],
      [
        'read in a context that nobody sealed',
        async () => contexts.run(new RequestContext('r'), () => database.read(WHO, [])),
      ],
    ];
    it.each(uses)('does not %s', async (_title, use) => {
      await expect(use()).rejects.toThrow(ScopeMissingError);
    });

    it('has no entity manager, not even with a scope', async () => {
      await expect(asAda(async () => database.manager)).rejects.toThrow(
        'only inside ScopedDatabase.transaction()',
      );
    });
  });

  it('runs as the runtime role and the user of the scope, alone and in a transaction', async () => {
    const mine = { role: expect.stringMatching(/_app(_\d+_login_\d+)?$/), userId: ADA };
    expect(await asAda(() => database.read(WHO, []))).toEqual([mine]);
    expect(await asAda(() => database.write(WHO, []))).toEqual([mine]);
    expect(await asAda(() => database.transaction(() => database.read(WHO, [])))).toEqual([mine]);
    expect(await asAda(() => database.transaction(() => database.manager.query(WHO.text)))).toEqual(
      [mine],
    );
  });

  it('runs as the system role and no user where the system is named, with the reason kept', async () => {
    const reasons: unknown[] = [];
    const rows = await database.runAsSystem('a test', () => {
      reasons.push(contexts.scope());
      return database.transaction(() => database.read(WHO, []));
    });
    expect(rows).toEqual([
      { role: expect.stringMatching(/_system(_\d+_login_\d+)?$/), userId: null },
    ]);
    expect(reasons).toEqual([{ kind: 'system', reason: 'a test' }]);
  });

  it('sets the limit of a statement on the server, in every kind of transaction', async () => {
    const limited = [{ limit: '15s' }];
    expect(await asAda(() => database.read(LIMIT, []))).toEqual(limited);
    expect(await asAda(() => database.transaction(() => database.read(LIMIT, [])))).toEqual(
      limited,
    );
    expect(await database.runAsSystem('a test', () => database.read(LIMIT, []))).toEqual(limited);
  });

  it('keeps many users apart who share a few connections', async () => {
    const users = Array.from({ length: 200 }, () => uuidv7());
    const seen = await Promise.all(
      users.map((id, i) =>
        contexts.runAsUser(id, () =>
          i % 2 ? database.read(WHO, []) : database.transaction(() => database.read(WHO, [])),
        ),
      ),
    );
    expect(seen.map(([row]) => row!.userId)).toEqual(users);
  });

  describe('in an open transaction', () => {
    const inside = <T>(work: () => Promise<T>, options = {}) =>
      asAda(() => database.transaction(work, options));

    it('refuses another scope, and the system', async () => {
      await expect(
        inside(async () => contexts.runAsUser(BOB, async () => database.read(WHO, []))),
      ).rejects.toThrow('cannot change its scope');
      await expect(
        inside(async () => contexts.runAsUser(ADA, async () => database.write(WHO, []))),
      ).rejects.toThrow('cannot change its scope');
      await expect(
        inside(async () =>
          contexts.runAsUser(BOB, async () => database.transaction(async () => 1)),
        ),
      ).rejects.toThrow('cannot change its scope');
      await expect(
        inside(async () => contexts.runAsUser(BOB, async () => database.manager)),
      ).rejects.toThrow('cannot change its scope');
      await expect(
        inside(async () => database.runAsSystem('a test', () => database.read(WHO, []))),
      ).rejects.toThrow('cannot run inside a transaction');
    });

    it('uses the one connection and joins a transaction inside it', async () => {
      const pids = await inside(async () => [
        ...(await database.read(PID, [])),
        ...(await database.transaction(() => database.write(PID, []))),
        ...(await database.transaction(() => database.read(PID, []), { readOnly: true })),
        ...(await database.manager.query<{ pid: number }[]>(PID.text)),
      ]);
      expect(new Set(pids.map(({ pid }) => pid)).size).toBe(1);
    });

    it('commits a joined transaction with the outer one or not at all', async () => {
      await expect(
        inside(async () => {
          await database.transaction(() => insert());
          throw new Error('after all, no');
        }),
      ).rejects.toThrow('after all, no');
      expect(await stored()).toEqual([]);
    });

    it('takes what the entity manager begins within as a part that may fail alone', async () => {
      const [before, within, after] = [uuidv7(), uuidv7(), uuidv7()];
      const nested = (id: string, end: () => void) =>
        database.manager.transaction(async () => {
          await insert(id);
          end();
        });
      await inside(async () => {
        await insert(before);
        await nested(uuidv7(), () => {
          throw new Error('not this one');
        }).catch(() => undefined);
        await nested(within, () => {});
        // Nobody else sees it before the end, and the scope is still there.
        expect(await stored()).toEqual([]);
        expect(await database.read(WHO, [])).toMatchObject([{ userId: ADA }]);
        await insert(after);
      });
      expect((await stored()).sort()).toEqual([before, within, after].sort());
      const undone = inside(async () => {
        await nested(uuidv7(), () => {});
        throw new Error('none of it');
      });
      await expect(undone).rejects.toThrow('none of it');
      expect(await stored()).toHaveLength(3);
    });

    it('refuses to write where it is to read only, by the server as well', async () => {
      await expect(
        inside(async () => database.write(INSERT, [ADA, uuidv7()]), { readOnly: true }),
      ).rejects.toThrow('read-only');
      await expect(
        inside(async () => database.transaction(() => insert()), { readOnly: true }),
      ).rejects.toThrow('read-only');
      await expect(
        inside(() => database.read(INSERT, [ADA, uuidv7()]), { readOnly: true }),
      ).rejects.toMatchObject({ code: '25006' });
      await expect(
        inside(() => database.manager.query(INSERT.text, [ADA, uuidv7()]), { readOnly: true }),
      ).rejects.toMatchObject({ code: '25006' });
    });

    it.each([
      ['a statement', () => database.read(BROKEN, [])],
      ['a statement of the entity manager', () => database.manager.query(BROKEN.text)],
    ])(
      'never reports a commit after %s failed, even when nobody looked',
      async (_title, broken) => {
        // The error may be told before the server says that the transaction is lost: many tries, for the sake of that moment.
        for (let i = 0; i < 50; i++) {
          const effects: string[] = [];
          const committed = inside(async () => {
            await insert();
            database.afterCommit(() => effects.push('committed'));
            await broken().catch(() => undefined);
          });
          await expect(committed).rejects.toThrow(/nothing was committed/);
          expect(effects).toEqual([]);
        }
        expect(await stored()).toEqual([]);
      },
    );
  });

  it('reads in a transaction that cannot write', async () => {
    await expect(asAda(() => database.read(INSERT, [ADA, uuidv7()]))).rejects.toMatchObject({
      code: '25006',
    });
    expect(await stored()).toEqual([]);
  });

  it('leaves its connection clean when a statement fails', async () => {
    const before = await asAda(() =>
      Promise.all(Array.from({ length: 6 }, () => database.read(PID, []))),
    );
    for (let i = 0; i < 12; i++)
      await expect(asAda(() => database.write(BROKEN, []))).rejects.toMatchObject({
        code: '22012',
      });
    const after = await asAda(() =>
      Promise.all(Array.from({ length: 6 }, () => database.read(PID, []))),
    );
    const known = new Set(before.map(([row]) => row!.pid));
    expect(after.every(([row]) => known.has(row!.pid))).toBe(true);
  });

  describe('after the commit', () => {
    it('runs what was asked for, in order, when the rows are there for others to see', async () => {
      const effects: string[] = [];
      await asAda(() =>
        database.transaction(async () => {
          database.afterCommit(() => effects.push('first'));
          await database.transaction(async () =>
            database.afterCommit(() => effects.push('second')),
          );
          effects.push('work');
        }),
      );
      expect(effects).toEqual(['work', 'first', 'second']);
      database.afterCommit(() => effects.push('at once'));
      expect(effects.at(-1)).toBe('at once');
    });

    it('runs nothing when the work or a statement failed', async () => {
      const effects: string[] = [];
      const failing = [
        async () => Promise.reject(new Error('no')),
        () => database.write(BROKEN, []),
      ];
      for (const fail of failing) {
        await expect(
          asAda(() =>
            database.transaction(
              async () => (database.afterCommit(() => effects.push('ran')), fail()),
            ),
          ),
        ).rejects.toThrow();
      }
      expect(effects).toEqual([]);
    });
  });

  describe('binds the owner', () => {
    const ownerOf = async (id: string) =>
      (await app.database.admin('select user_id from threadkeep.conversation where id = $1', [id]))
        .rows[0]?.['user_id'] as string | undefined;

    it('of the scope to an owned statement, alone and in a transaction', async () => {
      const [alone, joined] = [uuidv7(), uuidv7()];
      await asAda(() => database.write(OWN, [alone]));
      await contexts.runAsUser(BOB, () =>
        database.transaction(() => database.write(OWN, [joined])),
      );
      expect([await ownerOf(alone), await ownerOf(joined)]).toEqual([ADA, BOB]);
      expect(await asAda(() => database.read(TITLES, [alone]))).toEqual([{ title: null }]);
      expect(await asAda(() => database.read(TITLES, [joined]))).toEqual([]);
    });

    it('to each of many statements that are committed together', async () => {
      const ids = Array.from({ length: 40 }, () => uuidv7());
      await Promise.all(
        ids.map((id, i) => contexts.runAsUser(i % 2 ? ADA : BOB, () => database.write(OWN, [id]))),
      );
      expect(await Promise.all(ids.map(ownerOf))).toEqual(ids.map((_, i) => (i % 2 ? ADA : BOB)));
    });

    it('and leaves the values of the caller as they are', async () => {
      const values = [uuidv7()];
      await asAda(() => database.write(OWN, values));
      expect(values).toHaveLength(1);
    });

    it('of the service to its statements, and refuses the scope of the other kind', async () => {
      const asSystem = <T>(work: () => Promise<T>) => database.runAsSystem('a test', work);
      expect(await asSystem(() => database.read(SERVICE_CONFIGS, []))).toEqual([
        { owner: 'service' },
      ]);
      const refused = [
        () => asSystem(() => database.write(OWN, [uuidv7()])),
        () => asSystem(() => database.read(TITLES, [uuidv7()])),
        () => asSystem(() => database.transaction(() => database.write(OWN, [uuidv7()]))),
        () => asAda(() => database.read(SERVICE_CONFIGS, [])),
      ];
      for (const run of refused)
        await expect(run()).rejects.toMatchObject({
          name: 'ScopeMissingError',
          message: expect.stringMatching(/^statement .* cannot run in the scope of the/),
        });
    });

    it('by a statement of each kind of scope, where both do the same', async () => {
      const choices = { user: 'mine', system: 'the service’s' };
      expect(await asAda(async () => database.byScope(choices))).toBe('mine');
      expect(await database.runAsSystem('a test', async () => database.byScope(choices))).toBe(
        'the service’s',
      );
    });
  });

  describe('for a user who does not exist yet', () => {
    it('makes one user of two first writes that race, and keeps both writes', async () => {
      for (let round = 0; round < 5; round++) {
        const directory = app.app.get(UserDirectory);
        const scopes = (await Promise.all([
          directory.resolve(`eve ${round}`),
          directory.resolve(`eve ${round}`),
        ])) as UserScope[];
        expect(scopes.map(({ provision }) => typeof provision)).toEqual(['function', 'function']);
        await Promise.all(
          scopes.map((scope) => contexts.runIn(scope, () => database.write(OWN, [uuidv7()]))),
        );
        const [first, second] = scopes as [UserScope, UserScope];
        expect(first.userId).toBe(second.userId);
        const { rows } = await app.database.admin(
          `select u.id, count(c.id)::int as written from threadkeep.app_user u left join threadkeep.conversation c on c.user_id = u.id
            where u.external_id = $1 group by 1`,
          [`eve ${round}`],
        );
        expect(rows).toEqual([{ id: first.userId, written: 2 }]);
      }
    });

    it('makes the user with the write that succeeds, not with one that fails', async () => {
      const scope = (await app.app.get(UserDirectory).resolve('mallory')) as UserScope;
      await expect(contexts.runIn(scope, () => database.write(BROKEN, []))).rejects.toMatchObject({
        code: '22012',
      });
      const count = async () =>
        (await app.database.admin(`select from threadkeep.app_user where external_id = 'mallory'`))
          .rowCount;
      expect(await count()).toBe(0);
      await contexts.runIn(scope, () => database.write(WHO, []));
      expect(await count()).toBe(1);
      expect(scope.provision).toBeUndefined();
    });

    it('does not make the user for the sake of a read', async () => {
      const scope = (await app.app.get(UserDirectory).resolve('nobody')) as UserScope;
      expect(await contexts.runIn(scope, () => database.read(COUNT, []))).toEqual([{ count: 0 }]);
      await contexts.runIn(scope, () =>
        database.transaction(() => database.read(COUNT, []), { readOnly: true }),
      );
      expect(
        (await app.database.admin(`select from threadkeep.app_user where external_id = 'nobody'`))
          .rowCount,
      ).toBe(0);
    });
  });

  it('writes nothing of another user, whatever the values say', async () => {
    const id = uuidv7();
    await asAda(() => insert(id));
    await contexts.runAsUser(BOB, () => database.write(RENAME, [ADA, id, 'taken']));
    await expect(contexts.runAsUser(BOB, () => insert())).rejects.toMatchObject({ code: '42501' });
    expect((await app.database.admin('select title from threadkeep.conversation')).rows).toEqual([
      { title: null },
    ]);
  });
});
