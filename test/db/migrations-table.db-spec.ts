import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createApplication } from '../../src/application.js';
import { loadConfig } from '../../src/platform/config/config.js';
import { dataSourceOptions, migrate, OwnerDataSource } from '../../src/platform/database/index.js';
import { schema } from '../../src/schema.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const names = schema.migrations.map((Migration) => new Migration().name!).sort();

describe('the list of migrations that have run', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase({ template: null });
  });
  afterEach(() => database.drop());

  const places = async () =>
    (
      await database.admin(
        `select relnamespace::regnamespace::text as place from pg_class where relname = 'threadkeep_migrations'`,
      )
    ).rows.map(({ place }) => place);
  const notes = async (where = 'threadkeep') =>
    (await database.admin(`select id, name from ${where}.threadkeep_migrations order by id`)).rows;
  const notedNames = async () => (await notes()).map(({ name }) => name).sort();
  /** As versions had it that kept the list outside the schema. */
  const moveBack = () =>
    database.admin('alter table threadkeep.threadkeep_migrations set schema public');
  const start = async (environment: Record<string, string>) => {
    const app = await createApplication(loadConfig({ LOG_LEVEL: 'silent', ...environment }));
    await app.close();
  };

  it('is in the schema threadkeep after the first run', async () => {
    await migrate(schema, database.adminUrl);
    expect(await places()).toEqual(['threadkeep']);
    expect(await notedNames()).toEqual(names);
    expect(await migrate(schema, database.adminUrl)).toEqual([]);
  });

  it('is moved there with its history from a database of an older version, and nothing runs again', async () => {
    await migrate(schema, database.adminUrl);
    const before = await notes();
    await moveBack();
    expect(await migrate(schema, database.adminUrl)).toEqual([]);
    expect(await places()).toEqual(['threadkeep']);
    expect(await notes()).toEqual(before);
  });

  it('is read where an older version has it by a start that is not the owner', async () => {
    await migrate(schema, database.adminUrl);
    await moveBack();
    await start({ DATABASE_URL: database.adminUrl });
    expect(await places()).toEqual(['public']);
    await start({ DATABASE_ADMIN_URL: database.adminUrl });
    expect(await places()).toEqual(['threadkeep']);
  });

  it('is complete after a first run that was killed in the middle', async () => {
    const source = await new OwnerDataSource({
      ...dataSourceOptions(schema, { url: database.adminUrl }),
      migrations: schema.migrations.slice(0, 3),
    }).initialize();
    await source.runMigrations({ transaction: 'each' });
    await source.destroy();
    await moveBack();
    expect((await migrate(schema, database.adminUrl)).length).toBe(names.length - 3);
    expect(await places()).toEqual(['threadkeep']);
    expect(await notedNames()).toEqual(names);
  });

  it('leaves the schema before the first migration is reverted, which removes the schema', async () => {
    const source = await new OwnerDataSource({
      ...dataSourceOptions(schema, { url: database.adminUrl }),
      migrations: schema.migrations.slice(0, 2),
    }).initialize();
    try {
      await source.runMigrations({ transaction: 'each' });
      expect(await places()).toEqual(['threadkeep']);
      await source.undoLastMigration({ transaction: 'each' });
      expect(await places()).toEqual(['threadkeep']);
      await source.undoLastMigration({ transaction: 'each' });
      expect(await places()).toEqual(['public']);
      expect(await notes('public')).toEqual([]);
      await source.runMigrations({ transaction: 'each' });
      expect(await places()).toEqual(['threadkeep']);
    } finally {
      await source.destroy();
    }
  });

  it('does not stop a first run on a database whose empty schema an administrator made', async () => {
    await database.admin('create schema threadkeep');
    expect((await migrate(schema, database.adminUrl)).length).toBe(names.length);
    expect(await places()).toEqual(['threadkeep']);
  });

  it('is found by an owner whose search path begins with the schema, as of a role of that name', async () => {
    const url = new URL(database.adminUrl);
    url.searchParams.set('options', '-c search_path=threadkeep,public');
    await migrate(schema, String(url));
    await moveBack();
    expect(await migrate(schema, String(url))).toEqual([]);
    expect(await places()).toEqual(['threadkeep']);
    expect(await notedNames()).toEqual(names);
  });
});
