// How a user is named: one name is one person, whichever way it is written.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  await app.listen();
});
afterAll(() => app.close());

const utf8 = (text: string) => Buffer.from(text).toString('latin1');
const count = async () =>
  Number((await app.database.admin('select count(*) from threadkeep.app_user')).rows[0]!['count']);
const create = (externalId: unknown) => app.service.post('/v1/users', { externalId });

describe('a UUIDv7 as an externalId', () => {
  it.each([
    uuidv7(),
    uuidv7().toUpperCase(),
    ` ${uuidv7()} `,
    '01900000-0000-7000-0000-000000000000',
  ])('is refused at creation, at renaming and for the first write (%s)', async (name) => {
    const { id } = (await create(null).expect(201)).body;
    const before = await count();
    for (const refused of [
      await create(name),
      await app.service.patch(`/v1/users/${id}`, { externalId: name }),
    ]) {
      const problem = expectProblem(refused, 422, 'request.invalid_body');
      expect(problem['errors']).toEqual([
        { pointer: '/externalId', message: expect.stringContaining('external:<id>') },
      ]);
    }
    const unknown = expectProblem(
      await app.actingFor(name).post('/v1/conversations'),
      404,
      'access.user_not_found',
    );
    expect(unknown['detail']).toContain('external:<id>');
    expect(await count()).toBe(before);
  });

  it('is accepted with the prefix external:, and names nobody else', async () => {
    const name = uuidv7();
    const { id, externalId } = (await create(`external:${name}`).expect(201)).body;
    expect(externalId).toBe(name);
    expect((await app.actingFor(`external:${name}`).get('/v1/users/me')).body.id).toBe(id);
    expectProblem(await app.actingFor(name).get('/v1/users/me'), 404, 'access.user_not_found');
    const automatic = uuidv7();
    await app.actingFor(`external:${automatic}`).post('/v1/conversations').expect(201);
    expect(
      (await app.service.get(`/v1/users?externalId=external:${automatic}`)).body.data,
    ).toMatchObject([{ externalId: automatic }]);
  });

  it('is refused in any spelling when it is the id of a user or of a deleted one', async () => {
    const present = (await create('present').expect(201)).body.id as string;
    const removed = (await create('removed').expect(201)).body.id as string;
    await app.service.delete(`/v1/users/${removed}`).expect(204);
    for (const id of [present, removed]) {
      expectProblem(await create(`external:${id}`), 422, 'user.external_id_reserved');
      expectProblem(await create(id), 422, 'request.invalid_body');
      expectProblem(
        await app.actingFor(`external:${id}`).post('/v1/conversations'),
        403,
        'access.forbidden',
      );
    }
    const before = await count();
    expectProblem(
      await app.actingFor(removed).post('/v1/conversations'),
      404,
      'access.user_not_found',
    );
    expect(await count()).toBe(before);
  });

  it('does not include UUIDs of other versions, which are ordinary externalIds', async () => {
    for (const version of ['1', '4', '5', '8']) {
      const name = `5b1c9df0-6a8c-${version}a62-9d1c-2f0a5d7f1e${version}1`;
      const { id } = (await create(name).expect(201)).body;
      expect((await app.actingFor(name).get('/v1/users/me')).body.id).toBe(id);
      expect((await app.service.get(`/v1/users?externalId=${name}`)).body.data).toMatchObject([
        { id },
      ]);
    }
  });
});

describe('a word such as null or undefined as an externalId', () => {
  it.each([
    'undefined',
    'null',
    'NULL',
    'NaN',
    'nan',
    'None',
    'nil',
    '[object Object]',
    '[object Promise]',
    '(null)',
    'empty',
    ' null ',
    '{}',
    '""',
    '00000000-0000-0000-0000-000000000000',
  ])('is refused (%s)', async (name) => {
    const before = await count();
    expectProblem(await create(name), 422, 'request.invalid_body');
    const refused = expectProblem(
      await app.actingFor(name).post('/v1/conversations'),
      400,
      'request.invalid_query',
    );
    expect(refused['errors']).toEqual([
      {
        pointer: 'Threadkeep-User',
        message: expect.stringMatching(/value is missing; send the id/),
      },
    ]);
    expectProblem(
      await app.actingFor(`external:${name}`).post('/v1/conversations'),
      404,
      'access.user_not_found',
    );
    expectProblem(await create(`external:${name}`), 422, 'request.invalid_body');
    expect(await count()).toBe(before);
  });

  it.each(['', ' '])('is refused like an empty name (%j)', async (name) => {
    const before = await count();
    const refused = expectProblem(
      await app.actingFor(name).post('/v1/conversations'),
      400,
      'request.invalid_query',
    );
    expect(refused['errors']).toEqual([
      { pointer: 'Threadkeep-User', message: expect.stringMatching(/^is empty; send the id/) },
    ]);
    expect(await count()).toBe(before);
  });

  it('is accepted as a part of a longer one', async () => {
    for (const name of ['null island', 'nullable', 'Nan Goldin', 'none@example.com'])
      await create(name).expect(201);
  });
});

describe('an externalId in different spellings', () => {
  it.each([
    ['with spaces around it', ' zoë ', 'zoë'],
    ['in another normal form', 'zoe\u0308 2', 'zoë 2'],
    ['that was decoded as Latin-1', utf8('zoë 3'), 'zoë 3'],
    ['that was decoded so twice', utf8(utf8('zoë 4')), 'zoë 4'],
  ])('is the same user %s, in header, body and query', async (_title, written, kept) => {
    const { id, externalId } = (await create(written).expect(201)).body;
    expect(externalId).toBe(kept);
    for (const same of [written, kept, `external:${kept}`]) {
      expect((await app.actingFor(utf8(same)).get('/v1/users/me').expect(200)).body.id).toBe(id);
      expect(
        (await app.service.get(`/v1/users?externalId=${encodeURIComponent(same)}`)).body.data,
      ).toMatchObject([{ id }]);
    }
    expectProblem(await create(kept), 409, 'user.external_id_taken');
  });

  it('still names its user when it was stored before normalization', async () => {
    const old = uuidv7();
    await app.database.admin('insert into threadkeep.app_user (id, external_id) values ($1, $2)', [
      old,
      'ame\u0301lie',
    ]);
    expect(
      (await app.actingFor(utf8('ame\u0301lie')).get('/v1/users/me').expect(200)).body.id,
    ).toBe(old);
  });

  it.each(['a\nb', 'a\tb', 'a\u0085b', 'a\u2028b', 'a\ud800b', '\u0007'])(
    'must not have control characters (%j)',
    async (name) => {
      expect((await create(name)).status).toBe(422);
      expect(
        (await app.service.get(`/v1/users?externalId=${encodeURIComponent(name.toWellFormed())}`))
          .status,
      ).toBe(400);
      if (/^[^\n\t\ud800]*$/.test(name)) return;
      expect(
        (
          await app.service.get(
            `/v1/agent-configs/${uuidv7()}/effective?userId=${encodeURIComponent(name.toWellFormed())}`,
          )
        ).status,
      ).toBe(400);
    },
  );

  it('must not have NUL in the query', async () => {
    const path = `/v1/agent-configs/${uuidv7()}/effective`;
    expectProblem(await app.service.get(`${path}?userId=a%00b`), 400, 'request.invalid_query');
    expectProblem(await app.service.get(`${path}?userId=null`), 400, 'request.invalid_query');
    expectProblem(
      await app.service.get(`${path}?userId=${uuidv7()}`),
      404,
      'access.user_not_found',
    );
  });
});
