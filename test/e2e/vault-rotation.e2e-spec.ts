// Keys that change while secrets are sealed and opened, and a rotation that ends anywhere.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runKeys } from '../../src/cli/keys-command.js';
import { loadConfig } from '../../src/platform/config/config.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { JobHandlers, JobInterruptedError, type JobRun } from '../../src/platform/jobs/index.js';
import { KeyRotation, type KeyStatus, Vault } from '../../src/platform/vault/index.js';
import { createTestApp, type TestApp, vaultKey } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { numberFromEnvironment } from '../support/seeded.js';
import { eventually } from '../support/wait.js';
import { inParallel } from '../support/wire.js';

const USERS = numberFromEnvironment('VAULT_USERS', 1_000);
const PLACE = { table: 'task', row: 'a row', column: 'title' };
const keysOf = (...names: string[]) => ({ VAULT_KEYS: names.map(vaultKey).join(',') });

let database: TestDatabase;
let app: TestApp;
/** Every user, and what was sealed for each; the service is null. */
let sealed: Map<string | null, Buffer>;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await createTestApp(keysOf('k1', 'k2', 'k3'), database);
  const { rows } = await database.admin(
    `insert into threadkeep.app_user (id, external_id) select gen_random_uuid(), n::text from generate_series(1, $1) n returning id`,
    [USERS],
  );
  sealed = new Map([[null, await as(null, app, (vault) => vault.seal(PLACE, 'secret of null'))]]);
  await inParallel(
    rows.map(({ id }) => id as string),
    20,
    async (id) => {
      sealed.set(id, await as(id, app, (vault) => vault.seal(PLACE, `secret of ${id}`)));
    },
  );
});
afterAll(async () => {
  await app.close();
  await database.drop();
});
/** As at the start: all under the first key. */
beforeEach(() => rotateTo(app));

function as<T>(
  user: string | null,
  { app: server }: TestApp,
  work: (vault: Vault) => Promise<T>,
): Promise<T> {
  const vault = server.get(Vault);
  if (user === null)
    return server.get(ScopedDatabase).runAsSystem('test the vault', () => work(vault));
  return server.get(RequestContexts).runAsUser(user, () => work(vault));
}

const asSystem = <T>(
  { app: server }: TestApp,
  work: (rotation: KeyRotation) => Promise<T>,
): Promise<T> =>
  server.get(ScopedDatabase).runAsSystem('test a rotation', () => work(server.get(KeyRotation)));
const statusOf = (one: TestApp): Promise<KeyStatus> =>
  asSystem(one, (rotation) => rotation.status());
const rotateTo = (one: TestApp) => asSystem(one, (rotation) => rotation.rewrap((write) => write()));

async function withApp<T>(
  names: string[],
  work: (one: TestApp) => Promise<T>,
  environment: Record<string, string> = {},
): Promise<T> {
  const one = await createTestApp({ ...keysOf(...names), ...environment }, database);
  try {
    return await work(one);
  } finally {
    await one.close();
  }
}

async function expectAllReadable(one: TestApp): Promise<void> {
  await inParallel([...sealed], 20, async ([user, value]) => {
    expect(await as(user, one, (vault) => vault.open(PLACE, value))).toBe(`secret of ${user}`);
  });
}

/** Opens and seals of random users in both processes until it is stopped. */
function load(apps: TestApp[]): { stop: () => Promise<{ done: number; errors: unknown[] }> } {
  const users = [...sealed.keys()];
  const outcome = { done: 0, errors: [] as unknown[] };
  let isStopped = false;
  const worker = async (n: number) => {
    for (let i = n; !isStopped; i += 7) {
      const user = users[(i * 31) % users.length]!;
      const one = apps[i % apps.length]!;
      const work = async (vault: Vault) => [
        await vault.open(PLACE, sealed.get(user)!),
        await vault.open(PLACE, await vault.seal(PLACE, 'more')),
      ];
      const texts = await as(user, one, work).catch((error: unknown) => error);
      outcome.done++;
      if (JSON.stringify(texts) !== JSON.stringify([`secret of ${user}`, 'more']))
        outcome.errors.push(texts);
    }
  };
  const workers = Array.from({ length: 8 }, (_, n) => worker(n));
  return { stop: async () => ((isStopped = true), await Promise.all(workers), outcome) };
}

/** The recurring job of the process, run as far as `steps`; then the process stops, before or after the work of the step. */
async function runJob(one: TestApp, steps: number, endsIn: 'before' | 'within'): Promise<number> {
  let taken = 0;
  const transactions = one.app.get(ScopedDatabase);
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    if (taken++ < steps) return transactions.transaction(work);
    if (endsIn === 'before') throw new JobInterruptedError('stopped');
    return transactions.transaction(async () => {
      await work();
      throw new JobInterruptedError('died before the commit');
    });
  };
  const job = { report: () => undefined, step } as unknown as JobRun;
  const run = transactions.runAsSystem('test a job', () =>
    one.app.get(JobHandlers).get('vault.rewrap').run({}, job),
  );
  await run.catch((error: unknown) => expect(error).toBeInstanceOf(JobInterruptedError));
  return taken;
}

describe("a rotation of the vault's key", () => {
  it('of ${USERS} users fails no concurrent request, and completes', async () => {
    await withApp(['k2', 'k1'], async (rotating) => {
      expect((await statusOf(rotating)).behind).toBe(USERS + 1);
      const traffic = load([app, rotating]);
      // Two at once, as of a command beside the job.
      const slowly = (rotation: KeyRotation) =>
        rotation.rewrap(async (write) => (await sleep(30), write()));
      const moved = await Promise.all([asSystem(rotating, slowly), asSystem(rotating, slowly)]);
      const { done, errors } = await traffic.stop();
      expect(errors).toEqual([]);
      expect(done).toBeGreaterThan(10);
      expect(moved[0] + moved[1]).toBe(USERS + 1);
      expect(await statusOf(rotating)).toEqual({
        current: 'k2',
        counts: [{ keyId: 'k2', dataKeys: USERS + 1 }],
        behind: 0,
      });
    });
    await withApp(['k2'], expectAllReadable);
  });

  it.each(['before', 'within'] as const)(
    'that is interrupted %s a step loses nothing, and continues',
    async (endsIn) => {
      await withApp(['k3', 'k1'], async (rotating) => {
        await runJob(rotating, 4, endsIn);
        const { behind } = await statusOf(rotating);
        expect([behind > 0, behind < USERS]).toEqual([true, true]);
        await expectAllReadable(rotating);
        const steps = await runJob(rotating, Infinity, endsIn);
        expect(steps).toBe(Math.ceil(behind / 100));
        expect((await statusOf(rotating)).behind).toBe(0);
        expect(await runJob(rotating, Infinity, endsIn)).toBe(0);
      });
      await withApp(['k3'], expectAllReadable);
    },
  );

  it('starts by itself after a restart with another key', async () => {
    await withApp(
      ['k2', 'k1'],
      async (rotating) => {
        await eventually(async () => {
          await database.admin(
            `update threadkeep.job set due_at = now(), wake_at = now() where name = 'vault.rewrap' and status = 'queued'`,
          );
          return (await statusOf(rotating)).behind === 0;
        });
        await eventually(async () => {
          const text = `select from threadkeep.job where name = 'vault.rewrap' and status = 'completed' and done = $1 and total = $1`;
          return (await database.admin(text, [USERS + 1])).rowCount === 1;
        });
        expect(
          (
            await database.admin(
              `select from threadkeep.job where name = 'vault.rewrap' and status = 'queued'`,
            )
          ).rowCount,
        ).toBe(1);
      },
      { JOB_CONCURRENCY: '1' },
    );
  });

  it('skips data keys that it cannot unwrap', async () => {
    const [user] = [...sealed.keys()].filter((one) => one !== null);
    const { rows } = await database.admin(
      'select wrapped from threadkeep.data_key where user_id = $1',
      [user],
    );
    await database.admin(`update threadkeep.data_key set key_id = 'lost' where user_id = $1`, [
      user,
    ]);
    await withApp(['k2', 'k1'], async (rotating) => {
      await runJob(rotating, Infinity, 'before');
      expect(await statusOf(rotating)).toMatchObject({
        counts: [
          { keyId: 'k2', dataKeys: USERS },
          { keyId: 'lost', dataKeys: 1 },
        ],
        behind: 1,
      });
    });
    const found = await database.admin(
      'select wrapped, key_id from threadkeep.data_key where user_id = $1',
      [user],
    );
    expect(found.rows).toEqual([{ ...rows[0], key_id: 'lost' }]);
    await database.admin(`update threadkeep.data_key set key_id = 'k1' where user_id = $1`, [user]);
    await expectAllReadable(app);
  });
});

describe('threadkeep keys', () => {
  async function run(
    command: string[],
    names: string[],
    signal?: AbortSignal,
    onLine: (line: string) => void = () => undefined,
  ) {
    const [out, error]: [string[], string[]] = [[], []];
    const config = () => loadConfig({ DATABASE_URL: database.adminUrl, ...keysOf(...names) });
    const write = (line: string) => (out.push(line), onLine(line));
    const code = await runKeys(command, {
      out: write,
      error: (line) => error.push(line),
      loadConfig: config,
      ...(signal ? { signal } : {}),
    });
    return { code, out, error };
  }
  const total = USERS + 1;

  it('reports old data keys, rotates while servers run, can be stopped, and continues', async () => {
    expect(await run(['status'], ['k1'])).toEqual({
      code: 0,
      error: [],
      out: ['Current key: k1', `  k1: ${total}`, `0 of ${total} data keys are behind.`],
    });
    expect(await run(['status'], ['k2', 'k1'])).toEqual({
      code: 2,
      error: [],
      out: [
        'Current key: k2',
        `  k1: ${total}, behind`,
        `${total} of ${total} data keys are behind.`,
      ],
    });
    const traffic = load([app]);
    const stop = new AbortController();
    const stopped = await run(
      ['rotate'],
      ['k2', 'k1'],
      stop.signal,
      (line) => line.startsWith('Rewrapped 201 ') && stop.abort(),
    );
    expect(stopped).toMatchObject({
      code: 2,
      error: [],
      out: expect.arrayContaining([
        'Stopped. To go on, run the same command again.',
        `${total - 201} data keys are behind.`,
      ]),
    });
    const done = await run(['rotate'], ['k2', 'k1']);
    expect(done).toMatchObject({ code: 0, error: [] });
    expect(done.out.slice(-2)).toEqual([
      `Rewrapped ${total - 201} of ${total - 201}.`,
      '0 data keys are behind.',
    ]);
    expect((await traffic.stop()).errors).toEqual([]);
    expect(await run(['rotate'], ['k2'])).toEqual({
      code: 0,
      error: [],
      out: ['0 data keys are behind.'],
    });
  });

  it('reports data keys that it cannot unwrap', async () => {
    const { code, out } = await run(['rotate'], ['k3']);
    expect([code, out.slice(-2)]).toEqual([
      2,
      [
        'The rest cannot be unwrapped: their keys are not configured here, or they are damaged.',
        `${total} data keys are behind.`,
      ],
    ]);
  });

  it('reports errors in one line', async () => {
    expect(await run(['rotate'], [])).toEqual({
      code: 1,
      out: [],
      error: [
        'There is no key to wrap with: set VAULT_KEYS or VAULT_KEYS_FILE as the servers have it.',
      ],
    });
    expect(await run(['status'], [])).toMatchObject({
      code: 2,
      out: expect.arrayContaining(['Current key: none']),
    });
    const [error]: [string[]] = [[]];
    expect(
      await runKeys(['status'], {
        out: () => undefined,
        error: (line) => error.push(line),
        loadConfig: () => loadConfig({ VAULT_KEYS: 'k1:hunter2' }),
      }),
    ).toBe(1);
    expect(error).toEqual([
      expect.stringMatching(
        /^The environment is not usable:\n {2}VAULT_KEYS: must be keys as (?!.*hunter2)/,
      ),
    ]);
    for (const words of [[], ['status', 'now'], ['turn']])
      expect(await run(words, [])).toMatchObject({
        code: 1,
        out: [],
        error: [expect.stringContaining('rotate')],
      });
  });

  it('prints a new key that the configuration accepts', async () => {
    const { code, out } = await run(['generate'], []);
    expect([code, out.length]).toEqual([0, 1]);
    expect(loadConfig({ VAULT_KEYS: `${out[0]!},${vaultKey('k1')}` }).vaultKeys).toHaveLength(2);
    expect((await run(['--help'], [])).code).toBe(0);
  });
});
