// Mistakes of the first hour: each answer says what to do next.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let ada: Caller;
beforeAll(async () => {
  app = await createTestApp();
  ada = app.actingFor('ada');
});
afterAll(() => app.close());

describe('an answer says what to do next', () => {
  it.each(['tk_nonsense', '"tk_quoted"', '$KEY', `tk_${'a'.repeat(43)}`])(
    'to a key that is %s',
    async (key) => {
      const response = await app.anonymous
        .with({ authorization: `Bearer ${key}`, 'threadkeep-user': 'ada' })
        .get('/v1/conversations');
      expect(expectProblem(response, 401, 'access.unauthenticated')).toMatchObject({
        detail: 'The key or token is unknown, expired or revoked, or its user is disabled.',
      });
    },
  );

  it.each([
    ['/messages', { role: 'user', content: 'Hello' }],
    ['/context', { budgetTokens: 1000 }],
  ])('to a first %s of a conversation that is not there', async (path, body) => {
    const place = `/v1/conversations/key:first${encodeURIComponent(path)}${path}`;
    const response = await ada.post(place, body);
    expect(expectProblem(response, 404, 'conversation.not_found')).toMatchObject({
      detail: 'Send createIfMissing=true in the query to make it with this request.',
    });
    const { status } = await ada.post(`${place}?createIfMissing=true`, body);
    expect([200, 201]).toContain(status);
  });

  it('to a context to reproduce of a conversation that is not there, without a way to make it', async () => {
    const place = '/v1/conversations/key:no-manifests/context?createIfMissing=true';
    const response = await ada.post(place, { manifestId: '0190b8a8-0000-7000-8000-000000000001' });
    expect(expectProblem(response, 404, 'conversation.not_found')).not.toHaveProperty('detail');
  });

  it.each([
    ['/v1/conversations/lunch', 'a key of at most 255 characters, such as key:thread-1'],
    ['/v1/conversations/lunch/messages', 'a key of at most 255 characters, such as key:thread-1'],
    ['/v1/users/ada', 'an externalId, such as key:ada'],
  ])('to the name without key: in %s', async (path, form) => {
    const who = path.startsWith('/v1/users') ? app.service : ada;
    const response = await who.get(path);
    expect(expectProblem(response, 400, 'request.invalid_query')['errors']).toEqual([
      { pointer: ':id', message: `must be a UUID, or key: and ${form}` },
    ]);
  });

  it('to If-Match without quotes', async () => {
    await ada.put('/v1/conversations/key:lunch', { title: 'Lunch' }).expect(201);
    const response = await ada
      .patch('/v1/conversations/key:lunch', { title: 'Dinner' })
      .set('If-Match', '1');
    expect(expectProblem(response, 412, 'request.precondition_failed')).toMatchObject({
      detail: 'If-Match takes an ETag as an answer had it, in double quotes: "1".',
    });
  });
});
