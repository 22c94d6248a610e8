// Secrets at rest on a real database: who can open what, and what is left of a secret.
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { RequestContexts, type Scope, UserDirectory } from '../../src/platform/context/index.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { KeyCustody, type VaultPlace, Vault } from '../../src/platform/vault/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const UNREADABLE = { code: 'vault.unreadable', definition: { status: 409 } };

let database: TestDatabase;
let app: TestApp;
beforeAll(async () => {
  database = await createTestDatabase();
  app = await createTestApp({}, database);
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const place = (more: Partial<VaultPlace> = {}): VaultPlace => ({
  table: 'task',
  row: 'a row',
  column: 'title',
  ...more,
});

async function newUsers(count: number): Promise<string[]> {
  const insert = `insert into threadkeep.app_user (id, external_id) select id, id::text from (select gen_random_uuid() as id from generate_series(1, $1)) made returning id`;
  return (await database.admin(insert, [count])).rows.map(({ id }) => id as string);
}

/** The vault as a user, or as the system. */
function as<T>(
  user: string | null,
  work: (vault: Vault) => Promise<T>,
  { app: server }: TestApp = app,
): Promise<T> {
  const vault = server.get(Vault);
  if (user === null)
    return server.get(ScopedDatabase).runAsSystem('test the vault', () => work(vault));
  return server.get(RequestContexts).runAsUser(user, () => work(vault));
}

const keysOf = async (user: string) =>
  (await database.admin('select * from threadkeep.data_key where user_id = $1', [user])).rows;

/** Every row of every table, as text; bytes are in hex. */
async function dump(): Promise<string> {
  const { rows } = await database.admin(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const tables = await Promise.all(
    rows.map(({ name }) => database.admin(`select t::text as line from ${name as string} t`)),
  );
  return tables.flatMap(({ rows: lines }) => lines.map(({ line }) => line as string)).join('\n');
}

describe('a sealed secret', () => {
  it('is opened by the user, or the service, that sealed it', async () => {
    const [ada] = await newUsers(1);
    for (const owner of [ada!, null]) {
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
          if (!text.isWellFormed())
            return expect(as(owner, (vault) => vault.seal(place(), text))).rejects.toThrow(
              TypeError,
            );
          expect(
            await as(owner, async (vault) => vault.open(place(), await vault.seal(place(), text))),
          ).toBe(text);
        }),
        { numRuns: 30 },
      );
    }
  });

  it('opens only with its user, table, row and column, and unchanged bytes', async () => {
    const [ada, bob] = (await newUsers(2)) as [string, string];
    const [hers, his, ours] = await Promise.all(
      [ada, bob, null].map((owner) => as(owner, (vault) => vault.seal(place(), 'a secret'))),
    );
    const swaps: [string | null, VaultPlace, Buffer][] = [
      [bob, place(), hers!],
      [ada, place(), his!],
      [null, place(), hers!],
      [ada, place(), ours!],
      [ada, place({ row: 'another' }), hers!],
      [ada, place({ column: 'description' }), hers!],
      [ada, place({ table: 'event' }), hers!],
      [ada, place({ table: 'tas', row: 'ka row' }), hers!],
      [ada, place(), Buffer.alloc(0)],
      ...Array.from({ length: hers!.length }, (_, at): [string, VaultPlace, Buffer] => [
        ada,
        place(),
        hers!.subarray(0, at),
      ]),
      ...Array.from({ length: hers!.length }, (_, at): [string, VaultPlace, Buffer] => [
        ada,
        place(),
        Buffer.from(hers!.map((byte, i) => (i === at ? byte ^ 1 : byte))),
      ]),
    ];
    for (const [owner, where, sealed] of swaps) {
      const failure = await as(owner, (vault) => vault.open(where, sealed)).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({
        ...UNREADABLE,
        message: 'This secret cannot be read',
        details: {},
      });
    }
    expect(await as(ada, (vault) => vault.open(place(), hers!))).toBe('a secret');
  });

  it("does not open with another user's data key in place of the own one", async () => {
    const [ada, bob] = (await newUsers(2)) as [string, string];
    const hers = await as(ada, (vault) => vault.seal(place(), 'a secret'));
    await as(bob, (vault) => vault.seal(place(), 'his'));
    await database.admin(
      `update threadkeep.data_key b set wrapped = a.wrapped from threadkeep.data_key a where a.user_id = $1 and b.user_id = $2`,
      [ada, bob],
    );
    await expect(as(bob, (vault) => vault.open(place(), hers))).rejects.toMatchObject(UNREADABLE);
    await expect(as(bob, (vault) => vault.seal(place(), 'more'))).rejects.toMatchObject(UNREADABLE);
  });

  it('is nowhere in the database in plain text, and neither is its key', async () => {
    const [ada] = await newUsers(1);
    const planted = `planted-${randomBytes(12).toString('hex')}`;
    const title = await as(ada!, (vault) => vault.seal(place(), planted));
    await database.admin(
      `insert into threadkeep.signing_key (name, secret) values ('where a feature would put it', $1)`,
      [title],
    );
    const custody = app.app.get(KeyCustody);
    const [{ key_id, wrapped } = {}] = await keysOf(ada!);
    const dataKey = await custody.unwrap(
      { keyId: key_id as string, wrapped: wrapped as Buffer },
      `threadkeep data key of ${ada!}`,
    );
    const stored = await dump();
    expect(stored).toContain(title.toString('hex'));
    for (const secret of [Buffer.from(planted), dataKey]) {
      for (const encoding of ['latin1', 'hex', 'base64'] as const)
        expect(stored.includes(secret.toString(encoding))).toBe(false);
    }
  });
});

describe('a data key', () => {
  it.each([1, 2, 3])(
    'is created once when ten first secrets are sealed concurrently (%i)',
    async () => {
      const other = await createTestApp({}, database);
      const [ada] = (await newUsers(1)) as [string];
      const sealed = await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          as(ada, (vault) => vault.seal(place(), `secret ${i}`), i % 2 ? other : app),
        ),
      );
      for (const [i, one] of sealed.entries())
        expect(await as(ada, (vault) => vault.open(place(), one), i % 2 ? app : other)).toBe(
          `secret ${i}`,
        );
      expect(await keysOf(ada)).toHaveLength(1);
      await other.close();
    },
  );

  it('is shared by two racing transactions, whether the first commits or not', async () => {
    const transactions = app.app.get(ScopedDatabase);
    for (const commits of [true, false]) {
      const [ada] = (await newUsers(1)) as [string];
      const seal = (vault: Vault) => vault.seal(place(), 'a secret');
      const failing = async (vault: Vault) => {
        await seal(vault);
        throw new Error('rolled back');
      };
      const [first, second] = await Promise.allSettled([
        as(ada, (vault) => transactions.transaction(() => (commits ? seal : failing)(vault))),
        as(ada, (vault) => transactions.transaction(() => seal(vault))),
      ]);
      expect([first.status, second.status]).toEqual([
        commits ? 'fulfilled' : 'rejected',
        'fulfilled',
      ]);
      for (const one of [first, second])
        if (one.status === 'fulfilled')
          expect(await as(ada, (vault) => vault.open(place(), one.value))).toBe('a secret');
      expect(await keysOf(ada)).toHaveLength(1);
    }
  });

  it.each([true, false])(
    'is created together with a new user, also by two racing requests (in transactions: %s)',
    async (inTransaction) => {
      const directory = app.app.get(UserDirectory);
      const externalId = randomUUID();
      const scopes = (await Promise.all(
        [1, 2, 3].map(async () => directory.resolve(externalId)),
      )) as Scope[];
      const work = () => app.app.get(Vault).seal(place(), 'a secret');
      const seal = () => (inTransaction ? app.app.get(ScopedDatabase).transaction(work) : work());
      const sealed = await Promise.all(
        scopes.map((scope) => app.app.get(RequestContexts).runIn(scope, seal)),
      );
      const { rows } = await database.admin(
        'select id from threadkeep.app_user where external_id = $1',
        [externalId],
      );
      for (const one of sealed)
        expect(await as(rows[0]!['id'] as string, (vault) => vault.open(place(), one))).toBe(
          'a secret',
        );
    },
  );

  it('needs an existing user', async () => {
    await expect(
      as(randomUUID(), (vault) => vault.seal(place(), 'a secret')),
    ).rejects.toMatchObject({ constraint: 'data_key__user_fk' });
  });

  it('is unwrapped once for concurrent uses, and again only after a change', async () => {
    const [ada] = (await newUsers(1)) as [string];
    const sealed = await as(ada, (vault) => vault.seal(place(), 'a secret'));
    const unwrap = jest.spyOn(app.app.get(KeyCustody), 'unwrap');
    await Promise.all(
      Array.from({ length: 20 }, () => as(ada, (vault) => vault.open(place(), sealed))),
    );
    expect(unwrap.mock.calls.length).toBe(0);
    await as(ada, (vault) => vault.shred());
    const again = await as(ada, (vault) => vault.seal(place(), 'another'));
    await Promise.all(
      Array.from({ length: 20 }, () => as(ada, (vault) => vault.open(place(), again))),
    );
    expect(unwrap.mock.calls.length).toBe(1);
    unwrap.mockRestore();
  });
});

describe('shredding a data key', () => {
  it('makes the secrets of this user unreadable at once, in every process', async () => {
    const other = await createTestApp({}, database);
    const [ada, bob] = (await newUsers(2)) as [string, string];
    const [hers, his] = (await Promise.all(
      [ada, bob].map((user) => as(user, (vault) => vault.seal(place(), 'a secret'))),
    )) as [Buffer, Buffer];
    for (const one of [app, other])
      expect(await as(ada, (vault) => vault.open(place(), hers), one)).toBe('a secret');
    expect(await as(ada, (vault) => vault.shred())).toBe(true);
    expect(await as(ada, (vault) => vault.shred())).toBe(false);
    // Also once there is a new key, which the other process makes.
    for (const sealAgain of [false, true]) {
      const again = sealAgain
        ? await as(ada, (vault) => vault.seal(place(), 'another'), other)
        : null;
      for (const one of [app, other]) {
        await expect(as(ada, (vault) => vault.open(place(), hers), one)).rejects.toMatchObject(
          UNREADABLE,
        );
        if (again)
          expect(await as(ada, (vault) => vault.open(place(), again), one)).toBe('another');
        expect(await as(bob, (vault) => vault.open(place(), his), one)).toBe('a secret');
      }
    }
    await other.close();
  });

  it('happens when the user is deleted', async () => {
    const [ada] = (await newUsers(1)) as [string];
    const sealed = await as(ada, (vault) => vault.seal(place(), 'a secret'));
    await app.service.delete(`/v1/users/${ada}`).expect(204);
    expect(await keysOf(ada)).toEqual([]);
    await expect(as(ada, (vault) => vault.open(place(), sealed))).rejects.toMatchObject(UNREADABLE);
  });

  it('is not possible for the service', async () => {
    await expect(as(null, (vault) => vault.shred())).rejects.toMatchObject({
      name: 'ScopeMissingError',
    });
  });
});

describe('a service without vault keys', () => {
  it('starts, and explains why it can neither seal nor open', async () => {
    const [ada, bob] = (await newUsers(2)) as [string, string];
    const sealed = await as(ada, (vault) => vault.seal(place(), 'a secret'));
    const bare = await createTestApp({ VAULT_KEYS: '' }, database);
    await expect(as(bob, (vault) => vault.seal(place(), 'a secret'), bare)).rejects.toMatchObject({
      code: 'vault.not_configured',
      definition: { status: 503 },
    });
    await expect(as(ada, (vault) => vault.open(place(), sealed), bare)).rejects.toMatchObject({
      code: 'vault.key_missing',
      definition: { status: 503 },
    });
    await expect(as(bob, (vault) => vault.open(place(), sealed), bare)).rejects.toMatchObject(
      UNREADABLE,
    );
    await bare.close();
  });
});
