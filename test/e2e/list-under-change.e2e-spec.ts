// Going through a long list by its cursors while others write to it: what nobody touches is there once, in its place.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { withClient } from '../support/database.js';
import { OWNERS } from '../support/lists.js';
import { Seeded } from '../support/seeded.js';
import { Wire } from '../support/wire.js';

const ROWS = 100_000;
const CONVERSATIONS = '/v1/conversations';

const idOf = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** Many rows are equal in what they are sorted by. Bob's have the same ids. */
const SEED = `
  insert into threadkeep.conversation (user_id, id, title, created_at, updated_at)
  select owner, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
         case when n % 50 = 0 then null else 'Title ' || (n * 7919::bigint % 5000) end, at, at
    from (values ($1::uuid, ${ROWS}), ($2::uuid, 1000)) users (owner, count),
         generate_series(1, count) n, lateral (select timestamptz '2026-01-01' + (n / 7) * interval '1 second' as at) t`;

/** The last digit of a row's number says what becomes of it. */
const DELETED_BY_SQL = 3;
const DELETED_BY_API = 7;
const RENAMED_BY_API = 9;
const digitOf = (id: string): number | null =>
  id.startsWith('00000000-0000-7000-8000-') ? Number(id.at(-1)) : null;
const isUntouched = (id: string) =>
  ![null, DELETED_BY_SQL, DELETED_BY_API, RENAMED_BY_API].includes(digitOf(id));

interface Listed {
  id: string;
  title: string | null;
  createdAt: string;
}

let app: TestApp;
let wire: Wire;
beforeAll(async () => {
  app = await createTestApp();
  await withClient(app.database.adminUrl, async (client) => {
    await client.query(
      `insert into threadkeep.app_user (id, external_id) values ($1, 'ada'), ($2, 'bob')`,
      [OWNERS.ada, OWNERS.bob],
    );
    await client.query('set session_replication_role = replica');
    await client.query(SEED, [OWNERS.ada, OWNERS.bob]);
    await client.query('analyze threadkeep.conversation');
  });
  wire = new Wire(await app.listen());
});
afterAll(async () => {
  wire.close();
  await app.close();
});

const call = (method: string, path: string, body?: unknown) =>
  wire.json(
    method,
    path,
    { authorization: `Bearer ${app.serviceKey}`, 'threadkeep-user': 'ada' },
    body,
  );

const random = new Seeded(20_261_122);

interface Writes {
  inserted: number;
  deleted: number;
  renamed: number;
}

/** Some row with that last digit. */
const some = (digit: number) => idOf(random.integer(ROWS / 10) * 10 + digit);
const newTitle = () => `Title ${random.integer(5_000)}`;

/** Rows that come to stand anywhere in the order, and rows that go from anywhere. */
async function writeBySql(writes: Writes, isDone: () => boolean): Promise<void> {
  await withClient(app.database.adminUrl, async (client) => {
    const insert = `insert into threadkeep.conversation (user_id, id, title, created_at, updated_at) select $1, $2, $3, at, at from (select timestamptz '2026-01-01' + $4 * interval '1 second' as at) t`;
    while (!isDone()) {
      await client.query(insert, [OWNERS.ada, random.uuid(), newTitle(), random.integer(ROWS / 7)]);
      const { rowCount } = await client.query(
        'delete from threadkeep.conversation where user_id = $1 and id = $2',
        [OWNERS.ada, some(DELETED_BY_SQL)],
      );
      writes.inserted++;
      writes.deleted += rowCount ?? 0;
      await sleep(2);
    }
  });
}

async function writeByApi(writes: Writes, isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    const created = await call('POST', CONVERSATIONS, { title: newTitle() });
    const removed = await call('DELETE', `${CONVERSATIONS}/${some(DELETED_BY_API)}`);
    const renamed = await call('PATCH', `${CONVERSATIONS}/${some(RENAMED_BY_API)}`, {
      title: newTitle(),
    });
    writes.inserted += Number(created.status === 201);
    writes.deleted += Number(removed.status === 204);
    writes.renamed += Number(renamed.status === 200);
  }
}

async function walk(sort: string): Promise<Listed[]> {
  const seen: Listed[] = [];
  let cursor = '';
  do {
    const { status, text } = await call(
      'GET',
      `${CONVERSATIONS}?limit=100&sort=${sort}&fields=id,title,createdAt${cursor}`,
    );
    if (status !== 200) throw new Error(`a page was answered with ${status}: ${text}`);
    const { data, nextCursor } = JSON.parse(text) as { data: Listed[]; nextCursor: string | null };
    seen.push(...data);
    cursor = nextCursor === null ? '' : `&cursor=${nextCursor}`;
  } while (cursor);
  return seen;
}

/** Equals are told apart by their ids. */
const byKey = (key: (row: Listed) => string) => (a: Listed, b: Listed) =>
  key(a) + a.id < key(b) + b.id ? -1 : 1;
const orders: [sort: string, of: (rows: Listed[]) => Listed[]][] = [
  ['-createdAt', (rows) => rows.sort(byKey(({ createdAt }) => createdAt)).reverse()],
  ['title', (rows) => rows.sort(byKey(({ title }) => `${title ?? ''}\0`))],
];

describe(`a walk through ${ROWS} conversations, a hundred at a time, while others are made, renamed and deleted`, () => {
  it.each(orders)('meets what nobody touches once each, in order, by %s', async (sort, ordered) => {
    const { rows } = await app.database.admin(
      `select id, title, created_at from threadkeep.conversation where user_id = $1`,
      [OWNERS.ada],
    );
    const known = rows.map(
      ({ id, title, created_at: at }) =>
        ({ id, title, createdAt: (at as Date).toISOString() }) as Listed,
    );
    const expected = ordered(known.filter(({ id }) => isUntouched(id)));
    const writes = { inserted: 0, deleted: 0, renamed: 0 };
    let done = false;
    const writers = [writeBySql, writeByApi].map((write) => write(writes, () => done));
    const seen = await walk(sort).finally(() => (done = true));
    await Promise.all(writers);

    const met = seen.filter(({ id }) => isUntouched(id)).map(({ id }) => id);
    const wrong = met.findIndex((id, i) => id !== expected[i]?.id);
    expect({ met: met.length, firstWrong: wrong }).toEqual({
      met: expected.length,
      firstWrong: -1,
    });
    expect(expected.length).toBeGreaterThan(ROWS * 0.69);
    // What is renamed may stand before the walk and come to stand after it: it is no longer the same row to a list by title.
    const stays =
      sort === '-createdAt' ? seen : seen.filter(({ id }) => digitOf(id) !== RENAMED_BY_API);
    expect(new Set(stays.map(({ id }) => id)).size).toBe(stays.length);
    for (const count of Object.values(writes)) expect(count).toBeGreaterThan(50);
  });
});
