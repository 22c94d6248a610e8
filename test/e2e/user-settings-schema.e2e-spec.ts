// The application can give a JSON Schema of the settings of its users.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

const SCHEMA = {
  type: 'object',
  properties: {
    locale: { type: 'string', pattern: '^[a-z]{2}$' },
    view: { type: 'object', properties: { size: { type: 'integer', maximum: 3 } } },
  },
  required: ['locale'],
  additionalProperties: false,
};

describe('with a schema of settings', () => {
  let app: TestApp;
  const directory = mkdtempSync(join(tmpdir(), 'threadkeep-schema-'));
  beforeAll(async () => {
    const file = join(directory, 'settings.json');
    writeFileSync(file, JSON.stringify(SCHEMA));
    app = await createTestApp({ USER_SETTINGS_SCHEMA_FILE: file });
  });
  afterAll(async () => {
    await app?.close();
    rmSync(directory, { recursive: true });
  });

  it('a user is stored and changed only with settings that fit', async () => {
    const refused = async (values: object, pointer: string) => {
      const answer = await app.service.post('/v1/users', values);
      const problem = expectProblem(answer, 422, 'user.settings_refused');
      expect(problem['errors']).toMatchObject([{ pointer }]);
    };
    await refused({}, '/settings');
    await refused({ settings: { locale: 'English' } }, '/settings/locale');
    await refused({ settings: { locale: 'en', other: 1 } }, '/settings');
    const settings = { locale: 'en', view: { size: 2 } };
    const { body } = await app.service.post('/v1/users', { settings }).expect(201);
    const problem = expectProblem(
      await app.actingFor(body.id).patch('/v1/users/me', { settings: { view: { size: 4 } } }),
      422,
      'user.settings_refused',
    );
    expect(problem['errors']).toMatchObject([
      { pointer: '/settings/view/size', message: 'must be <= 3' },
    ]);
    expectProblem(
      await app.service.patch(`/v1/users/${body.id}`, { settings: { locale: null } }),
      422,
      'user.settings_refused',
    );
    expect((await app.service.get(`/v1/users/${body.id}`)).body.settings).toEqual(settings);
    // What says nothing of settings is not held against the schema.
    await app.actingFor('made by a first write').post('/v1/conversations').expect(201);
    await app.actingFor('made by a first write').patch('/v1/users/me', { name: 'Ada' }).expect(200);
  });
});
