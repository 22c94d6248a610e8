import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { dataSourceOptions, migrate, OwnerDataSource } from '../../src/platform/database/index.js';
import { schema } from '../../src/schema.js';
import { catalogOf } from '../support/catalog.js';
import { createTestDatabase, type TestDatabase, withClient } from '../support/database.js';
import { npmRun } from '../support/npm.js';

const ADA = '00000000-0000-7000-8000-00000000000a';
const SOME_ROWS = `
  insert into threadkeep.app_user (id, external_id) values ('${ADA}', 'ada');
  insert into threadkeep.api_key (id, user_id, hash, hint) values ('${ADA}', '${ADA}', 'x', 'xxxx');
  insert into threadkeep.service_agent_config (id, name, version) values ('${ADA}', 'house', 1);
  insert into threadkeep.service_agent_config_version (config_id, version, digest, content, author) values ('${ADA}', 1, repeat('0', 64), '{}', 'test');
  insert into threadkeep.service_agent_config_move (config_id, alias, number, targets, author) values ('${ADA}', 'prod', 1, '[]', 'test');
  insert into threadkeep.agent_config_override (user_id, config_id, number, changes, author) values ('${ADA}', '${ADA}', 1, '{}', 'test');
  insert into threadkeep.audit_event (user_id, id, action, actor, request_id) values ('${ADA}', '${ADA}', 'mcp_secrets.read', 'test', 'r1');
  insert into threadkeep.mcp_server (user_id, id, name, transport, url) values ('${ADA}', '${ADA}', 'files', 'http', 'https://mcp.example/');
  insert into threadkeep.service_mcp_server (id, config_id, name, transport, command) values ('${ADA}', '${ADA}', 'files', 'stdio', 'files');
  insert into threadkeep.conversation (user_id, id, shared_agent_config_id, agent_config_alias, last_seq) values ('${ADA}', '00000000-0000-7000-8000-00000000000b', '${ADA}', 'prod', 0);
  insert into threadkeep.conversation (user_id, id, last_seq) values ('${ADA}', '${ADA}', 1);
  insert into threadkeep.message (user_id, conversation_id, id, seq, token_count, content_is_json, role, content)
    values ('${ADA}', '${ADA}', '${ADA}', 1, 1, false, 'user', 'hello');
  insert into threadkeep.summary (user_id, id, conversation_id, from_seq, to_seq, token_count, content) values ('${ADA}', '${ADA}', '${ADA}', 1, 1, 1, ':sealed:0::sealed: a greeting');
  insert into threadkeep.context_manifest (user_id, conversation_id, id, body) values ('${ADA}', '${ADA}', '${ADA}', '{}');
  insert into threadkeep.memory_head (user_id, moment, revision, purged, embedded, embedded_to) values ('${ADA}', now(), 1, 0, 0, 0);
  insert into threadkeep.memory (user_id, id, recorded_at, created_at, importance, version, revision, strength, has_sources, action, kind, actor, content, tags)
    values ('${ADA}', '${ADA}', now(), now(), 0.5, 1, 1, 1, true, 'create', 'fact', 'test', 'likes plants', '{}');
  insert into threadkeep.memory_source (user_id, memory_id, version, message_id) values ('${ADA}', '${ADA}', 1, '${ADA}');
  insert into threadkeep.memory_embedding (user_id, memory_id, version, arrival, model, vector) values ('${ADA}', '${ADA}', 1, 1, 'test', '\\x01');
  insert into threadkeep.message_embedding (user_id, message_id, model, vector) values ('${ADA}', '${ADA}', 'test', '\\x01');
  insert into threadkeep.message_embedding_head (user_id, conversation_id, model, up_to) values ('${ADA}', '${ADA}', 'test', 1);
  insert into threadkeep.idempotency_key (user_id, key, request_hash, status, headers, body, named) values ('${ADA}', 'k', '\\x00', 201, '{}', '{}', true);
  insert into threadkeep.idempotency_subject (user_id, subject, key) values ('${ADA}', '${ADA}', 'k');
  insert into threadkeep.service_idempotency_key (key, request_hash, status, headers, body, named) values ('k', '\\x00', 201, '{}', '{}', true);
  insert into threadkeep.service_idempotency_subject (key, subject, person) values ('k', '${ADA}', '${ADA}');
  insert into threadkeep.deleted_import (user_id, digest) values ('${ADA}', sha256('k'));
  insert into threadkeep.task (user_id, id, title, conversation_id) values ('${ADA}', '${ADA}', 'water the plants', '${ADA}');
  insert into threadkeep.data_key (user_id, key_id, wrapped) values ('${ADA}', 'k1', '\\x01');
  insert into threadkeep.model_key (user_id, provider, sealed) values ('${ADA}', 'claude', '\\x01');
  insert into threadkeep.webhook (user_id, id, url, events, secret) values ('${ADA}', '${ADA}', 'https://app.example/', '{memory.created}', '\\x01');
  insert into threadkeep.webhook_delivery (user_id, id, webhook_id, type, data) values ('${ADA}', '${ADA}', '${ADA}', 'memory.created', '{}');
  insert into threadkeep.service_webhook (id, url, events, secret) values ('${ADA}', 'https://app.example/', '{memory.created}', '\\x01');
  insert into threadkeep.service_webhook_delivery (id, webhook_id, about_user_id, present_user_id, type, data) values ('${ADA}', '${ADA}', '${ADA}', '${ADA}', 'memory.created', '{}');
  insert into threadkeep.account (user_id, password) values ('${ADA}', '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA');
  insert into threadkeep.user_session (id, user_id, hash, turn, turn_key, expires_at) values ('${ADA}', '${ADA}', '\\x01', '\\x01', '\\x01', now());
  insert into threadkeep.merge_undo (user_id, from_id, into_id, expires_at) values ('${ADA}', '${ADA}', '${ADA}', now());
  insert into threadkeep.merge_undo_part (user_id, from_id, kind, number, entries) values ('${ADA}', '${ADA}', 'task', 0, '[1]');
  insert into threadkeep.mailed_secret (user_id, purpose, email, expires_at) values ('${ADA}', 'reset', 'a@b.example', now());
  insert into threadkeep.token_key (id, public_key, sealed) values ('k', '{}', '\\x01');
  insert into threadkeep.model_call (user_id, id, state, priority, provider, model, request, on_crash) values ('${ADA}', '${ADA}', 'queued', 2, 'claude', 'x', '{}', 'fail');
  insert into threadkeep.store_item (user_id, id, path, key, value) values ('${ADA}', '${ADA}', 'users' || chr(1), 'tea', '{}');
  insert into threadkeep.checkpoint (user_id, thread_id, namespace, checkpoint_id, type, data, metadata_type, metadata_data) values ('${ADA}', 't', '', '1', 'json', '\\x01', 'json', '\\x01');
  insert into threadkeep.checkpoint_value (user_id, thread_id, namespace, channel, version, type, data) values ('${ADA}', 't', '', 'messages', '1', 'json', '\\x01');
  insert into threadkeep.checkpoint_write (user_id, thread_id, namespace, checkpoint_id, task_id, position, task_path, channel, type, data) values ('${ADA}', 't', '', '1', 'a', 0, '', 'messages', 'json', '\\x01');
  insert into threadkeep.service_data_key (name, key_id, wrapped) values ('service', 'k1', '\\x01');
  insert into threadkeep.job (id, user_id, name, max_attempts) values ('${ADA}', '${ADA}', 'water.plants', 1);
  insert into threadkeep.event (user_id, id, title, start_given, all_day, starts_at, ends_at)
    values ('${ADA}', '${ADA}', 'a day off', '2026-01-01', true, '2026-01-01', '2026-01-02')`;

/** TypeORM's own note of what ran stays, so that it knows. */
const withoutNotes = (catalog: string[]) =>
  catalog.filter((line) => !line.includes('threadkeep_migrations'));

describe('the migrations', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase({ template: null });
  });
  afterEach(() => database.drop());

  const exactCatalog = () => withClient(database.adminUrl, catalogOf);
  /** The same for databases whose roles differ in nothing but the number. */
  const catalog = async () =>
    (await exactCatalog()).map((line) =>
      line.replaceAll(/\b(threadkeep_(?:app|system))_\d+/g, '$1'),
    );

  async function withDataSource<T>(work: (source: DataSource) => Promise<T>): Promise<T> {
    const source = await new OwnerDataSource(
      dataSourceOptions(schema, { url: database.adminUrl }),
    ).initialize();
    try {
      return await work(source);
    } finally {
      await source.destroy();
    }
  }

  const revertAll = () =>
    withDataSource(async (source) => {
      for (let i = 0; i < source.migrations.length; i++)
        await source.undoLastMigration({ transaction: 'each' });
    });

  /** What migration:generate would write. */
  const drift = () =>
    withDataSource(async (source) =>
      (await source.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query),
    );

  it('go up, down with rows in every table, and up again to the same catalog', async () => {
    const empty = await catalog();
    const first = await migrate(schema, database.adminUrl);
    const migrated = await catalog();
    expect(migrated.length).toBeGreaterThan(empty.length + 50);
    await database.admin(SOME_ROWS);
    await revertAll();
    expect(withoutNotes(await catalog())).toEqual(empty);
    expect((await database.admin('select from public.threadkeep_migrations')).rowCount).toBe(0);
    expect(await migrate(schema, database.adminUrl)).toEqual(first);
    expect(await catalog()).toEqual(migrated);
    await database.admin(SOME_ROWS);
  });

  it('run once, whoever calls, when three processes start together', async () => {
    const ran = await Promise.all([1, 2, 3].map(() => migrate(schema, database.adminUrl)));
    const all = await withDataSource(async (source) => source.migrations.map(({ name }) => name));
    expect(ran.filter((names) => names.length > 0)).toEqual([all]);
    const { rows } = await database.admin(
      'select name, count(*)::int from threadkeep.threadkeep_migrations group by name order by name',
    );
    expect(rows).toEqual([...all].sort().map((name) => ({ name, count: 1 })));
  });

  it('leave nothing half done when one fails, and run when the reason is gone', async () => {
    await database.admin('create schema threadkeep; create table threadkeep.of_another ()');
    const before = await catalog();
    const told = jest.spyOn(console, 'log').mockImplementation(() => undefined);
    await expect(migrate(schema, database.adminUrl)).rejects.toMatchObject({ code: '42P06' });
    told.mockRestore();
    expect(withoutNotes(await catalog())).toEqual(before);
    await database.admin('drop schema threadkeep cascade');
    expect((await migrate(schema, database.adminUrl)).length).toBeGreaterThan(0);
  });

  it.each([
    ['parent_seq', '1', '0'],
    ['erased', `'[]'`, `'{"how": "removed"}'`],
    ['status', `'complete'`, `'failed'`],
    ['key', `''`, `'a-key'`],
    ['key', `repeat('x', 256)`, `repeat('x', 255)`],
    ['feedback', `'{"rating": "good"}'`, `'{"rating": "up"}'`],
    ['feedback', `'{}'`, `null`],
    ['last_write', `'\\x00'`, `decode(repeat('00', 16), 'hex')`],
  ])('check the %s of a message: not %s, but %s', async (column, wrong, right) => {
    await migrate(schema, database.adminUrl);
    await database.admin(SOME_ROWS);
    const set = (value: string) =>
      database.admin(`update threadkeep.message set seq = 2, ${column} = ${value}`);
    await expect(set(wrong)).rejects.toThrow('message__extras_fit');
    await set(right);
  });

  it('refuse texts that would be taken for sealed ones, as the release before may write them', async () => {
    await migrate(schema, database.adminUrl);
    await database.admin(SOME_ROWS);
    await database.admin(`
      insert into threadkeep.message_draft (user_id, conversation_id, seq, message_id, version, bytes, lease_expires_at)
        values ('${ADA}', '${ADA}', 1, '${ADA}', 0, 0, now());
      insert into threadkeep.message_piece (user_id, conversation_id, seq, version, is_json, content)
        values ('${ADA}', '${ADA}', 1, 1, false, 'hello')`);
    for (const column of [
      'conversation.title',
      'message.content',
      'message_piece.content',
      'summary.content',
    ]) {
      const [table, name] = column.split('.') as [string, string];
      const set = (text: string) =>
        database.admin(`update threadkeep.${table} set ${name} = $1`, [text]);
      const sealed = Buffer.concat([Buffer.of(1), Buffer.alloc(30)]).toString('base64');
      for (const wrong of [':sealed:', ':sealed:0:x', ':sealed:1:', `:sealed:1:not ${sealed}`])
        await expect(set(wrong)).rejects.toMatchObject({ code: '23514' });
      for (const right of ['sealed', `:sealed:1:${sealed}`, ':sealed:0::sealed:1:', 'x :sealed:'])
        await set(right);
    }
  });

  it('say all that the entities say', async () => {
    await migrate(schema, database.adminUrl);
    expect(await drift()).toEqual([]);
  });

  it.each([
    ['a column', 'alter table threadkeep.conversation add column mood text', /DROP COLUMN "mood"/],
    [
      'the size of a time',
      'alter table threadkeep.message alter created_at type timestamptz(3)',
      /"created_at"/,
    ],
    [
      'a default',
      'alter table threadkeep.conversation alter tags drop default',
      /"tags" SET DEFAULT/,
    ],
    [
      'a foreign key',
      'alter table threadkeep.message drop constraint message__conversation_fk',
      /message__conversation_fk/,
    ],
    [
      'a unique key',
      'alter table threadkeep.message drop constraint message__id cascade',
      /message__id/,
    ],
    ['an index', 'drop index threadkeep.api_key__user', /api_key__user/],
    [
      'a check',
      'alter table threadkeep.message drop constraint message__role_known',
      /message__role_known/,
    ],
  ])('are found wanting when %s differs', async (_title, change, found) => {
    await migrate(schema, database.adminUrl);
    await database.admin(change);
    expect((await drift()).join('\n')).toMatch(found);
  });

  it('run, are shown, are complete and are reverted by the npm scripts', async () => {
    const environment = { DATABASE_ADMIN_URL: database.adminUrl };
    const run = await npmRun(['migration:run'], environment);
    expect(run).toMatchObject({
      code: 0,
      output: expect.stringContaining('CreateFoundation1763830000000 has been executed'),
    });
    const migrated = await catalog();
    const check = await npmRun(
      ['migration:generate', '--', 'migrations/check', '--check'],
      environment,
    );
    expect(check).toMatchObject({
      code: 0,
      output: expect.stringContaining('No changes in database schema were found'),
    });
    expect(await npmRun(['migration:revert'], environment)).toMatchObject({
      code: 0,
      output: expect.stringContaining('reverted successfully'),
    });
    expect((await npmRun(['migration:show'], environment)).output).toMatch(/\[ \] \w+\d{13}/);
    await migrate(schema, database.adminUrl);
    expect(await catalog()).toEqual(migrated);
  });

  it('of a newer version make an older one refuse the database, and name what it does not know', async () => {
    await migrate(schema, database.adminUrl);
    await database.admin(
      `insert into threadkeep.threadkeep_migrations (timestamp, name) values (1999999999999, 'FromTheFuture1999999999999')`,
    );
    await expect(migrate(schema, database.adminUrl)).rejects.toThrow(
      /newer version of Threadkeep: this one does not know FromTheFuture1999999999999/,
    );
  });
});
