// The migration that computes fingerprints anew gives each memory the one that the service computes.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import type { QueryRunner } from 'typeorm';
import { TellMemoriesApart1795911600000 } from '../../migrations/1795911600000-tell-memories-apart.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { withClient } from '../support/database.js';

let app: TestApp;
let ada: Caller;
let bob: Caller;
beforeAll(async () => {
  app = await createTestApp();
  [ada, bob] = [app.actingFor('ada'), app.actingFor('bob')];
});
const owner = `threadkeep_bound_${randomBytes(4).toString('hex')}`;
afterAll(async () => {
  const maintenance = String(
    Object.assign(new URL(app.database.adminUrl), { pathname: '/postgres' }),
  );
  await app.close();
  await withClient(maintenance, (client) => client.query(`drop role if exists ${owner}`));
});

interface Memory {
  id: string;
  revision: number;
  content: string;
}

const WHITE = [...'\t\v\f \u00a0\u1680\u2000\u200a\u202f\u205f\u3000\ufeff'];
const ODD_TEXTS = [
  'Dose is 5 mg',
  'Dose is .5 mg',
  'Dose\tis  "5"\u00a0mg \\ 1.',
  '喜欢茶。',
  'cafe\u0301 \u2028 \u0001 \u007f',
  '👩‍🚀 flies\u0085',
  '.',
  'ends twice..',
  'two。 ',
  ...WHITE.map((space) => `a${space}${space}b`),
  ...Array.from({ length: 31 }, (_, n) => `control ${n}: ${String.fromCharCode(n + 1)}x`),
  'Å K ﬁ ² Ａ',
];

const remember = async (who: Caller, memories: object[]): Promise<Memory[]> =>
  (await who.post('/v1/memories', { memories }).expect(201)).body.data;

/** As an owner of the table that is no superuser: forced policies bind it. */
async function migrate(client: Client): Promise<void> {
  await client.query(`create role ${owner} nologin; grant usage, create on schema threadkeep to ${owner};
    alter table threadkeep.memory owner to ${owner}; set role ${owner}`);
  const query = async (text: string, values?: unknown[]) =>
    (await client.query(text, values)).rows as object[];
  expect(await query('select from threadkeep.memory')).toEqual([]);
  await new TellMemoriesApart1795911600000().up({ query } as unknown as QueryRunner);
  expect(await query('select from threadkeep.memory')).toEqual([]);
}

describe('fingerprints that are computed anew', () => {
  it('are those of the service, and one of two memories keeps a shared one', async () => {
    const odd = ODD_TEXTS.map((content) => ({ content }));
    const episodes = ['2026-01-01T00:00:00Z', '2026-01-02T12:30:00.5Z'].map((validFrom) => ({
      kind: 'episode',
      content: 'Went swimming',
      validFrom,
    }));
    const many = Array.from({ length: 100 }, (_, n) => ({
      content: `Fact ${n}`,
      agentId: 'a"b\\',
    }));
    const sent = [...odd, ...episodes, ...many];
    const stored = await remember(ada, sent);
    const [kept, twin] = await remember(bob, [{ content: 'Twin' }, { content: 'Other' }]);
    const [edited] = await remember(bob, [{ content: 'Dose is .5 mg' }]);
    await bob.patch(`/v1/memories/${edited!.id}`, { content: 'Dose is 5 mg' }).expect(200);
    await withClient(app.database.adminUrl, async (client) => {
      await client.query(`update threadkeep.memory set content = 'Twin.' where id = $1`, [
        twin!.id,
      ]);
      await client.query(
        `update threadkeep.memory set fingerprint = decode(md5(id::text || $1), 'hex')`,
        [randomBytes(8).toString('hex')],
      );
      await migrate(client);
    });
    const again = await remember(ada, sent);
    expect(again.map(({ id }) => id)).toEqual(stored.map(({ id }) => id));
    const found = await bob.post('/v1/memories', { content: 'Twin' }).expect(200);
    expect([kept!.id, twin!.id]).toContain(found.body.id);
    expect((await bob.get('/v1/memories')).body.data).toHaveLength(3);

    // An earlier version has the fingerprint of its own text, by which it is known when it is back.
    await bob.post('/v1/memories/rollback', { asOf: edited!.revision }).expect(200);
    const known = await bob.post('/v1/memories', { content: 'Dose is .5 mg' }).expect(200);
    expect(known.body.id).toBe(edited!.id);
    await bob.post('/v1/memories', { content: 'Dose is 5 mg' }).expect(201);
  });
});
