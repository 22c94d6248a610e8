import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrate } from '../../src/platform/database/index.js';
import { schema } from '../../src/schema.js';
import { catalogOf } from '../support/catalog.js';
import { createTestDatabase, type TestDatabase, withClient } from '../support/database.js';
import { npmRun } from '../support/npm.js';

/** As the next release might have it: it needs the table for itself. */
class AddMood1999999999999 implements MigrationInterface {
  name = 'AddMood1999999999999';
  up = (runner: QueryRunner): Promise<void> =>
    runner.query('alter table threadkeep.conversation add column mood text') as Promise<void>;
  down = (runner: QueryRunner): Promise<void> =>
    runner.query('alter table threadkeep.conversation drop column mood') as Promise<void>;
}
const next = { ...schema, migrations: [...schema.migrations, AddMood1999999999999] };

const MIGRATION_LOCK = 7_411_902_335;

describe('migrations that wait', () => {
  let database: TestDatabase;
  let other: pg.Client;
  beforeEach(async () => {
    database = await createTestDatabase();
    other = new pg.Client({
      connectionString: database.adminUrl,
      application_name: 'somebody else',
    });
    other.on('error', () => undefined);
    await other.connect();
  });
  afterEach(async () => {
    await other.end();
    await database.drop();
  });

  const told: string[] = [];
  const tell = (line: string) => void told.push(line);
  const failure = (wait: number) =>
    migrate(next, database.adminUrl, undefined, { wait, tell }).then(
      () => 'it ran',
      (error: Error) => `${error.name}: ${error.message}`,
    );

  it('for another runner say which it is, and give up', async () => {
    await other.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const holder = /process \d+ \(somebody else, as \w+, idle, for \d+ s\)/;
    expect(await failure(0.5)).toMatch(
      new RegExp(
        `^DatabaseSetupError: Another process is migrating, and does not end: ${holder.source}.*pg_terminate_backend`,
      ),
    );
    expect(told.splice(0)).toEqual([expect.stringMatching(holder)]);
    await other.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    expect(await migrate(next, database.adminUrl)).toEqual(['AddMood1999999999999']);
  });

  it('for a lock say who holds it, give up, and leave nothing', async () => {
    const before = await withClient(database.adminUrl, catalogOf);
    await other.query('begin');
    await other.query('select from threadkeep.conversation');
    expect(await failure(1)).toMatch(
      /^DatabaseSetupError: A migration does not get a lock it needs, because of process \d+ \(somebody else, as \w+, idle in transaction, for \d+ s\)\. .*pg_terminate_backend/,
    );
    expect(await withClient(database.adminUrl, catalogOf)).toEqual(before);
  });

  it('for a lock let those pass who wait behind them, and run when it is free', async () => {
    await other.query('begin');
    await other.query('select from threadkeep.conversation');
    const migrating = migrate(next, database.adminUrl, undefined, { tell });
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ilike 'alter table%'`;
    while ((await database.admin(waiting)).rowCount === 0);
    // It stands behind the migration, which stands behind the open transaction.
    expect((await database.admin(`select from threadkeep.conversation`)).rowCount).toBe(0);
    await other.query('commit');
    expect(await migrating).toEqual(['AddMood1999999999999']);
    expect(told.splice(0).join('\n')).toContain('somebody else');
  });

  it('for a lock are repeated when PostgreSQL ends them as one side of a deadlock', async () => {
    class AddTwice1999999999999 implements MigrationInterface {
      name = 'AddTwice1999999999999';
      up = async (runner: QueryRunner): Promise<void> => {
        await runner.query('alter table threadkeep.conversation add column mood text');
        await runner.query('alter table threadkeep.message add column mood text');
      };
      down = () => Promise.resolve();
    }
    const both = { ...schema, migrations: [...schema.migrations, AddTwice1999999999999] };
    await other.query('begin');
    await other.query('select from threadkeep.message');
    const migrating = migrate(both, database.adminUrl, undefined, { tell });
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ilike 'alter table threadkeep.message%'`;
    while ((await database.admin(waiting)).rowCount === 0);
    // The migration has waited for longer, so PostgreSQL finds the deadlock in its session.
    await other.query('select from threadkeep.conversation');
    await other.query('commit');
    expect(await migrating).toEqual(['AddTwice1999999999999']);
    told.length = 0;
  });
});

/** Landed migrations before this one are not edited. */
const FIRST_BESIDE_WRITERS = 1797000000000;
const timeOf = ({ name }: { name: string }): number => Number(name.slice(-13));
/** Reads or writes the rows of a table. */
const READS_ROWS = /^\s*(update|delete|create (unique )?index|.*\bvalidate constraint\b)/i;
const STOPS_WRITERS = `select relation::regclass::text as name from pg_locks
  where pid = pg_backend_pid() and granted and locktype = 'relation'
    and relation::regclass::text like 'threadkeep.%'
    and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`;

/** The migration as the owner runs it. It notes each statement that reads rows while writers are locked out. */
function noting(Migration: new () => MigrationInterface, owner: string, found: string[]) {
  const noted = (runner: QueryRunner): QueryRunner => {
    const query = async (text: string, values?: unknown[]): Promise<unknown> => {
      const result: unknown = await runner.query(text, values);
      if (!READS_ROWS.test(text)) return result;
      const locks = (await runner.query(STOPS_WRITERS)) as { name: string }[];
      if (locks.length > 0)
        found.push(`${locks.map(({ name }) => name).join(', ')}: ${text.trim()}`);
      return result;
    };
    return { query } as unknown as QueryRunner;
  };
  class Noting extends Migration {
    override async up(runner: QueryRunner): Promise<void> {
      await runner.query(`set role ${owner}`);
      await super.up(noted(runner));
      await runner.query('reset role');
    }
  }
  return Object.defineProperty(Noting, 'name', { value: Migration.name });
}

/** The migration, whose process is ended when its statements have run and before it is recorded. */
function ending(Migration: new () => MigrationInterface) {
  class Ending extends Migration {
    override async up(runner: QueryRunner): Promise<void> {
      await super.up(runner);
      throw new Error('its process was ended');
    }
  }
  return Object.defineProperty(Ending, 'name', { value: Migration.name });
}

describe('migrations beside writers', () => {
  const { migrations } = schema;
  const until = (time: number) => migrations.filter((one) => timeOf(one) < time);
  const before = until(FIRST_BESIDE_WRITERS);
  const after = migrations.filter((one) => timeOf(one) >= FIRST_BESIDE_WRITERS);
  const ADA = '00000000-0000-7000-8000-00000000000a';
  const ESCAPED = [':sealed:0::sealed:1:mine', ':sealed:0::sealed:0:mine', 'mine'];
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase({ template: null });
    await migrate({ ...schema, migrations: before, steps: [] }, database.adminUrl);
    await database.admin(`
      insert into threadkeep.app_user (id, external_id) values ('${ADA}', 'ada');
      insert into threadkeep.conversation (user_id, id, title, last_seq) values ('${ADA}', '${ADA}', ':sealed:1:', 3)`);
    for (const [n, content] of [':sealed:1:mine', ':sealed:0:mine', 'mine'].entries())
      await database.admin(
        `insert into threadkeep.message (user_id, conversation_id, id, seq, token_count, content_is_json, role, content)
           values ($1, $1, gen_random_uuid(), $2, 1, false, 'user', $3)`,
        [ADA, n + 1, content],
      );
  });
  afterEach(() => database.drop());

  const rows = async (text: string) => (await database.admin(text)).rows;
  const contents = async () =>
    (await rows('select content from threadkeep.message order by seq')).map(
      ({ content }) => content,
    );
  const catalog = async ({ adminUrl }: TestDatabase) =>
    (await withClient(adminUrl, catalogOf)).map((line) =>
      line.replaceAll(/\b(threadkeep_(?:app|system))_\d+/g, '$1'),
    );

  it('read no rows while they lock out writers, and all rows as an owner whom policies bind', async () => {
    const owner = `${database.name}_owner`;
    await database.admin(`
      create role ${owner} nologin; grant usage, create on schema threadkeep to ${owner};
      do $$ declare one text; begin
        for one in select format('%I', tablename) from pg_tables where schemaname = 'threadkeep' loop
          execute 'alter table threadkeep.' || one || ' owner to ${owner}'; end loop;
        for one in select oid::regprocedure::text from pg_proc where pronamespace = 'threadkeep'::regnamespace loop
          execute 'alter function ' || one || ' owner to ${owner}'; end loop;
      end $$`);
    const found: string[] = [];
    const noted = after.map((one) => noting(one, owner, found));
    try {
      const all = { ...schema, migrations: [...before, ...noted] };
      expect(await migrate(all, database.adminUrl)).toHaveLength(after.length);
    } finally {
      await database.admin(`reassign owned by ${owner} to current_user`);
      await database.admin(`drop owned by ${owner}; drop role ${owner}`);
    }
    expect(found).toEqual([]);
    expect(await contents()).toEqual(ESCAPED);
  });

  it('without a transaction are run again when their process was ended, to the same end', async () => {
    for (const one of after.filter((migration) => new migration().transaction === false)) {
      const ended = [...until(timeOf(one)), ending(one)];
      await expect(
        migrate({ ...schema, migrations: ended, steps: [] }, database.adminUrl),
      ).rejects.toThrow('its process was ended');
    }
    await migrate(schema, database.adminUrl);
    const whole = await createTestDatabase();
    try {
      expect(await catalog(database)).toEqual(await catalog(whole));
    } finally {
      await whole.drop();
    }
    expect(await contents()).toEqual(ESCAPED);
  });
});

describe('a dry run', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase({ template: null });
  });
  afterEach(() => database.drop());

  it('prints SQL that makes the same schema, changes nothing, and names no password', async () => {
    const login = new URL(database.adminUrl);
    Object.assign(login, { username: 'threadkeep_never_made', password: 'hunter2' });
    const before = await withClient(database.adminUrl, catalogOf);
    const dry = () =>
      npmRun(['migrate', '--', '--dry-run'], {
        DATABASE_ADMIN_URL: database.adminUrl,
        DATABASE_URL: String(login),
      });
    const { code, output } = await dry();
    expect(code).toBe(0);
    expect(await withClient(database.adminUrl, catalogOf)).toEqual(before);
    expect(output).toMatch(
      /create role "threadkeep_never_made" login password '\.\.\.' in role "threadkeep_app_\d+"/,
    );
    expect(output).not.toContain('hunter2');

    const migrations = output.split('-- the login of DATABASE_URL')[0]!;
    await database.admin(
      'create table public.threadkeep_migrations (id serial primary key, timestamp bigint not null, name varchar not null)',
    );
    // As psql runs it: a migration without a transaction statement by statement.
    for (const part of migrations.split(/^(?=-- (?:\w+\d{13}$|the ))/m)) {
      const isAlone = /^-- \w+\d{13}\n(?!begin;)/.test(part);
      for (const text of isAlone ? part.split(/;$/m) : [part]) await database.admin(text);
    }
    // TypeORM makes the list of migrations, which the line above makes by hand.
    const ours = (lines: string[]) =>
      lines.filter((line) => line.includes('threadkeep.') && !line.includes('_migrations'));
    const printed = ours(await withClient(database.adminUrl, catalogOf));
    await database.admin('drop schema threadkeep cascade');
    await database.admin('drop extension btree_gin');
    await migrate(schema, database.adminUrl);
    const migrated = ours(await withClient(database.adminUrl, catalogOf));
    expect(printed.length).toBeGreaterThan(100);
    expect(printed).toEqual(migrated);
    expect(
      (await npmRun(['migrate', '--', '--dry-run'], { DATABASE_ADMIN_URL: database.adminUrl }))
        .output,
    ).toBe('Nothing to migrate.\n');
  });
});
