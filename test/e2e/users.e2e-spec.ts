import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';

describe('users', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp();
  });
  afterAll(() => app.close());

  it('creates a user and finds it by id and by externalId', async () => {
    const created = await app.service.post('/v1/users', { externalId: 'ada', name: 'Ada', settings: { theme: 'dark' } }).expect(201);
    const { body } = await app.service.get(`/v1/users/${created.body.id}`).expect(200);
    expect(body).toEqual(created.body);
    const list = await app.service.get('/v1/users?externalId=ada').expect(200);
    expect(list.body).toEqual({ data: [created.body], nextCursor: null });
  });
});
