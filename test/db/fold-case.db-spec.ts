// Letters in capitals and not are the same on every server, whatever the locale of its database.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { QueryRunner } from 'typeorm';
import { FoldCaseEverywhere1795911735000 } from '../../migrations/1795911735000-fold-case-everywhere.js';
import { matchesWords } from '../../src/planner/word-search.js';
import { userList } from '../../src/users/user.list.js';
import { createTestDatabase, type TestDatabase, testRoles } from '../support/database.js';
import { foldLetter } from '../support/list-model.js';

const owner = `threadkeep_folding_${randomBytes(4).toString('hex')}`;
const migration = new FoldCaseEverywhere1795911735000();

let database: TestDatabase;
let client: pg.Client;
beforeEach(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  // It came after the migration, which is undone here, and depends on what that made.
  await client.query('drop index threadkeep.app_user__username');
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

const query = async (text: string, values?: unknown[]): Promise<object[]> =>
  (await client.query<object>(text, values)).rows;
const runner = { query } as unknown as QueryRunner;

/** Migrates as if the server had one collation only. */
const migrateWith = (collation: string): Promise<void> =>
  migration.up({
    query: (text: string) =>
      query(text.replace('order by place', `and known.name = '${collation}' order by place`)),
  } as unknown as QueryRunner);

/** Letters of scripts with two cases, as Unicode 12 has them. */
const LETTERS = [
  [0x41, 0x587],
  [0x10a0, 0x10ff],
  [0x13a0, 0x13fd],
  [0x1e00, 0x1fff],
  [0x2160, 0x217f],
  [0x24b6, 0x24e9],
  [0x2c80, 0x2cee],
  [0xa640, 0xa6ef],
  [0xff21, 0xff5a],
  [0x10400, 0x1044f],
].flatMap(([from, to]) => Array.from({ length: to! - from! + 1 }, (_, n) => from! + n));
const WORDS = ['ÜBER ΟΔΟΣ Σ.', 'İSTANBUL ıI', 'STRAẞE straße', 'ǄEP ǅep', 'ЁЛКА', 'I\u0307'];
const TEXTS = [...LETTERS.map((letter) => String.fromCodePoint(letter)), ...WORDS];

const folded = async (): Promise<unknown[]> =>
  (
    await client.query<{ folded: string }>(
      'select threadkeep.fold_case(t) as folded from unnest($1::text[]) with ordinality u (t, n) order by n',
      [TEXTS],
    )
  ).rows.map((row) => row.folded);

describe('texts without regard to case', () => {
  const expected = TEXTS.map((text) => [...text].map(foldLetter).join(''));

  it('have the small letter for each capital, in every script', async () => {
    expect(await folded()).toEqual(expected);
  });

  it('are the same for the login of requests', async () => {
    await query(`set role ${testRoles().app}`);
    expect(await folded()).toEqual(expected);
  });

  it('are the same with each collation that the server has', async () => {
    const { rows } = await client.query<{ name: string }>(
      `select distinct collname as name from pg_collation
        where collname in ('pg_c_utf8', 'C.utf8', 'C.UTF-8', 'und-x-icu')`,
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { name } of rows) {
      await migration.down(runner);
      await migrateWith(name);
      const [{ body }] = (await query(
        `select pg_get_functiondef('threadkeep.fold_case'::regproc) as body`,
      )) as [{ body: string }];
      expect(body).toContain(name);
      expect([name, await folded()]).toEqual([name, expected]);
    }
  });

  it('are folded by the locale of the database where no collation is known', async () => {
    await migration.down(runner);
    await migrateWith('no such collation');
    const [row] = await query(`select threadkeep.fold_case('ABC') as folded`);
    expect(row).toEqual({ folded: 'abc' });
  });
});

describe('words of tasks and events', () => {
  it.each([
    ['ÜBER den Fluss', 'über', true],
    ['Ёлка', 'ЁЛКА', true],
    ['say “hello” — now', 'hello', true],
    ['tea…milk', 'milk', true],
    ['100\u00a0apples', 'apple', true],
    ['🎉party', 'party', true],
    ['買い物、部屋', '部屋', true],
    ['née', 'ne', false],
    ['running', '“Run”', true],
  ])('"%s" is found by "%s": %s', async (text, words, found) => {
    const [row] = await query(`select ${matchesWords('$1::text', '$2::text')} as found`, [
      text,
      words,
    ]);
    expect(row).toEqual({ found });
  });
});

describe('e-mails that differ in case only', () => {
  const insert = (email: string, year = 2026) =>
    client.query(
      `insert into threadkeep.app_user (id, email, created_at) values (gen_random_uuid(), $1, $2)`,
      [email, `${year}-01-01`],
    );
  const TAKEN = { code: '23505', constraint: 'app_user__email' };

  /** As with the locale C, where these were two. */
  async function migrateTwins(): Promise<void> {
    await migration.down(runner);
    await query('drop index threadkeep.app_user__email');
    await query(
      `create unique index app_user__email on threadkeep.app_user (lower(email collate "C"))`,
    );
    await insert('ÜBER@mail.example', 2026);
    await insert('über@mail.example', 2025);
    await insert('Other@mail.example');
    // An owner that is no superuser: forced policies bind it.
    await query(`create role ${owner} nologin; grant usage, create on schema threadkeep to ${owner};
      alter table threadkeep.app_user owner to ${owner}; set role ${owner}`);
    await migration.up(runner);
    expect(await query('select from threadkeep.app_user')).toEqual([]);
    await query(`reset role; reassign owned by ${owner} to current_user`);
    await query(`drop owned by ${owner}; drop role ${owner}`);
  }

  it('are taken, in any script', async () => {
    await insert('Ünal.Ёлка@mail.example');
    await expect(insert('ünal.ёЛКА@MAIL.example')).rejects.toMatchObject(TAKEN);
  });

  it('stay with both users that have them, and are taken for all others', async () => {
    await migrateTwins();
    for (const email of [
      'Über@mail.example',
      'über@mail.example',
      'ÜBER@mail.example',
      'otheR@mail.example',
    ])
      await expect(insert(email)).rejects.toMatchObject(TAKEN);
    await insert('new@mail.example');
    const { rows } = await client.query<{ index: string }>(
      `select pg_get_indexdef('threadkeep.app_user__email'::regclass) as index`,
    );
    expect(rows[0]!.index).not.toContain('@');
    await query(`delete from threadkeep.app_user where email = 'ÜBER@mail.example'`);
    await expect(insert('Über@mail.example')).rejects.toMatchObject(TAKEN);
  });

  it.each([false, true])('are looked up by the index, with twins: %s', async (withTwins) => {
    if (withTwins) await migrateTwins();
    const email = userList.declaration.fields['email']!;
    await query('set enable_seqscan = off');
    for (const operator of ['eq', 'in'] as const) {
      const value = email.read(operator, 'x@mail.example');
      const condition = email.condition(operator, value, (type) => `$1::${type}`);
      const plan = await query(`explain select from threadkeep.app_user where ${condition}`, [
        value,
      ]);
      expect(JSON.stringify(plan)).toMatch(/app_user__email.*Index Cond/);
    }
  });
});

/** SQL whose result the locale of the database decides, and where it is right. */
const BY_LOCALE =
  /\b(?:lower|upper|initcap|casefold)\((?!\))|\bilike\b|~\*|\b(?:to_tsvector|\w*to_tsquery)\(/;
/** Of letters of ASCII, in the collation "C". */
const ALLOWED = [
  'src/langgraph/store/store.repository.ts',
  'src/memory/recall/word-scan.repository.ts',
  'src/planner/word-search.ts',
];

describe('SQL of the service', () => {
  it('folds case by threadkeep.fold_case only, and parses no words by a locale', () => {
    const root = join(import.meta.dirname, '..', '..');
    const files = ['src', 'migrations'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
        .map((file) => join(folder, file)),
    );
    const found = files.filter(
      (file) =>
        BY_LOCALE.test(readFileSync(join(root, file), 'utf8')) &&
        !(
          file.startsWith('migrations') &&
          file <= 'migrations/1795911735000-fold-case-everywhere.ts'
        ),
    );
    expect(found.sort()).toEqual(ALLOWED);
  });
});
