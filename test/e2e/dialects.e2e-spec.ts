// Manners of all routes that speak the dialect of another API, and of no others.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApi, type StartedApi } from '../support/started-api.js';

interface Asked {
  method: string;
  /** A path without parameters. */
  path: string;
}

let api: StartedApi;
let dialects: Asked[];
let others: Asked[];
beforeAll(async () => {
  api = await startApi();
  const secured = api.operations
    .filter((operation) => operation.secured)
    .map(({ method, path }) => ({ method, path: path.replace(/:\w+/g, 'nothing') }));
  dialects = secured.filter(({ path }) => path.startsWith('/compat/'));
  others = secured.filter(({ path }) => !path.startsWith('/compat/'));
});
afterAll(() => api?.close());

/** What each is answered, as `METHOD /path status`. The user's name makes a service key do for all. */
async function answersOf(
  asked: readonly Asked[],
  headers: Record<string, string>,
  end = '',
): Promise<string[]> {
  const answers: string[] = [];
  for (const { method, path } of asked) {
    const body = method === 'GET' || method === 'DELETE' ? undefined : {};
    const sent = { 'threadkeep-user': 'ada', ...headers };
    const { status } = await api.wire.json(method, `${path}${end}`, sent, body);
    answers.push(`${method} ${path} ${status}`);
  }
  return answers;
}
const refused = (asked: readonly Asked[]) =>
  asked.map(({ method, path }) => `${method} ${path} 401`);
const bearer = () => ({ authorization: `Bearer ${api.app.serviceKey}` });

describe('a route of a dialect', () => {
  it('is one of every door', () => {
    const doors = new Set(dialects.map(({ path }) => path.split('/')[2]));
    expect([...doors].sort()).toEqual(['mem0', 'openai']);
    expect(dialects.length).toBeGreaterThanOrEqual(19);
  });

  it('takes the key in any form that clients send', async () => {
    const expected = await answersOf(dialects, bearer());
    for (const answer of expected) expect(answer).not.toMatch(/ 40[135]$/);
    const key = api.app.serviceKey;
    for (const headers of [
      { authorization: `Token ${key}` },
      { authorization: `token ${key}` },
      { 'x-api-key': key },
      { authorization: `Bearer ${key}`, 'x-api-key': 'another' },
    ])
      expect(await answersOf(dialects, headers)).toEqual(expected);
  });

  it('refuses what is no key, in any form', async () => {
    const unknown = `tk_${'A'.repeat(43)}`;
    for (const headers of [
      { authorization: `Token ${unknown}` },
      { 'x-api-key': unknown },
      { 'x-api-key': '' },
      { 'x-api-key': 'x'.repeat(9_000) },
      { authorization: `Basic ${api.app.serviceKey}` },
      // The form that is checked is the one that says more.
      { authorization: `Bearer ${unknown}`, 'x-api-key': api.app.serviceKey },
    ])
      expect(await answersOf(dialects, headers)).toEqual(refused(dialects));
  });

  it('may be called with a slash at the end, and no more', async () => {
    const expected = await answersOf(dialects, bearer());
    expect(await answersOf(dialects, bearer(), '/')).toEqual(expected);
    const some = dialects.filter(({ path }) => !path.includes('nothing'));
    for (const answer of await answersOf(some, bearer(), '//')) expect(answer).toMatch(/ 404$/);
  });
});

describe('any other route', () => {
  it('takes no key but a bearer', async () => {
    const key = api.app.serviceKey;
    for (const headers of [{ authorization: `Token ${key}` }, { 'x-api-key': key }])
      expect(await answersOf(others, headers)).toEqual(refused(others));
  });

  it('is not there with a slash at the end', async () => {
    const some = others.filter(({ path }) => !path.includes('nothing'));
    for (const answer of await answersOf(some, bearer(), '/')) expect(answer).toMatch(/ 404$/);
  });
});
