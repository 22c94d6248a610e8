// The API of mem0: memories of a user in the dialect of the hosted service, over our own memories.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

const BASE = '/compat/mem0';
const ADD = `${BASE}/v3/memories/add/`;
const LIST = `${BASE}/v3/memories/`;
const SEARCH = `${BASE}/v3/memories/search/`;
const ONE = `${BASE}/v1/memories`;

interface Shown {
  id: string;
  memory: string;
  [field: string]: unknown;
}

let api: TestApp;
/** As the client sends a service key. */
let service: Caller;
beforeAll(async () => {
  api = await createTestApp();
  service = api.anonymous.with({ authorization: `Token ${api.serviceKey}` });
});
afterAll(() => api.close());

let count = 0;
const newName = () => `mem0-user-${++count}`;
const said = (...contents: string[]) => contents.map((content) => ({ role: 'user', content }));
const add = async (user: string, contents: string[], more: object = {}): Promise<Shown[]> =>
  (await service.post(ADD, { messages: said(...contents), user_id: user, ...more }).expect(200))
    .body.results;
const list = async (filters: object, query = ''): Promise<Shown[]> =>
  (await service.post(`${LIST}${query}`, { filters }).expect(200)).body.results;
const textsOf = (memories: Shown[]) => memories.map(({ memory }) => memory).sort();
const keyOf = async (user: string): Promise<Caller> => {
  const { key } = (await api.service.post('/v1/api-keys', { name: user, user }).expect(201)).body;
  return api.anonymous.with({ authorization: `Token ${key as string}` });
};

describe('the ping of the constructor', () => {
  it('takes a service key that names nobody, and a key of a user', async () => {
    const user = newName();
    await add(user, ['Likes tea.']);
    for (const caller of [service, api.service, api.actingFor(user), await keyOf(user)])
      expect((await caller.get(`${BASE}/v1/ping/`).expect(200)).body).toEqual({
        status: 'ok',
        org_id: null,
        project_id: null,
        user_email: null,
      });
  });

  it('refuses what is no key, in words where the client looks for them', async () => {
    const unknown = api.anonymous.with({ authorization: `Token tk_${'A'.repeat(43)}` });
    const answer = await unknown.get(`${BASE}/v1/ping`);
    const body = expectProblem(answer, 401, 'access.unauthenticated');
    expect(body['detail']).toEqual(expect.stringMatching(/\S/));
    expect(body['message']).toBe(body['detail']);
  });

  it('needs the scope act where it names a user', async () => {
    const { key } = (
      await api.service.post('/v1/api-keys', { name: 'x', scopes: ['read'] }).expect(201)
    ).body;
    const reader = api.anonymous.with({ authorization: `Token ${key as string}` });
    await reader.get(`${BASE}/v1/ping`).expect(200);
    const naming = reader.with({ 'threadkeep-user': newName() });
    expectProblem(await naming.get(`${BASE}/v1/ping`), 403, 'access.scope_missing');
  });

  it('needs the scope read', async () => {
    const body = { name: 'x', scopes: ['act', 'write'] };
    const { key } = (await api.service.post('/v1/api-keys', body).expect(201)).body;
    const caller = api.anonymous.with({ authorization: `Token ${key as string}` });
    expectProblem(await caller.get(`${BASE}/v1/ping`), 403, 'access.scope_missing');
  });
});

describe('adding', () => {
  it('stores what was said, message by message, and says that nothing was extracted', async () => {
    const user = newName();
    const { body } = await service
      .post(ADD, {
        messages: [
          { role: 'system', content: 'You are kind.' },
          { role: 'user', content: 'I am  allergic to peanuts.\n' },
          { role: 'assistant', content: 'Noted!' },
        ],
        user_id: user,
        agent_id: 'cook',
        run_id: 'evening',
        app_id: 'kitchen',
        metadata: { topicName: 'food', nested: { userId: 1 } },
        infer: true,
        timestamp: 1_767_225_600,
        expiration_date: '2999-12-31',
        output_format: 'v1.1',
        version: 'v2',
        async_mode: false,
      })
      .expect(200);
    expect(body).toMatchObject({
      status: 'SUCCEEDED',
      message: expect.stringContaining('Nothing was extracted'),
    });
    const common = {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      user_id: user,
      agent_id: 'cook',
      run_id: 'evening',
      app_id: 'kitchen',
      metadata: { topicName: 'food', nested: { userId: 1 } },
      categories: [],
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
      expiration_date: '2999-12-31',
      event: 'ADD',
    };
    expect(body.results).toEqual([
      { ...common, memory: 'I am  allergic to peanuts.\n' },
      { ...common, memory: 'Noted!' },
    ]);
    const own = await api
      .actingFor(user)
      .get(`/v1/memories/${body.results[0].id as string}`)
      .expect(200);
    expect(own.body).toMatchObject({
      content: 'I am  allergic to peanuts.\n',
      agentId: 'cook',
      validFrom: '2026-01-01T00:00:00.000Z',
      expiresAt: '3000-01-01T00:00:00.000Z',
    });
    const talk = await api.actingFor(user).get('/v1/conversations/key:evening').expect(200);
    expect(own.body.conversationId).toBe(talk.body.id);
  });

  it('again changes nothing, and says so', async () => {
    const user = newName();
    const [first] = await add(user, ['Likes tea.']);
    const again = await add(user, ['Likes tea.', 'Likes tea.']);
    expect(again.map(({ id, event }) => [id, event])).toEqual([
      [first!.id, 'NOOP'],
      [first!.id, 'NOOP'],
    ]);
    expect(await list({ user_id: user })).toHaveLength(1);
  });

  it('keeps the same text of two agents, and of two runs, apart', async () => {
    const user = newName();
    for (const more of [{}, { agent_id: 'a' }, { agent_id: 'b' }, { run_id: 'a' }, { run_id: 'b' }])
      expect(await add(user, ['yes'], more)).toMatchObject([{ event: 'ADD' }]);
    expect(await list({ user_id: user })).toHaveLength(5);
    expect(await list({ user_id: user, run_id: 'b' })).toMatchObject([{ run_id: 'b' }]);
  });

  it('makes one memory and one conversation of racing requests', async () => {
    const user = newName();
    await add(user, ['x']);
    const racing = await Promise.all(
      Array.from({ length: 8 }, () => add(user, ['Likes tea.'], { run_id: 'race' })),
    );
    expect(new Set(racing.map(([memory]) => memory!.id)).size).toBe(1);
    expect(racing.filter(([memory]) => memory!['event'] === 'ADD')).toHaveLength(1);
    const talks = await api.actingFor(user).get('/v1/conversations').expect(200);
    expect(talks.body.data).toMatchObject([{ key: 'race' }]);
  });

  it('with the same Idempotency-Key is answered with the same', async () => {
    const user = newName();
    const caller = service.with({ 'idempotency-key': 'add-once' });
    const body = { messages: said('Likes tea.'), user_id: user };
    const first = await caller.post(ADD, body).expect(200);
    const second = await caller.post(ADD, body).expect(200);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(second.body).toEqual(first.body);
  });

  it('of instructions alone stores nothing', async () => {
    const user = newName();
    await add(user, ['x']);
    const messages = [{ role: 'system', content: 'You are kind.' }];
    const { body } = await service.post(ADD, { messages, user_id: user }).expect(200);
    expect(body.results).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['no messages', { messages: [] }, '/messages'],
    ['messages that are no list', { messages: 'Likes tea.' }, '/messages'],
    ['a blank message', { messages: said(' ') }, '/messages/0/content'],
    ['parts', { messages: [{ role: 'user', content: [] }] }, '/messages/0/content'],
    ['another role', { messages: [{ role: 'tool', content: 'x' }] }, '/messages/0/role'],
    ['a key of the door', { messages: said('x'), metadata: { mem0: {} } }, '/metadata/mem0'],
    [
      'a day that is none',
      { messages: said('x'), expiration_date: '2026-02-30' },
      '/expiration_date',
    ],
    ['an unknown field', { messages: said('x'), graph: true }, '/graph'],
  ])('refuses %s, and stores nothing', async (_, body, pointer) => {
    const user = newName();
    const caller = api.actingFor(user);
    const problem = expectProblem(
      await caller.post(`${BASE}/v3/memories/add`, body),
      422,
      'request.invalid_body',
    );
    expect(problem['errors']).toMatchObject([{ pointer }]);
    expect(problem['detail']).toContain(pointer);
    expect((await caller.post(LIST).expect(200)).body.count).toBe(0);
  });

  it('refuses a secret by the name of its field, and stores none of the messages', async () => {
    const user = newName();
    const token = ['ghp', 'aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z05'].join('_');
    const messages = [
      { role: 'system', content: 'You are kind.' },
      ...said('Likes tea.', `The key is ${token}`),
    ];
    const caller = api.actingFor(user);
    const answer = await caller.post(`${BASE}/v3/memories/add`, { messages });
    const problem = expectProblem(answer, 422, 'memory.refused');
    expect(problem['errors']).toMatchObject([{ pointer: '/messages/2/content' }]);
    expect(answer.text).not.toContain(token);
    expect((await caller.post(LIST).expect(200)).body.count).toBe(0);
  });
});

describe('the user', () => {
  it('must be named with a service key, wherever the dialect names users', async () => {
    for (const [path, body] of [
      ['v3/memories/add', { messages: said('x') }],
      ['v3/memories', {}],
      ['v3/memories', { filters: { user_id: '*' } }],
      ['v3/memories', { filters: { OR: [{ user_id: 'ada' }] } }],
      ['v3/memories/search', { query: 'x', filters: { agent_id: 'a' } }],
    ] as const)
      expectProblem(await service.post(`${BASE}/${path}`, body), 400, 'access.user_required');
    const id = '01a221e5-5edb-71ce-9002-b5461cbe7e22';
    expectProblem(await service.get(`${ONE}/${id}`), 400, 'access.user_required');
    expectProblem(await service.delete(ONE), 400, 'access.user_required');
    expectProblem(await service.get(`${BASE}/v1/entities`), 400, 'access.user_required');
  });

  it('may be in AND, and is one in all of it', async () => {
    const user = newName();
    await add(user, ['Likes tea.'], { run_id: 'r' });
    expect(await list({ AND: [{ run_id: 'r' }, { AND: [{ user_id: user }] }] })).toHaveLength(1);
    expect(await list({ user_id: user, AND: [{ user_id: user }, { user_id: '*' }] })).toHaveLength(
      1,
    );
    for (const [filters, pointer] of [
      [{ user_id: user, AND: [{ user_id: 'another' }] }, '/filters/AND/0/user_id'],
      [{ user_id: user, OR: [{ user_id: user }] }, '/filters/OR/0/user_id'],
      [{ user_id: user, NOT: { user_id: user } }, '/filters/NOT/0/user_id'],
    ] as const) {
      const answer = await service.post(`${BASE}/v3/memories`, { filters });
      const { errors } = expectProblem(answer, 422, 'request.invalid_body');
      expect(errors).toMatchObject([{ pointer }]);
    }
  });

  it('of a key is its own, and no other', async () => {
    const [user, other] = [newName(), newName()];
    const [mine] = await add(user, ['Likes tea.']);
    const [theirs] = await add(other, ['Likes coffee.']);
    const caller = await keyOf(user);
    const own = { messages: said('Has a cat.'), user_id: user };
    expect((await caller.post(ADD, own).expect(200)).body.results).toMatchObject([
      { user_id: user, event: 'ADD' },
    ]);
    expect((await caller.post(LIST).expect(200)).body.count).toBe(2);
    expect((await caller.get(`${ONE}/${mine!.id}/`).expect(200)).body).toMatchObject(
      mine!.memory ? { memory: mine!.memory } : {},
    );
    for (const name of [other, 'somebody-else', theirs!.id]) {
      const named = { user_id: name };
      const asked = [
        caller.post(`${BASE}/v3/memories/add`, { messages: said('x'), ...named }),
        caller.post(`${BASE}/v3/memories`, { filters: named }),
        caller.post(`${BASE}/v3/memories/search`, { query: 'coffee', filters: named }),
        caller.delete(`${ONE}?user_id=${name}`),
      ];
      for (const answer of await Promise.all(asked)) expectProblem(answer, 403, 'access.forbidden');
    }
    const other404 = [
      caller.get(`${ONE}/${theirs!.id}`),
      caller.put(`${ONE}/${theirs!.id}`, { text: 'mine now' }),
      caller.put(`${ONE}/${theirs!.id}`, { metadata: { a: 1 } }),
      caller.delete(`${ONE}/${theirs!.id}`),
      caller.get(`${ONE}/${theirs!.id}/history`),
    ];
    for (const answer of await Promise.all(other404))
      expectProblem(answer, 404, 'memory.not_found');
    const { body } = await caller.post(SEARCH, { query: 'Likes coffee' }).expect(200);
    expect(textsOf(body.results)).not.toContain('Likes coffee.');
    expect(textsOf(await list({ user_id: other }))).toEqual(['Likes coffee.']);
  });

  it('cannot be two: the header and the body must agree', async () => {
    const [user, other] = [newName(), newName()];
    await add(user, ['x']);
    await add(other, ['y']);
    const caller = api.actingFor(user);
    const filters = { user_id: other };
    const answer = await caller.post(`${BASE}/v3/memories`, { filters });
    expectProblem(answer, 403, 'access.forbidden');
    expectProblem(await caller.delete(`${ONE}?user_id=${other}`), 400, 'request.invalid_query');
    expect(await list({ user_id: other })).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['a control character', 'ada\u0007'],
    ['a line separator', 'a\u2028da'],
    ['spaces', '  '],
    ['nothing', ''],
    ['too long', 'a'.repeat(300)],
    ['what programs write for a missing value', 'undefined'],
    ['a number', 7],
    ['a list', ['ada']],
    ['an object', { in: ['ada'] }],
    ['true', true],
  ])('that is %s is refused before anything is stored', async (_, name) => {
    const own = await keyOf(newName());
    for (const caller of [service, own]) {
      for (const [path, body, pointer] of [
        ['v3/memories/add', { messages: said('x'), user_id: name }, '/user_id'],
        ['v3/memories', { filters: { user_id: name } }, '/filters/user_id'],
        ['v3/memories/search', { query: 'x', filters: { user_id: name } }, '/filters/user_id'],
      ] as const) {
        const answer = await caller.post(`${BASE}/${path}`, body);
        const { errors } = expectProblem(answer, 422, 'request.invalid_body');
        expect(errors).toMatchObject([{ pointer }]);
      }
    }
  });

  it.each<[string, string]>([
    ['NUL', '"ada\\u0000"'],
    ['a lone surrogate', '"ada\\ud800"'],
  ])('with %s never gets past the body', async (_, name) => {
    for (const body of [
      `{"messages":[{"role":"user","content":"x"}],"user_id":${name}}`,
      `{"messages":[{"role":"user","content":"x"}],"user_id":"ada","run_id":${name}}`,
    ]) {
      const answer = await service
        .with({ 'content-type': 'application/json' })
        .call('post', `${BASE}/v3/memories/add`, body);
      expect(answer.status).toBe(422);
      expect(answer.body.detail).toEqual(expect.any(String));
    }
  });

  it.each(['%00', 'ada%07', '%EF%BF%BD', 'undefined', '', 'a'.repeat(300)])(
    'in a query that is %j is refused',
    async (name) => {
      for (const caller of [service, await keyOf(newName())])
        expectProblem(await caller.delete(`${ONE}?user_id=${name}`), 400, 'request.invalid_query');
    },
  );
});

describe('a memory', () => {
  it('is read, changed and deleted by its id', async () => {
    const user = newName();
    const [made] = await add(user, ['Likes tea.'], {
      run_id: 'r',
      app_id: 'a',
      metadata: { a: 1 },
    });
    const caller = service.with({ 'threadkeep-user': user });
    const { event, ...memory } = made!;
    expect(event).toBe('ADD');
    expect((await caller.get(`${ONE}/${memory.id}/`).expect(200)).body).toEqual(memory);
    const changed = await caller
      .put(`${ONE}/${memory.id}/`, {
        text: 'Likes black tea.',
        metadata: { b: 2 },
        expiration_date: '9999-12-31',
        timestamp: 0,
      })
      .expect(200);
    expect(changed.body).toEqual({
      ...memory,
      memory: 'Likes black tea.',
      metadata: { b: 2 },
      expiration_date: '9999-12-31',
      updated_at: expect.any(String),
    });
    const kept = await caller.put(`${ONE}/${memory.id}`, { expiration_date: null }).expect(200);
    expect(kept.body).toMatchObject({
      memory: 'Likes black tea.',
      run_id: 'r',
      expiration_date: null,
    });
    await caller
      .delete(`${ONE}/${memory.id}/`)
      .expect(200, { message: 'Memory deleted successfully!' });
    expectProblem(await caller.get(`${ONE}/${memory.id}`), 404, 'memory.not_found');
    expectProblem(await caller.delete(`${ONE}/${memory.id}`), 404, 'memory.not_found');
    expectProblem(await caller.get(`${ONE}/no-id`), 400, 'request.invalid_query');
    const linked = await caller.delete(`${ONE}/${memory.id}?delete_linked=true`);
    expectProblem(linked, 400, 'request.invalid_query');
  });

  it('shows its tags as categories', async () => {
    const user = newName();
    const caller = api.actingFor(user);
    await caller.post('/v1/memories', { content: 'Likes tea.', tags: ['food'] }).expect(201);
    expect(await list({ user_id: user })).toMatchObject([{ categories: ['food'] }]);
  });

  it('keeps what racing edits of its metadata leave of the run', async () => {
    const user = newName();
    const [memory] = await add(user, ['Likes tea.'], { run_id: 'r' });
    const caller = service.with({ 'threadkeep-user': user });
    const edits = Array.from({ length: 4 }, (_, n) =>
      caller.put(`${ONE}/${memory!.id}`, { metadata: { n } }),
    );
    for (const { status } of await Promise.all(edits)) expect([200, 409]).toContain(status);
    expect(await list({ user_id: user })).toMatchObject([
      { run_id: 'r', metadata: { n: expect.any(Number) } },
    ]);
  });

  it('refuses the content of another', async () => {
    const user = newName();
    const [one] = await add(user, ['Likes tea.', 'Likes coffee.']);
    const caller = service.with({ 'threadkeep-user': user });
    const answer = await caller.put(`${ONE}/${one!.id}`, { text: 'Likes coffee.' });
    expectProblem(answer, 409, 'memory.duplicate');
  });

  it('has a history, from the first version on, without what was erased', async () => {
    const user = newName();
    const [{ id } = { id: '' }] = await add(user, ['Likes tea.']);
    const caller = service.with({ 'threadkeep-user': user });
    await caller.put(`${ONE}/${id}`, { text: 'Likes black tea.' }).expect(200);
    await add(user, ['Likes black tea.']);
    const versions = (await caller.get(`${ONE}/${id}/history/`).expect(200)).body as Shown[];
    expect(versions).toMatchObject([
      { memory_id: id, event: 'ADD', old_memory: null, new_memory: 'Likes tea.', user_id: user },
      { event: 'UPDATE', old_memory: 'Likes tea.', new_memory: 'Likes black tea.' },
      { event: 'NOOP', old_memory: 'Likes black tea.', new_memory: 'Likes black tea.' },
    ]);
    expect(new Set(versions.map((version) => version.id)).size).toBe(3);
    await caller.delete(`${ONE}/${id}`).expect(200);
    const after = (await caller.get(`${ONE}/${id}/history`).expect(200)).body as Shown[];
    expect(after.at(-1)).toMatchObject({ event: 'DELETE', new_memory: null });
    expect(JSON.stringify(after)).not.toContain('tea');
  });
});

describe('a list', () => {
  it('has pages that are numbered', async () => {
    const user = newName();
    const texts = Array.from({ length: 7 }, (_, i) => `Fact number ${i}`);
    await add(user, texts);
    const pages = [];
    for (const page of [1, 2, 3, 4])
      pages.push(
        (
          await service
            .post(`${LIST}?page=${page}&page_size=3`, { filters: { user_id: user } })
            .expect(200)
        ).body,
      );
    expect(pages.map(({ count: all, results }) => [all, results.length])).toEqual([
      [7, 3],
      [7, 3],
      [7, 1],
      [7, 0],
    ]);
    expect(textsOf(pages.flatMap(({ results }) => results))).toEqual(texts);
    expect(pages.map(({ next }) => next)).toEqual([
      `${LIST}?page=2&page_size=3`,
      `${LIST}?page=3&page_size=3`,
      null,
      null,
    ]);
    expect(pages.map(({ previous }) => previous)).toEqual([
      null,
      ...[1, 2, 3].map((page) => `${LIST}?page=${page}&page_size=3`),
    ]);
    for (const query of ['page=0', 'page_size=101', 'page=x', 'user_id=ada'])
      expectProblem(
        await api.actingFor(user).post(`${BASE}/v3/memories?${query}`),
        400,
        'request.invalid_query',
      );
  });

  it('has whole pages when they are larger than a page of ours may be', async () => {
    const user = newName();
    await add(
      user,
      Array.from({ length: 80 }, (_, i) => `${i} ${'long '.repeat(13_000)}`),
    );
    const { body } = await service.post(`${LIST}?page_size=80`, { filters: { user_id: user } });
    expect(body.count).toBe(80);
    expect(new Set((body.results as Shown[]).map(({ id }) => id)).size).toBe(80);
  });

  it('keeps what its filters say', async () => {
    const user = newName();
    await add(user, ['one'], { agent_id: 'a', run_id: 'r', metadata: { topic: 'x', n: 1 } });
    await add(user, ['two'], { agent_id: 'b', app_id: 'web' });
    await add(user, ['three'], { app_id: 'phone', metadata: { topic: 'y' } });
    await api.actingFor(user).post('/v1/memories', { content: 'four', tags: ['food', 'fun'] });
    const kept = async (filters: object) => textsOf(await list({ user_id: user, ...filters }));
    expect(await kept({ agent_id: 'a' })).toEqual(['one']);
    expect(await kept({ agent_id: '*' })).toEqual(['one', 'two']);
    expect(await kept({ agent_id: null })).toEqual(['four', 'three']);
    expect(await kept({ agent_id: { in: ['a', 'b'] } })).toEqual(['one', 'two']);
    expect(await kept({ run_id: 'r' })).toEqual(['one']);
    expect(await kept({ run_id: '*' })).toEqual(['one']);
    expect(await kept({ run_id: { in: ['r', 'none'] } })).toEqual(['one']);
    expect(await kept({ run_id: { ne: 'r' } })).toEqual(['four', 'three', 'two']);
    expect(await kept({ run_id: 'none' })).toEqual([]);
    expect(await kept({ app_id: 'web' })).toEqual(['two']);
    expect(await kept({ app_id: { in: ['web', 'phone'] } })).toEqual(['three', 'two']);
    expect(await kept({ app_id: '*' })).toEqual(['three', 'two']);
    expect(await kept({ app_id: null })).toEqual(['four', 'one']);
    expect(await kept({ metadata: { topic: 'x' } })).toEqual(['one']);
    expect(await kept({ categories: 'food' })).toEqual(['four']);
    expect(await kept({ categories: { in: ['food', 'none'] } })).toEqual(['four']);
    expect(await kept({ categories: { contains: 'fun' } })).toEqual(['four']);
    expect(await kept({ created_at: { gte: '2020-01-01', lt: '2020-01-02' } })).toEqual([]);
    expect(await kept({ updated_at: { gte: '2020-01-01' } })).toHaveLength(4);
    expect(await kept({ OR: [{ agent_id: 'a' }, { app_id: 'phone' }] })).toEqual(['one', 'three']);
    expect(await kept({ AND: [{ agent_id: 'a' }, { run_id: 'r' }] })).toEqual(['one']);
    expect(await kept({ NOT: [{ agent_id: 'a' }, { app_id: 'web' }] })).toEqual(['four', 'three']);
    expect(await kept({ NOT: { agent_id: 'a' } })).toEqual(['four', 'three', 'two']);
  });

  it.each<[string, unknown, string]>([
    ['that are no object', 'x', '/filters'],
    ['of unknown fields', { colour: 'red' }, '/filters/colour'],
    ['of inherited names', { constructor: 'x' }, '/filters/constructor'],
    ['of unknown operators', { agent_id: { like: 'x' } }, '/filters/agent_id'],
    ['of wrong values', { created_at: { gte: 'yesterday' } }, '/filters/created_at'],
    ['of no list', { AND: {} }, '/filters/AND'],
    ['of an empty list', { OR: [] }, '/filters/OR'],
    ['of no objects', { OR: ['x'] }, '/filters/OR/0'],
    ['of many', { OR: Array.from({ length: 21 }, () => ({ agent_id: 'x' })) }, '/filters/OR'],
    ['of no categories', { categories: [] }, '/filters/categories'],
    ['of no operators', { run_id: {} }, '/filters/run_id'],
    ['that a name alone is', { created_at: null }, '/filters/created_at'],
    ['of metadata that is null', { metadata: null }, '/filters/metadata'],
    [
      'of many categories',
      { OR: Array.from({ length: 3 }, () => ({ categories: Array.from('abcdefghijklmnopqrst') })) },
      '/filters/OR/2/categories',
    ],
  ])('refuses filters %s', async (_, filters, pointer) => {
    const caller = api.actingFor(newName());
    for (const [path, body] of [
      ['v3/memories', { filters }],
      ['v3/memories/search', { query: 'x', filters }],
    ] as const) {
      const answer = await caller.post(`${BASE}/${path}`, body);
      const { errors } = expectProblem(answer, 422, 'request.invalid_body');
      expect(errors).toMatchObject([{ pointer }]);
    }
  });

  it('refuses filters that are too deep, and that are too many', async () => {
    const deep = [1, 2, 3, 4, 5, 6].reduce<object>((inner) => ({ AND: [inner] }), {});
    const wide = {
      AND: Array.from({ length: 20 }, () => ({ agent_id: 'a', run_id: 'b', app_id: 'c' })),
    };
    for (const filters of [deep, wide])
      expectProblem(
        await api.actingFor(newName()).post(`${BASE}/v3/memories`, { filters }),
        422,
        'request.invalid_body',
      );
  });
});

describe('a search', () => {
  it('finds the memories of the user that the filters keep, best first', async () => {
    const [user, other] = [newName(), newName()];
    await add(user, ['Likes green tea.', 'Drives a red car.'], { run_id: 'r' });
    await add(user, ['Likes tea with milk.']);
    await add(other, ['Likes tea, too.']);
    const found = async (filters: object, more: object = {}) =>
      (
        await service
          .post(SEARCH, {
            query: 'green tea',
            output_format: 'v1.1',
            filters: { user_id: user, ...filters },
            ...more,
          })
          .expect(200)
      ).body.results as Shown[];
    const all = await found({}, { threshold: 0.9, rerank: true, keyword_search: true });
    expect(all.map(({ memory }) => memory)).toEqual(['Likes green tea.', 'Likes tea with milk.']);
    expect(all[0]).toMatchObject({ user_id: user, run_id: 'r', score: expect.any(Number) });
    expect(await found({}, { top_k: 1 })).toHaveLength(1);
    expect(textsOf(await found({ run_id: 'r' }))).toEqual(['Likes green tea.']);
    expect(await found({ NOT: { run_id: 'r' }, agent_id: 'x' })).toEqual([]);
  });
});

describe('deleting by name', () => {
  it('deletes what it names, and nothing else', async () => {
    const [user, other] = [newName(), newName()];
    await add(user, ['one'], { run_id: 'r', agent_id: 'a' });
    await add(user, ['two'], { run_id: 'r' });
    await add(user, ['three'], { app_id: 'web' });
    await add(user, ['four']);
    await add(other, ['five'], { run_id: 'r' });
    await api.actingFor(user).put('/v1/memory-blocks/human', { content: 'a block' });
    const remove = async (query: string) =>
      (await service.delete(`${ONE}/?${query}`).expect(200)).body;
    const gone = (deleted: number) => ({
      message: 'Memories deleted successfully!',
      deleted,
      has_more: false,
    });
    expect(await remove(`user_id=${user}&agent_id=a&run_id=other`)).toEqual(gone(0));
    expect(await remove(`user_id=${user}&agent_id=a&run_id=r`)).toEqual(gone(1));
    expect(textsOf(await list({ user_id: user }))).toEqual(['four', 'three', 'two']);
    expect(await remove(`user_id=${user}&app_id=web`)).toEqual(gone(1));
    expect(await remove(`user_id=${user}`)).toEqual(gone(2));
    expect(await list({ user_id: user })).toEqual([]);
    expect(await remove(`user_id=${user}`)).toEqual(gone(0));
    expect(textsOf(await list({ user_id: other }))).toEqual(['five']);
    await api.actingFor(user).get('/v1/memory-blocks/human').expect(200);
  });

  it('deletes what shows the name of a run whose conversation is gone', async () => {
    const user = newName();
    await add(user, ['one', 'two'], { run_id: 'z' });
    const mine = api.actingFor(user);
    await mine.delete('/v1/conversations/key:z?purge=true').expect(200);
    await add(user, ['three'], { run_id: 'z' });
    const shown = await list({ user_id: user, run_id: 'z' });
    expect(textsOf(shown)).toEqual(['one', 'three', 'two']);
    await service.delete(`${ONE}?user_id=${user}&run_id=z`).expect(200);
    expect(await list({ user_id: user })).toEqual([]);
  });

  it('takes no name that stands for all', async () => {
    const user = newName();
    await add(user, ['one'], { agent_id: 'a', run_id: 'r', app_id: 'web' });
    for (const query of [
      'user_id=*',
      ...['agent_id', 'run_id', 'app_id'].map((name) => `${name}=*`),
    ]) {
      const named = query.startsWith('user') ? query : `user_id=${user}&${query}`;
      expectProblem(await service.delete(`${ONE}?${named}`), 400, 'request.invalid_query');
      const [name] = query.split('=') as [string];
      const body = { user_id: user, messages: said('two'), [name]: '*' };
      expectProblem(
        await service.post(`${BASE}/v3/memories/add`, body),
        422,
        'request.invalid_body',
      );
    }
    expect(textsOf(await list({ user_id: user }))).toEqual(['one']);
  });

  it('deletes nothing when nothing is named', async () => {
    const user = newName();
    await add(user, ['one']);
    for (const caller of [await keyOf(user), api.actingFor(user)])
      expectProblem(await caller.delete(ONE), 400, 'request.invalid_query');
    expect(await list({ user_id: user })).toHaveLength(1);
  });

  it('deletes a thousand at a time, and says that there are more', async () => {
    const user = newName();
    const batch = (from: number) =>
      add(
        user,
        Array.from({ length: 600 }, (_, i) => `Fact number ${from + i}`),
      );
    await batch(0);
    await batch(600);
    const remove = async () => (await service.delete(`${ONE}?user_id=${user}`).expect(200)).body;
    expect(await remove()).toMatchObject({ deleted: 1_000, has_more: true });
    expect(await remove()).toMatchObject({ deleted: 200, has_more: false });
    expect(await list({ user_id: user })).toEqual([]);
  });

  it('needs a key that writes', async () => {
    const user = newName();
    const [memory] = await add(user, ['one']);
    const body = { name: user, user, readOnly: true };
    const { key } = (await api.service.post('/v1/api-keys', body).expect(201)).body;
    const caller = api.anonymous.with({ authorization: `Token ${key as string}` });
    await caller.get(`${ONE}/${memory!.id}`).expect(200);
    expect((await caller.post(LIST, {}).expect(200)).body.count).toBe(1);
    expect((await caller.post(SEARCH, { query: 'one' }).expect(200)).body.results).toHaveLength(1);
    const refused = [
      caller.post(`${BASE}/v3/memories/add`, { messages: said('two') }),
      caller.delete(`${ONE}?user_id=${user}`),
      caller.delete(`${ONE}/${memory!.id}`),
    ];
    for (const answer of await Promise.all(refused)) expectProblem(answer, 403, 'access.read_only');
  });
});

describe('the entities', () => {
  it('are the user, with the number of memories', async () => {
    const user = newName();
    await add(user, ['one', 'two']);
    const { body } = await (await keyOf(user)).get(`${BASE}/v1/entities/?page=1`).expect(200);
    expect(body).toMatchObject({
      count: 1,
      next: null,
      results: [{ name: user, type: 'user', total_memories: 2 }],
    });
    const unknown = await api.actingFor(newName()).get(`${BASE}/v1/entities`).expect(200);
    expect(unknown.body).toEqual({ count: 0, next: null, previous: null, results: [] });
  });
});
