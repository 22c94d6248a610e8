// Databases that older versions left are upgraded by today's migrations, and answer as before.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '../../src/platform/database/index.js';
import { schema } from '../../src/schema.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { type TestDatabase, withClient } from '../support/database.js';
import { PROJECT } from '../support/npm.js';
import { PrivatePostgres } from '../support/private-postgres.js';

const FOLDER = join(PROJECT, 'test/fixtures/upgrade');
const { serviceKey, vaultKeys } = JSON.parse(readFileSync(join(FOLDER, 'keys.json'), 'utf8')) as {
  serviceKey: string;
  vaultKeys: string;
};
const VERSIONS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql.gz'))
  .map((name) => name.replace('.sql.gz', ''))
  .sort();

interface Read {
  user?: string;
  method: 'GET' | 'POST';
  path: string;
  body?: object;
  answer: Record<string, unknown>;
}

/** How results are ranked and tokens counted may change between versions; what is stored may not. */
const COMPUTED = new Set(['score', 'lane', 'tokens']);
const stored = (answer: unknown): unknown =>
  JSON.parse(JSON.stringify(answer), (key, value: unknown) =>
    COMPUTED.has(key) ? undefined : value,
  );

describe.each(VERSIONS)('the database of %s', (version) => {
  const name = `upgraded_${VERSIONS.indexOf(version)}`;
  const sql = gunzipSync(readFileSync(join(FOLDER, `${version}.sql.gz`))).toString();
  const reads = JSON.parse(readFileSync(join(FOLDER, `${version}.json`), 'utf8')) as Read[];
  let postgres: PrivatePostgres;
  let database: TestDatabase;
  let migrated: string[];
  let app: TestApp | undefined;

  beforeAll(async () => {
    postgres = await PrivatePostgres.start();
    const adminUrl = await postgres.createDatabase(name);
    database = {
      adminUrl,
      name,
      admin: (text, values) => withClient(adminUrl, (client) => client.query(text, values)),
      drop: () => Promise.resolve(),
    };
    // As docs/operate.md says of a backup on another server.
    for (const role of new Set(sql.match(/\bthreadkeep_(app|system)(_\d+)?\b/g)))
      await database.admin(`create role ${role} nologin noinherit`);
    await database.admin(sql);
    migrated = await migrate(schema, adminUrl);
    app = await createTestApp({ VAULT_KEYS: vaultKeys }, database);
    // The key that it makes for itself. The tests use the one of the older version.
    const hint = serviceKey.slice(-4);
    await database.admin('delete from threadkeep.api_key where hint <> $1', [hint]);
  });
  afterAll(async () => {
    await app?.close();
    await postgres.stop();
  });

  const callerFor = (user?: string) => {
    const service = app!.service.with({ authorization: `Bearer ${serviceKey}` });
    return user === undefined ? service : service.with({ 'threadkeep-user': user });
  };

  it('is migrated once', async () => {
    expect(migrated.length).toBeGreaterThan(0);
    expect(await migrate(schema, database.adminUrl)).toEqual([]);
  });

  it.each(reads.map((read) => ({ title: `${read.method} ${read.path}`, read })))(
    'answers as before: $title',
    async ({ read: { user, method, path, body, answer } }) => {
      const call = method === 'GET' ? callerFor(user).get(path) : callerFor(user).post(path, body);
      expect((await call.expect(200)).body).toMatchObject(stored(answer) as object);
    },
  );

  it('shows nothing of one user to another, and takes writes of both', async () => {
    const [ada, bob]: [Caller, Caller] = [callerFor('ada'), callerFor('bob')];
    const [talk] = (await ada.get('/v1/conversations?filter[title]=Lunch').expect(200)).body
      .data as { id: string; lastSeq: number }[];
    const path = `/v1/conversations/${talk!.id}`;
    await bob.get(path).expect(404);
    await bob.post(`${path}/messages`, { role: 'user', content: 'mine?' }).expect(404);
    const { data } = (
      await ada.post(`${path}/messages`, { role: 'user', content: 'after' }).expect(201)
    ).body as { data: { seq: number }[] };
    expect(data).toMatchObject([{ seq: talk!.lastSeq + 1 }]);
    await bob.post('/v1/memories', { content: 'Sleeps late', kind: 'fact' }).expect(201);
  });

  it('forces row-level security on every table with rows of users', async () => {
    const { rows } = await database.admin(
      `select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'threadkeep'::regnamespace and c.relkind = 'r'
          and a.attname = 'user_id' and not (c.relrowsecurity and c.relforcerowsecurity)`,
    );
    expect(rows).toEqual([]);
  });
});

it('has a fixture of the first version', () => {
  expect(VERSIONS[0]).toMatch(/0d3edc1/);
});
