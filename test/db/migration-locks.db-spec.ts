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
    await database.admin(migrations);
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
