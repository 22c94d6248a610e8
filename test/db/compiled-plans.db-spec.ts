import { describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { createLogins, createTestDatabase } from '../support/database.js';

const SETTINGS = statement<{ jit: string; scans: string }>(
  'test.plan_settings',
  `select current_setting('jit') as jit, current_setting('enable_seqscan') as scans`,
);

const settingsOf = ({ app }: TestApp) =>
  app
    .get(RequestContexts)
    .runAsUser(uuidv7(), () =>
      app.get(ScopedDatabase).transaction(() => app.get(ScopedDatabase).read(SETTINGS, [])),
    );

describe('a transaction of a user compiles no plan: with scans of whole tables off, each one that is left has a cost beyond all bounds', () => {
  it('on connections of its own', async () => {
    const app = await createTestApp({ DB_TRANSACTION_POOLER: 'false' });
    expect(await settingsOf(app)).toEqual([{ jit: 'off', scans: 'off' }]);
    await app.close();
  });

  it('behind a transaction pooler', async () => {
    const database = await createTestDatabase();
    const logins = await createLogins(database);
    const app = await createTestApp({ ...logins, DB_TRANSACTION_POOLER: 'true' }, database);
    expect(await settingsOf(app)).toEqual([{ jit: 'off', scans: 'off' }]);
    await app.app.close();
    const names = Object.values(logins).map((url) => new URL(url).username);
    await database.admin(`drop role ${names.join(', ')}`);
    await database.drop();
  });
});
