// Migrations while others migrate, are killed, or serve: one runs, nothing is left half done, and no request fails.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrate } from '../../src/platform/database/index.js';
import { schema } from '../../src/schema.js';
import { Api } from '../support/api.js';
import { createTestApp } from '../support/app.js';
import { catalogOf } from '../support/catalog.js';
import { createTestDatabase, type TestDatabase, withClient } from '../support/database.js';
import { plainEnvironment, PROJECT } from '../support/npm.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { Wire } from '../support/wire.js';

const SEED = numberFromEnvironment('SEED', Date.now() % 1_000_000);
const KILLS = numberFromEnvironment('KILLS', 6);
const SECONDS = numberFromEnvironment('SECONDS', 8);
/** Requests a second, at their time whether or not those before were answered. */
const RATE = 50;

const catalog = (database: TestDatabase) => withClient(database.adminUrl, catalogOf);

/** `npm run migrate`, without npm, so that a signal meets it. */
class Runner {
  output = '';
  readonly child: ChildProcess;
  readonly exit: Promise<unknown[]>;

  constructor(adminUrl: string) {
    const env = { ...plainEnvironment(), DATABASE_ADMIN_URL: adminUrl };
    this.child = spawn(process.execPath, [join(PROJECT, 'dist/src/cli/threadkeep.js'), 'migrate'], {
      cwd: PROJECT,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.exit = once(this.child, 'close');
  }
}

const NOTED =
  'select count(*)::int as count, count(distinct name)::int as names from threadkeep.threadkeep_migrations';
const INVALID = 'select indexrelid::regclass::text from pg_index where not indisvalid';

describe('migrations of a database that is still empty', () => {
  let database: TestDatabase;
  let reference: string[];
  beforeEach(async () => {
    const whole = await createTestDatabase({ template: null });
    await migrate(schema, whole.adminUrl);
    reference = await catalog(whole);
    await whole.drop();
    database = await createTestDatabase({ template: null });
  });
  afterEach(() => database.drop());

  async function expectComplete(): Promise<void> {
    expect(await catalog(database)).toEqual(reference);
    expect((await database.admin(NOTED)).rows).toEqual([
      { count: schema.migrations.length, names: schema.migrations.length },
    ]);
    expect((await database.admin(INVALID)).rows).toEqual([]);
  }

  it('are run by exactly one of three processes that start at once', async () => {
    const runners = [1, 2, 3].map(() => new Runner(database.adminUrl));
    expect(await Promise.all(runners.map(({ exit }) => exit))).toEqual(Array(3).fill([0, null]));
    expect(runners.filter(({ output }) => output.includes('CreateFoundation')).length).toBe(1);
    expect(runners.filter(({ output }) => output.includes('Nothing to migrate.')).length).toBe(2);
    await expectComplete();
  });

  it(`are completed by the next process when ${KILLS} were killed in the middle`, async () => {
    console.log(`SEED=${SEED}`);
    const random = new Seeded(SEED);
    const done: number[] = [];
    for (let i = 0; i < KILLS; i++) {
      const runner = new Runner(database.adminUrl);
      const started = `select from pg_stat_activity where datname = current_database() and application_name like 'threadkeep%'`;
      while ((await database.admin(started)).rowCount === 0 && runner.child.exitCode === null)
        await sleep(5);
      await sleep(random.integer(250));
      runner.child.kill('SIGKILL');
      await runner.exit;
      const noted = await database.admin(NOTED).then(
        ({ rows }) => Number(rows[0]!['count']),
        () => 0,
      );
      // What is there is whole: a migration is noted in the transaction that makes it.
      expect(noted).toBeGreaterThanOrEqual(done.at(-1) ?? 0);
      done.push(noted);
    }
    console.log(
      `migrations done after each kill: ${done.join(', ')} of ${schema.migrations.length}`,
    );
    const last = new Runner(database.adminUrl);
    expect(await last.exit).toEqual([0, null]);
    await expectComplete();
  });
});

const alter = (...statements: string[]) =>
  class implements MigrationInterface {
    name = 'NextRelease1999999999999';
    up = async (runner: QueryRunner): Promise<void> => {
      for (const statement of statements) await runner.query(statement);
    };
    down = () => Promise.resolve();
  };

/** Of the kind that releases bring: every table that requests use is altered, and one of them is rewritten. */
const NEXT = alter(
  'alter table threadkeep.conversation add column mood text',
  `alter table threadkeep.message add column language text not null default 'en'`,
  'create index message__language on threadkeep.message (user_id, language)',
  'alter table threadkeep.idempotency_key add column note text',
  `alter table threadkeep.message add constraint message__language_known check (language <> '')`,
);

describe('a migration under load', () => {
  it(
    `lets a process of the earlier version answer all ${RATE} requests a second`,
    async () => {
      const database = await createTestDatabase();
      // As one that was migrated in its place, and not copied: its roles are its own already.
      await migrate(schema, database.adminUrl);
      const app = await createTestApp({}, database);
      const api = new Api(await app.listen(), {
        authorization: `Bearer ${app.serviceKey}`,
        'threadkeep-user': 'ada',
      });
      const wire = new Wire(await app.app.getUrl(), 200);
      const headers = { authorization: `Bearer ${app.serviceKey}`, 'threadkeep-user': 'ada' };
      const conversations = await Promise.all(
        [1, 2, 3, 4].map(async () => (await api.post<{ id: string }>('/v1/conversations')).body.id),
      );
      const answers: { status: number; took: number; text: string }[] = [];
      const sent: Promise<void>[] = [];
      const fire = (n: number): Promise<void> => {
        const path = `/v1/conversations/${conversations[n % conversations.length]}/messages`;
        const begun = Date.now();
        const answer =
          n % 2
            ? wire.json(
                'POST',
                path,
                { ...headers, 'idempotency-key': `k${n}` },
                { role: 'user', content: `m${n}` },
              )
            : wire.json('GET', `${path}?limit=5`, headers);
        return answer.then(
          ({ status, text }) => void answers.push({ status, took: Date.now() - begun, text }),
        );
      };
      const begun = Date.now();
      const load = (async () => {
        for (let n = 0; n < RATE * SECONDS; n++) {
          await sleep(Math.max(0, begun + (n * 1000) / RATE - Date.now()));
          sent.push(fire(n));
        }
      })();
      await sleep(1_000);
      // Somebody's report holds a table for longer than a migration waits for it: the migration has to step back and let requests pass.
      const report = withClient(app.database.adminUrl, async (client) => {
        await client.query('begin');
        await client.query('select count(*) from threadkeep.message');
        await sleep(3_000);
        await client.query('commit');
      });
      const next = { ...schema, migrations: [...schema.migrations, NEXT] };
      const [ran] = await Promise.all([migrate(next, app.database.adminUrl), report]);
      expect(ran).toEqual(['NextRelease1999999999999']);
      await load;
      await Promise.all(sent);
      const failed = answers.filter(({ status }) => status >= 300);
      console.log(
        `${answers.length} requests, slowest ${Math.max(...answers.map(({ took }) => took))} ms, ${failed.length} failed`,
      );
      expect(failed.slice(0, 3)).toEqual([]);
      expect(answers.length).toBe(RATE * SECONDS);
      wire.close();
      api.close();
      await app.close();
      await database.drop();
    },
    (SECONDS + 120) * 1000,
  );
});
