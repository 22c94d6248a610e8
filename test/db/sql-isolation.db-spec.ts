import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { tablesOf } from '../support/census.js';
import {
  createTestDatabase,
  type TestDatabase,
  testRoles,
  withClient,
  withTestRoles,
} from '../support/database.js';
import { ADA, BOB, ownerColumn, seedTwins, TABLES_WITH_TWINS, TALK } from '../support/twins.js';

const ONLY_ADAS = '00000000-0000-7000-8000-00000000aaaa';
const NOBODYS = '00000000-0000-7000-8000-00000000bbbb';

/** What the transaction may be told about its user, and whose rows it may then touch. */
const settings: [title: string, value: string | null, owner: string | null][] = [
  ['no user', null, null],
  ['an empty user', '', null],
  ['a user that is no uuid', "' or true --", null],
  ['an id that nobody has', NOBODYS, null],
  ['another user', BOB.id, BOB.id],
];

const MEMORY_COLUMNS =
  'id, recorded_at, created_at, importance, version, revision, strength, has_sources, action, kind, actor, content, tags, user_id';

/** Numbers that are nobody's, for everybody to read and to count up: identity-changes.e2e-spec.ts has what may be done with them. */
const COUNTERS = 'identity_epoch';

type Outcome = { rows: number } | { error: string };

const LOGIN = `threadkeep_sql_${randomBytes(4).toString('hex')}`;

/** By a login of its own, as requests are served, and by a stronger one that is lowered at once. */
describe.each([
  ['of a login that is a member of the runtime role', { username: LOGIN, password: 'secret' }, {}],
  [
    'of a superuser who has taken on the runtime role',
    {},
    { options: `-c role=${testRoles().app}` },
  ],
])('SQL %s', (_way, login, options) => {
  let database: TestDatabase;
  let client: pg.Client;
  let tables: string[];
  beforeAll(async () => {
    database = await createTestDatabase();
    await seedTwins(database);
    await database.admin('insert into threadkeep.conversation (user_id, id) values ($1, $2)', [
      ADA.id,
      ONLY_ADAS,
    ]);
    await database.admin(`create role ${LOGIN} login password 'secret' in role ${testRoles().app}`);
    client = new pg.Client({
      connectionString: String(Object.assign(new URL(database.adminUrl), login)),
      ...options,
    });
    await client.connect();
    tables = (await withClient(database.adminUrl, tablesOf)).filter((table) => table !== COUNTERS);
  });
  afterAll(async () => {
    await client.end();
    await database.admin(`drop role ${LOGIN}`);
    await database.drop();
  });

  /** Runs a statement in a transaction of its own, which is rolled back. */
  async function attempt(
    user: string | null,
    text: string,
    values: unknown[] = [],
  ): Promise<Outcome & { message?: string; result?: pg.QueryResult }> {
    await client.query('begin');
    try {
      if (user !== null) await client.query(`select set_config('app.user_id', $1, true)`, [user]);
      const result = await client.query(text, values);
      return { rows: result.rowCount ?? 0, result };
    } catch (error) {
      const { code, message } = error as pg.DatabaseError;
      return { error: code!, message };
    } finally {
      await client.query('rollback');
    }
  }

  const countOf = async (table: string, owner: string | null): Promise<number> =>
    owner
      ? (
          await database.admin(`select from threadkeep.${table} where ${ownerColumn(table)} = $1`, [
            owner,
          ])
        ).rowCount!
      : 0;

  /** Nothing of another owner: the number of the own rows, no privilege at all, or an error for a user that is no uuid. */
  const harmless = (outcome: Outcome, own: number, user: string | null) =>
    'rows' in outcome
      ? outcome.rows === own
      : outcome.error === '42501' ||
        (outcome.error === '22P02' && user !== null && !/^[0-9a-f-]*$/.test(user));

  it('is tried on every table there is', () => {
    expect([...TABLES_WITH_TWINS].sort()).toEqual(tables);
  });

  it.each(settings)(
    'with %s reads, changes and deletes no row of Ada in any table',
    async (_title, user, owner) => {
      const leaks: unknown[] = [];
      for (const table of tables) {
        const own = await countOf(table, owner);
        const { rows } = await database.admin(
          `select attname as name from pg_attribute where attrelid = 'threadkeep.${table}'::regclass and attnum = 1`,
        );
        const column = String(rows[0]!['name']);
        const name = `threadkeep.${table}`;
        for (const text of [
          `select * from ${name}`,
          `select from ${name} for update`,
          `update ${name} set ${column} = ${column}`,
          `delete from ${name}`,
        ]) {
          const outcome = await attempt(user, text);
          if (!harmless(outcome, own, user)) leaks.push({ text, own, outcome });
        }
      }
      expect(leaks).toEqual([]);
    },
  );

  it('lets a user do what a user must, or the tests above would prove nothing', async () => {
    for (const table of [
      'app_user',
      'conversation',
      'message',
      'message_search',
      'idempotency_key',
    ]) {
      const seen = await attempt(ADA.id, `select from threadkeep.${table}`);
      expect([table, seen]).toEqual([
        table,
        expect.objectContaining({ rows: await countOf(table, ADA.id) }),
      ]);
    }
    expect(await attempt(ADA.id, 'delete from threadkeep.conversation')).toMatchObject({ rows: 5 });
  });

  /** Another key for a row of the same owner. */
  const freshKey = (table: string, row: object) => {
    const keys = { id: NOBODYS, key: 'fresh', seq: 900 };
    return Object.fromEntries(
      Object.entries(keys).filter(
        ([name]) => name in row && !(table === 'app_user' && name === 'id'),
      ),
    );
  };

  it.each(settings)(
    'with %s inserts no row for Ada, and is told the same for a row that is there and one that is not',
    async (_title, user) => {
      const leaks: unknown[] = [];
      for (const table of tables) {
        const { rows } = await database.admin(
          `select to_jsonb(t) as row from threadkeep.${table} t where ${ownerColumn(table)} = $1 limit 1`,
          [ADA.id],
        );
        const there = rows[0]!['row'] as Record<string, unknown>;
        const fresh = { ...there, ...freshKey(table, there) };
        const insert = (row: object, clause = '') =>
          attempt(
            user,
            `insert into threadkeep.${table} select * from jsonb_populate_record(null::threadkeep.${table}, $1) ${clause}`,
            [JSON.stringify(row)],
          );
        const [same, other, ignoring] = [
          await insert(there),
          await insert(fresh),
          await insert(there, 'on conflict do nothing'),
        ];
        const refused = 'error' in same && (same.error === '42501' || same.error === '22P02');
        if (
          !refused ||
          new Set([same, other, ignoring].map((outcome) => JSON.stringify(outcome))).size > 1
        )
          leaks.push({ table, same, other, ignoring });
      }
      expect(leaks).toEqual([]);
    },
  );

  it('gives no row of its own to Ada, and takes none of hers', async () => {
    for (const table of ['conversation', 'idempotency_key']) {
      expect(
        await attempt(BOB.id, `update threadkeep.${table} set user_id = $1`, [ADA.id]),
      ).toMatchObject({ error: '42501' });
      expect(
        await attempt(BOB.id, `update threadkeep.${table} set user_id = $1 where user_id = $2`, [
          BOB.id,
          ADA.id,
        ]),
      ).toMatchObject({ rows: 0 });
    }
    expect(
      await attempt(BOB.id, 'update threadkeep.app_user set id = $1', [NOBODYS]),
    ).toMatchObject({ error: '42501' });
  });

  it('hangs nothing on a row of Ada, and is told the same as for a row that nobody has', async () => {
    const children: [table: string, columns: string, values: string][] = [
      [
        'message',
        'id, seq, token_count, content_is_json, role, content, user_id, conversation_id',
        `gen_random_uuid(), 1, 1, false, 'user', 'x', $1, $2`,
      ],
      [
        'message_draft',
        'seq, message_id, bytes, lease_expires_at, user_id, conversation_id',
        `1, gen_random_uuid(), 1, now(), $1, $2`,
      ],
      [
        'turn',
        'id, state, options, reply_id, reply_seq, user_id, conversation_id',
        `gen_random_uuid(), 'failed', '{}', gen_random_uuid(), 1, $1, $2`,
      ],
      ['message_embedding_head', 'model, up_to, user_id, conversation_id', `'m', 1, $1, $2`],
      ['message_search', 'seq, terms, user_id, conversation_id', `1, '', $1, $2`],
      [
        'conversation',
        'id, forked_from_seq, user_id, forked_from_id',
        `gen_random_uuid(), 0, $1, $2`,
      ],
      [
        'summary',
        'id, from_seq, to_seq, token_count, content, user_id, conversation_id',
        `gen_random_uuid(), 1, 1, 1, 'x', $1, $2`,
      ],
      ['context_manifest', 'id, body, user_id, conversation_id', `gen_random_uuid(), '{}', $1, $2`],
      [
        'memory',
        `${MEMORY_COLUMNS}, conversation_id`,
        `gen_random_uuid(), now(), now(), 0, 1, 1, 1, false, 'create', 'fact', 'x', 'x', '{}', $1, $2`,
      ],
      ['task', 'id, title, user_id, conversation_id', `gen_random_uuid(), 'x', $1, $2`],
      [
        'event',
        'id, title, start_given, all_day, starts_at, ends_at, user_id, conversation_id',
        `gen_random_uuid(), 'x', 'x', true, now(), now(), $1, $2`,
      ],
    ];
    const { rows: keys } = await database.admin(
      `select conrelid::regclass::text as child from pg_constraint where contype = 'f' and confrelid = 'threadkeep.conversation'::regclass order by 1`,
    );
    const { rows: triggers } = await database.admin(
      `select distinct g.tgrelid::regclass::text as child from pg_trigger g join pg_proc p on p.oid = g.tgfoid where p.proname like 'require\\_%' and p.proname <> 'require_source'`,
    );
    expect([...keys, ...triggers].map(({ child }) => child).sort()).toEqual(
      children.map(([table]) => `threadkeep.${table}`).sort(),
    );
    for (const [table, columns, values] of children) {
      const text = `insert into threadkeep.${table} (${columns}) values (${values})`;
      const onAdas = await attempt(BOB.id, text, [BOB.id, ONLY_ADAS]);
      expect([table, onAdas]).toEqual([table, expect.objectContaining({ error: '23503' })]);
      expect(onAdas).toEqual(await attempt(BOB.id, text, [BOB.id, NOBODYS]));
    }
    const fork = 'update threadkeep.conversation set forked_from_id = $1 where id = $2';
    expect(await attempt(BOB.id, fork, [ONLY_ADAS, TALK])).toEqual(
      await attempt(BOB.id, fork, [NOBODYS, TALK]),
    );
  });

  it('may use an id that Ada uses, and so learns nothing of it', async () => {
    const insert = 'insert into threadkeep.conversation (user_id, id) values ($1, $2)';
    for (const text of [insert, `${insert} on conflict (user_id, id) do nothing`]) {
      expect(await attempt(BOB.id, text, [BOB.id, ONLY_ADAS])).toMatchObject({ rows: 1 });
    }
  });

  it('sees no row of Ada through a function of its own that is called before the policy would be', async () => {
    const notices: string[] = [];
    const listen = (notice: { message?: string | undefined }) => notices.push(notice.message ?? '');
    client.on('notice', listen);
    await client.query(`
      create function pg_temp.leak(text) returns boolean language plpgsql cost 0.0000001 as $$ begin raise notice '%', $1; return true; end $$`);
    for (const table of tables)
      await attempt(BOB.id, `select from threadkeep.${table} t where pg_temp.leak(t::text)`);
    client.off('notice', listen);
    expect(notices.filter((text) => text.includes(BOB.word)).length).toBeGreaterThan(5);
    expect(notices.filter((text) => text.includes(ADA.word) || text.includes(ADA.id))).toEqual([]);
  });

  it.each([
    'truncate threadkeep.message',
    'alter table threadkeep.message disable row level security',
    'alter table threadkeep.message no force row level security',
    'drop policy message__owner on threadkeep.message',
    'create policy mine on threadkeep.message for select using (true)',
    'create table threadkeep.mine (id int)',
    'create view threadkeep.mine as select * from threadkeep.message',
    'create function threadkeep.mine() returns int language sql as $$ select 1 $$',
    'create role mine',
    withTestRoles('alter role threadkeep_app bypassrls'),
  ])('may not %s', async (text) => {
    expect(await attempt(ADA.id, text)).toMatchObject({ error: '42501' });
  });

  it('keeps no user from one transaction to the next on a connection', async () => {
    await attempt(ADA.id, 'select 1');
    await client.query('begin');
    await client.query(`select set_config('app.user_id', $1, true)`, [ADA.id]);
    expect((await client.query('select from threadkeep.message')).rowCount).toBe(ADA.messages + 5);
    await client.query('commit');
    expect((await client.query('select from threadkeep.message')).rowCount).toBe(0);
    expect(
      (await client.query(`select current_setting('app.user_id', true) as user`)).rows,
    ).toEqual([{ user: '' }]);
  });
});
