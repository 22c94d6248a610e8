// What a request costs PostgreSQL when its statistics are of smaller users: as much for each row as before.
import { beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Caller, createTestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase, testRoles } from '../support/database.js';
import { type Sent, StatementRecorder } from '../support/statements.js';

/** Rows of the user at whose requests the statements are counted, and twice as many. */
const SIZES = [1_500, 3_000];
/** Work that grows with the rows doubles; a plan that looks at all rows for each of them takes four times as much. */
const MAX_RATIO = 2.6;

const ADA = '00000000-0000-7000-8000-00000000ada0';
const LONG_TALK = '00000000-0000-7000-8000-0000000000c1';
const NOTED_TALK = '00000000-0000-7000-8000-0000000000c2';
const HALFWAY = '2026-06-01T00:00:00Z';

/** Fifty users of 160 rows in each table: what the statistics know. */
const SMALL_USERS = { users: `lpad(to_hex(u), 12, '0')`, count: 50, rows: 160 };

const messagesOf = (user: string, conversation: string, rows: number) => `
  insert into threadkeep.message (user_id, conversation_id, id, seq, token_count, content_is_json, role, content)
  select ${user}, ${conversation}, md5(${user}::text || ${conversation}::text || n)::uuid, n, 5, false, case when n % 2 = 0 then 'user' else 'assistant' end, 'word ' || n
    from generate_series(1, ${rows}) n`;

/** Each memory has two versions, one before and one after `HALFWAY`; every second one came from a message of the noted talk. */
const memoriesOf = (user: string, rows: number) => [
  `insert into threadkeep.memory_head (user_id, revision, moment, purged, embedded, embedded_to) select ${user}, ${2 * rows}, now(), 0, 0, 0`,
  ...[1, 2].map(
    (version) => `
    insert into threadkeep.memory (user_id, id, version, revision, recorded_at, superseded_at, created_at, action, actor, strength, kind, importance, tags, content, fingerprint, has_sources)
    select ${user}, md5(${user}::text || 'memory' || n)::uuid, ${version}, ${(version - 1) * rows} + n,
           '${version === 1 ? '2026-01-01' : '2026-07-01'}'::timestamptz + n * interval '1 second', ${version === 1 ? `'2026-07-01'::timestamptz + n * interval '1 second'` : 'null'},
           '2026-01-01', '${version === 1 ? 'create' : 'update'}', 'test', 1, 'fact', 0.5, '{}', 'fact ' || n || ' in version ${version}', decode(md5(n || 'v${version}'), 'hex'), ${version} = 2 and n % 2 = 0
      from generate_series(1, ${rows}) n`,
  ),
  `insert into threadkeep.memory_source (user_id, memory_id, version, message_id, conversation_id)
   select ${user}, md5(${user}::text || 'memory' || n)::uuid, 2, md5(${user}::text || '${NOTED_TALK}' || n)::uuid, '${NOTED_TALK}' from generate_series(2, ${rows}, 2) n`,
];

const planned = (user: string, rows: number) => [
  `insert into threadkeep.task (user_id, id, title, due_at) select ${user}, md5(${user}::text || 'task' || n)::uuid, 'task ' || n, now() + n * interval '1 minute' from generate_series(1, ${rows}) n`,
];

const everythingOf = (user: string, rows: number): string[] => [
  ...[LONG_TALK, NOTED_TALK].flatMap((talk) => [
    `insert into threadkeep.conversation (user_id, id, last_seq) select ${user}, '${talk}', ${rows}`,
    messagesOf(user, `'${talk}'::uuid`, rows),
  ]),
  `insert into threadkeep.conversation (user_id, id, title) select ${user}, md5(${user}::text || 'talk' || n)::uuid, 'talk ' || n from generate_series(1, ${rows}) n`,
  ...memoriesOf(user, rows),
  ...planned(user, rows),
];

interface Node {
  'Node Type': string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  Plans?: Node[];
}

/** Rows that a plan looked at, in all of its nodes and all of their loops. */
const rowsSeen = (node: Node): number => {
  const each =
    node['Actual Rows'] +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Join Filter'] ?? 0);
  return (
    each * node['Actual Loops'] + (node.Plans ?? []).reduce((sum, plan) => sum + rowsSeen(plan), 0)
  );
};

interface Request {
  name: string;
  send: (ada: Caller) => PromiseLike<{ status: number; body: unknown }>;
}

const REQUESTS: Request[] = [
  {
    name: 'a rollback to a moment',
    send: (ada) => ada.post('/v1/memories/rollback', { asOf: HALFWAY }),
  },
  {
    name: 'a rollback of what a conversation taught',
    send: (ada) => ada.post('/v1/memories/rollback', { conversationId: NOTED_TALK }),
  },
  {
    name: 'the difference of two moments',
    send: (ada) => ada.get(`/v1/memories/diff?from=${HALFWAY}&limit=100`),
  },
  {
    name: 'a list of memories as of a moment',
    send: (ada) => ada.get(`/v1/memories?asOf=${HALFWAY}&q=fact&count=true`),
  },
  {
    name: 'a search of memories',
    send: (ada) =>
      ada.post('/v1/memories/search', { query: 'fact 7', in: ['memories', 'messages'] }),
  },
  {
    name: 'a search of memories as of a moment',
    send: (ada) => ada.post('/v1/memories/search', { query: 'fact 7', asOf: HALFWAY }),
  },
  {
    name: 'a context with memories',
    send: (ada) =>
      ada.post(`/v1/conversations/${LONG_TALK}/context`, { budgetTokens: 500, query: 'fact 7' }),
  },
  {
    name: 'a filtered page of messages',
    send: (ada) => ada.get(`/v1/conversations/${LONG_TALK}/messages?q=word&count=true`),
  },
  { name: 'a search of messages', send: (ada) => ada.get('/v1/messages/search?q=word') },
  { name: 'a fork', send: (ada) => ada.post(`/v1/conversations/${LONG_TALK}/fork`, {}) },
  {
    name: 'a list of conversations with a filter',
    send: (ada) => ada.get('/v1/conversations?filter[title][contains]=talk&count=true'),
  },
  {
    name: 'a list of tasks with a search',
    send: (ada) => ada.get('/v1/tasks?q=task&count=true&sort=-updatedAt'),
  },
  {
    name: 'the purge of a conversation',
    send: (ada) => ada.delete(`/v1/conversations/${NOTED_TALK}?purge=true`),
  },
];

/** The rows that each request makes PostgreSQL look at, for a user with `rows` rows of everything. */
async function costs(rows: number): Promise<Map<string, number>> {
  const database = await createTestDatabase();
  try {
    await seed(database, rows);
    const found = new Map<string, number>();
    for (const request of REQUESTS) found.set(request.name, await costOf(database, request));
    return found;
  } finally {
    await database.drop();
  }
}

async function seed(database: TestDatabase, rows: number): Promise<void> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c where c.relnamespace = 'threadkeep'::regnamespace and c.relkind = 'r'`,
    );
    for (const { name } of tables)
      await client.query(`alter table ${name} set (autovacuum_enabled = false)`);
    await client.query('set session_replication_role = replica');
    for (let u = 1; u <= SMALL_USERS.count; u++) {
      const user = `'00000000-0000-7000-9000-${u.toString(16).padStart(12, '0')}'::uuid`;
      await client.query(
        `insert into threadkeep.app_user (id, external_id) values (${user}, 'small-${u}')`,
      );
      for (const text of everythingOf(user, SMALL_USERS.rows)) await client.query(text);
    }
    await client.query('analyze');
    await client.query(
      `insert into threadkeep.app_user (id, external_id) values ('${ADA}', 'ada')`,
    );
    for (const text of everythingOf(`'${ADA}'::uuid`, rows)) await client.query(text);
  } finally {
    await client.end();
  }
}

/** Records what the application sends on a copy, and sends it again to the original with a look at its plans. */
async function costOf(database: TestDatabase, { name, send }: Request): Promise<number> {
  const copy = await createTestDatabase({ template: database.name });
  const app = await createTestApp({}, copy);
  const recorder = new StatementRecorder();
  try {
    const { status, body } = await send(app.actingFor('ada'));
    if (![200, 201, 204].includes(status))
      throw new Error(`${name} was answered ${status}: ${JSON.stringify(body)}`);
  } finally {
    recorder.stop();
    await app.close();
    await copy.drop();
  }
  expect(recorder.sent.length).toBeGreaterThan(0);
  return explained(database, recorder.sent);
}

async function explained(database: TestDatabase, sent: Sent[]): Promise<number> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(
      `select set_config('app.user_id', $1, true), set_config('role', '${testRoles().app}', true)`,
      [ADA],
    );
    let seen = 0;
    for (const { text, values } of sent) {
      const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Node }[] }>(
        `explain (analyze, timing off, format json) ${text}`,
        values,
      );
      seen += rowsSeen(rows[0]!['QUERY PLAN'][0]!.Plan);
    }
    return seen;
  } finally {
    await client.query('rollback');
    await client.end();
  }
}

describe('with statistics of small users', () => {
  let smaller: Map<string, number>;
  let larger: Map<string, number>;
  beforeAll(async () => {
    smaller = await costs(SIZES[0]!);
    larger = await costs(SIZES[1]!);
  }, 300_000);

  it('every owner is estimated by the average, also in a table that is added', async () => {
    const database = await createTestDatabase();
    const { rows } = await database.admin(`
      select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace = 'threadkeep'::regnamespace and c.relkind = 'r' and a.attname = 'user_id' and a.attstattarget is distinct from 1`);
    await database.drop();
    expect(rows.map(({ name }) => name)).toEqual([]);
  });

  it.each(REQUESTS.map(({ name }) => name))(
    '%s costs no more than twice as much for twice as many rows',
    (name) => {
      expect(larger.get(name)! / smaller.get(name)!).toBeLessThan(MAX_RATIO);
    },
  );
});
