// Makes the two databases, with the same rows in the same order on disk, or takes those of an earlier run.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { seedTexts } from './world.mjs';

const SQL_DIRECTORY = join(import.meta.dirname, 'sql');
const sqlOf = (name, directory = SQL_DIRECTORY) =>
  readFileSync(join(directory, `${name}.sql`), 'utf8');
const seedTextsSource = () => readFileSync(join(import.meta.dirname, 'world.mjs'), 'utf8');

const bare = {
  name: 'bench_bare',
  messages: 'messages',
  conversations: 'conversations',
  fill: async (client) => {
    await client.query(sqlOf('bare-schema'));
    await client.query(sqlOf('bare-fill'));
  },
  migrate: async () => undefined,
  restore: (client) => client.query(sqlOf('bare-restore')),
  sources: () => [sqlOf('bare-schema'), sqlOf('bare-fill')],
};

/** @param sqlDirectory holds the SQL for that build's schema: another build's own bench has it. */
const threadkeepIn = (dist, name = 'bench_threadkeep', sqlDirectory = SQL_DIRECTORY) => ({
  name,
  messages: 'threadkeep.message',
  conversations: 'threadkeep.conversation',
  fill: (client) => fillThreadkeep(client, sqlOf('threadkeep-fill', sqlDirectory)),
  migrate: (url) => migrateThreadkeep(dist, url),
  restore: (client) => client.query(sqlOf('threadkeep-restore', sqlDirectory)),
  // A migration that is not released yet may still change under its name.
  sources: () => [
    sqlOf('threadkeep-fill', sqlDirectory),
    ...migrationsOf(dist).map((file) => readFileSync(file, 'utf8')),
  ],
});

/** @returns the databases by server, each `{name, url, made}`. */
export async function prepareDatabases(
  admin,
  { adminUrl, users, dist, against, againstItself, reseed },
  say,
) {
  const base = against
    ? threadkeepIn(against, 'bench_threadkeep_before', join(against, '..', 'bench', 'sql'))
    : bare;
  const wanted = againstItself ? [base] : [base, threadkeepIn(dist)];
  const databases = [];
  for (const database of wanted)
    databases.push(await prepare(admin, database, { adminUrl, users, reseed }, say));
  return databases;
}

export async function dropDatabase(admin, { name }) {
  await admin.query(`drop database if exists ${name} with (force)`);
}

/** Bytes of the message table with its indexes, for each message. */
export async function bytesAMessage({ url, messages }) {
  return withClient(url, async (client) => {
    const { rows } = await client.query(
      `select count(*)::int as count, pg_table_size('${messages}') as heap, pg_indexes_size('${messages}') as indexes from ${messages}`,
    );
    const [{ count, heap, indexes }] = rows;
    return {
      count,
      heap: heap / count,
      indexes: indexes / count,
      total: (Number(heap) + Number(indexes)) / count,
    };
  });
}

async function prepare(admin, database, { adminUrl, users, reseed }, say) {
  const { name } = database;
  const url = String(Object.assign(new URL(adminUrl), { pathname: `/${name}` }));
  const sources = [seedTextsSource(), sqlOf('world'), ...database.sources()];
  const world = {
    users,
    content: createHash('sha256').update(sources.join('\n')).digest('hex').slice(0, 16),
  };
  const known = await worldOf(admin, name);
  const reusable = !reseed && known?.users === users && known.content === world.content;
  if (reusable) await restore(database, url, known.seededAt, say);
  else await seed(admin, database, url, world, say);
  return { ...database, url, made: !reusable };
}

/** What a seeded database holds is written into its comment, at the very end: one half made has none. */
async function worldOf(admin, name) {
  const { rows } = await admin.query(
    `select shobj_description(oid, 'pg_database') as world from pg_database where datname = $1`,
    [name],
  );
  try {
    return JSON.parse(rows[0]?.world ?? 'null');
  } catch {
    return null;
  }
}

async function seed(admin, database, url, world, say) {
  const { name } = database;
  const startedAt = Date.now();
  say(`${name}: making ${world.users} users with 100 messages each`);
  await dropDatabase(admin, database);
  await admin.query(`create database ${name} template template0 encoding 'UTF8'`);
  await database.migrate(url);
  await withClient(url, async (client) => {
    await client.query(
      `set work_mem = '256MB'; set maintenance_work_mem = '512MB'; set synchronous_commit = off`,
    );
    await createWorldViews(client, world.users);
    await database.fill(client);
    await client.query('vacuum (analyze)');
    await client.query('checkpoint');
  });
  const comment = JSON.stringify({ ...world, seededAt: new Date().toISOString() });
  await admin.query(`comment on database ${name} is ${pg.escapeLiteral(comment)}`);
  say(`${name}: ready after ${Math.round((Date.now() - startedAt) / 1000)} s`);
}

async function createWorldViews(client, users) {
  await client.query(`select set_config('bench.users', $1, false)`, [String(users)]);
  await client.query(
    'create temporary table world_text (n integer primary key, content text not null)',
  );
  await client.query(
    `insert into world_text select n - 1, content from unnest($1::text[]) with ordinality as t (content, n)`,
    [seedTexts()],
  );
  await client.query('analyze world_text');
  await client.query(sqlOf('world'));
}

/** Every run begins with the same rows: a faster server has appended more in the run before. */
async function restore(
  { name, messages, conversations, restore: takeOut, migrate },
  url,
  seededAt,
  say,
) {
  await migrate(url);
  await withClient(url, async (client) => {
    await client.query(`select set_config('bench.seeded_at', $1, false)`, [seededAt]);
    const { rowCount } = await client.query(
      `select from ${conversations} where updated_at > $1 limit 1`,
      [seededAt],
    );
    if (rowCount === 0) return;
    say(`${name}: taking out what an earlier run appended`);
    await takeOut(client);
    for (const table of [messages, conversations]) {
      await client.query(`vacuum (analyze) ${table}`);
      await client.query(`reindex table ${table}`);
    }
    await client.query('checkpoint');
  });
}

/** The indexes of the messages are built after them, as in the bare database; the rest of the schema stays as migrated. */
async function fillThreadkeep(client, fill) {
  await client.query('set session_replication_role = replica');
  const { rows } = await client.query(
    `select conname as name, conrelid::regclass::text as table, pg_get_constraintdef(oid) as definition from pg_constraint
      where conrelid = 'threadkeep.message'::regclass and contype in ('p', 'u') or confrelid = 'threadkeep.message'::regclass and contype = 'f'
      order by contype = 'f'`,
  );
  for (const { name, table } of rows.toReversed())
    await client.query(`alter table ${table} drop constraint ${name}`);
  await client.query(fill);
  for (const { name, table, definition } of rows)
    await client.query(`alter table ${table} add constraint ${name} ${definition}`);
}

/** Runs the build's own command, which every version has. */
async function migrateThreadkeep(dist, url) {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, DATABASE_ADMIN_URL: url, LOG_LEVEL: 'error' };
  await promisify(execFile)(
    process.execPath,
    [join(dist, 'src', 'cli', 'threadkeep.js'), 'migrate'],
    { env },
  );
}

function migrationsOf(dist) {
  const directory = join(dist, 'migrations');
  return readdirSync(directory)
    .filter((file) => file.endsWith('.js'))
    .sort()
    .map((file) => join(directory, file));
}

async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
