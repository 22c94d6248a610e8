// Creates, reads and updates memories, in batches and as duplicates.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { Talk, user } from '../support/talks.js';

let app: TestApp;
let ada: Caller;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
  ada = app.actingFor('ada');
});
afterAll(() => app.close());

const newUser = (): Caller => app.actingFor(`user ${++users}`);
const remember = async (who: Caller, content: string, more: object = {}) =>
  (await who.post('/v1/memories', { content, ...more })).body;

describe('a memory', () => {
  it('a memory is stored as sent, with defaults for what was left out', async () => {
    const { status, body, headers } = await ada.post('/v1/memories', {
      content: '  Ünïcode 🎉 stays  ',
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      kind: 'fact',
      content: '  Ünïcode 🎉 stays  ',
      tags: [],
      importance: 0.5,
      metadata: {},
      agentId: null,
      conversationId: null,
      version: 1,
      strength: 1,
    });
    expect(headers).toMatchObject({ location: `/v1/memories/${body.id}`, etag: '"1"' });
    expect((await ada.get(`/v1/memories/${body.id}`).expect(200)).body).toEqual(body);
  });

  it('a memory keeps every field that can be set', async () => {
    const talk = await Talk.start(ada, [user('I moved in May')]);
    const { data } = (await ada.get(`${talk.path}/messages`)).body;
    const said = {
      content: 'Lives in Bergen',
      kind: 'episode',
      tags: ['home', 'norway'],
      importance: 0.123456789,
      metadata: { constructor: 'x', nested: { a: [1, null] } },
      agentId: 'coach',
      conversationId: talk.id,
      validFrom: '2026-05-01T00:00:00.000Z',
      validTo: '2027-01-01T00:00:00.000Z',
      expiresAt: '2090-01-01T00:00:00.000Z',
      sourceMessageIds: [data[0].id],
    };
    const { body } = await ada.post('/v1/memories', said).expect(201);
    expect(body).toMatchObject(said);
    expect((await ada.get(`/v1/memories/${body.id}`)).body).toEqual(body);
  });

  it('a date is midnight in UTC, in one memory, in a batch and in an update', async () => {
    const [from, to] = ['2026-05-01', '2026-06-30'];
    const span = { validFrom: from, validTo: to };
    const stored = { validFrom: `${from}T00:00:00.000Z`, validTo: `${to}T00:00:00.000Z` };
    const one = await ada.post('/v1/memories', { content: 'On leave', ...span }).expect(201);
    expect(one.body).toMatchObject(stored);
    const memories = [{ content: 'In Rome', ...span }];
    const { data } = (await ada.post('/v1/memories', { memories }).expect(201)).body;
    expect(data[0]).toMatchObject(stored);
    const moved = await ada.patch(`/v1/memories/${one.body.id}`, { validTo: '2028-02-29' });
    expect(moved.body.validTo).toBe('2028-02-29T00:00:00.000Z');
    for (const day of ['2026-02-29', '2026-13-01', '2026-5-1', '0000-01-01', '2026-05-01 '])
      expectProblem(
        await ada.patch(`/v1/memories/${one.body.id}`, { validTo: day }),
        422,
        'request.invalid_body',
      );
  });

  it('an update changes the fields sent, clears those sent as null, and keeps the rest', async () => {
    const { id } = await remember(ada, 'Plays chess', {
      tags: ['games'],
      agentId: 'coach',
      validFrom: '2026-01-01T00:00:00Z',
      metadata: { level: 2 },
    });
    const { body, headers } = await ada.patch(`/v1/memories/${id}`, {
      content: 'Plays go',
      agentId: null,
      tags: null,
    });
    expect(body).toMatchObject({
      id,
      content: 'Plays go',
      agentId: null,
      tags: ['games'],
      metadata: { level: 2 },
      validFrom: '2026-01-01T00:00:00.000Z',
      version: 2,
    });
    expect(headers['etag']).toBe('"2"');
  });

  it('of several updates with the same If-Match, one succeeds', async () => {
    const { id } = await remember(ada, 'Has one cat');
    const edits = await Promise.all(
      [1, 2, 3, 4, 5].map((n) =>
        ada
          .with({ 'if-match': '"1"' })
          .patch(`/v1/memories/${id}`, { content: `Has ${n + 1} cats` }),
      ),
    );
    expect(edits.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412]);
    expectProblem(
      edits.find(({ status }) => status === 412)!,
      412,
      'request.precondition_failed',
    );
  });

  it('updates without If-Match are all applied, one after the other', async () => {
    const { id } = await remember(ada, 'Counts to zero');
    const edits = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        ada.patch(`/v1/memories/${id}`, { content: `Counts to ${n + 1}` }),
      ),
    );
    expect(edits.map(({ status }) => status)).toEqual(edits.map(() => 200));
    expect(edits.map(({ body }) => body.version).sort((a, b) => a - b)).toEqual(
      edits.map((_, n) => n + 2),
    );
    expect((await ada.get(`/v1/memories/${id}/history`)).body.data).toHaveLength(13);
  });

  it('a memory is invisible to other users', async () => {
    const { id } = await remember(ada, 'Keeps a secret diary');
    const eve = newUser();
    expectProblem(await eve.get(`/v1/memories/${id}`), 404, 'memory.not_found');
    expectProblem(await eve.delete(`/v1/memories/${id}`), 404, 'memory.not_found');
    expect(
      (await eve.post('/v1/memories/search', { query: 'secret diary' }).expect(200)).body.data,
    ).toEqual([]);
  });

  it.each([
    ['no content', {}, '/content'],
    ['blank content', { content: ' \n ' }, '/content'],
    ['content of more than 64 KiB', { content: 'x'.repeat(65_537) }, '/content'],
    ['a kind that is none', { content: 'x', kind: 'block' }, '/kind'],
    ['an importance above one', { content: 'x', importance: 1.5 }, '/importance'],
    ['a time that is none', { content: 'x', validFrom: 'soon' }, '/validFrom'],
    ['too many tags', { content: 'x', tags: Array.from({ length: 51 }, String) }, '/tags'],
    ['a field nobody knows', { content: 'x', mood: 'good' }, '/mood'],
  ])('a memory with %s is refused, and the field named', async (_, body, pointer) => {
    const { errors } = expectProblem(
      await ada.post('/v1/memories', body),
      422,
      'request.invalid_body',
    ) as { errors: { pointer: string }[] };
    expect(errors.map((error) => error.pointer)).toEqual([pointer]);
  });

  it('a memory is refused when it ends before it begins, or names an unknown conversation', async () => {
    const times = { validFrom: '2026-02-01T00:00:00Z', validTo: '2026-01-01T00:00:00Z' };
    expectProblem(
      await ada.post('/v1/memories', { content: 'x', ...times }),
      422,
      'memory.invalid_span',
    );
    const conversationId = '00000000-0000-7000-8000-00000000abcd';
    expectProblem(
      await ada.post('/v1/memories', { content: 'x', conversationId }),
      422,
      'memory.conversation_not_found',
    );
  });
});

describe('a batch of memories', () => {
  it('a batch creates all memories in order or none, with their sources', async () => {
    const who = newUser();
    const talk = await Talk.start(who, [user('many things')]);
    const [message] = (await who.get(`${talk.path}/messages`)).body.data;
    const memories = Array.from({ length: 1_000 }, (_, n) => ({
      content: `Fact number ${n}`,
      tags: [`t${n % 7}`],
      ...(n % 100 === 0 ? { sourceMessageIds: [message.id] } : {}),
    }));
    const { data } = (await who.post('/v1/memories', { memories }).expect(201)).body;
    expect(data.map(({ content }: { content: string }) => content)).toEqual(
      memories.map(({ content }) => content),
    );
    expect(data[100].sourceMessageIds).toEqual([message.id]);
    expect((await who.get('/v1/memories?count=true&limit=1')).body.total).toBe(1_000);
    const broken = [
      { content: 'fine' },
      { content: 'not so', sourceMessageIds: ['00000000-0000-7000-8000-00000000abcd'] },
    ];
    expectProblem(
      await who.post('/v1/memories', { memories: broken }),
      422,
      'memory.source_not_found',
    );
    expect((await who.get('/v1/memories?count=true&limit=1')).body.total).toBe(1_000);
  });
});

describe('a duplicate of a memory', () => {
  it.each([
    ['as it was', 'Ada likes green tea.'],
    ['with other blanks', '  Ada   likes green\ntea. '],
    ['without its final stop', 'Ada likes green tea'],
  ])('the same content %s strengthens the memory', async (_, content) => {
    const who = newUser();
    const first = await remember(who, 'Ada likes green tea.', {
      tags: ['drinks'],
      importance: 0.4,
    });
    const again = await who.post('/v1/memories', { content, tags: ['tea'], importance: 0.8 });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({
      id: first.id,
      content: 'Ada likes green tea.',
      strength: 2,
      version: 2,
      tags: ['drinks', 'tea'],
      importance: 0.8,
    });
  });

  it.each([
    ['is in other capitals', 'Ada likes Green tea'],
    ['has another sign', 'Ada likes green tea!'],
    ['has an article', 'Ada likes the green tea'],
    ['is emphasised', 'Ada really likes green tea'],
    ['is denied', 'Ada does not like green tea'],
    ['is past', 'Ada liked green tea'],
    ['is of another', 'Eve likes green tea'],
    ['is the other way round', 'Green tea likes Ada'],
    ['has another number', 'Ada likes 2 green teas'],
  ])('content that %s is another memory', async (_, content) => {
    const who = newUser();
    await remember(who, 'Ada likes green tea');
    await who.post('/v1/memories', { content }).expect(201);
    expect((await who.get('/v1/memories')).body.data).toHaveLength(2);
  });

  it('what differs by a point is stored, and says so', async () => {
    const who = newUser();
    const { id } = await remember(who, 'Dose is .5 mg');
    const other = await who.post('/v1/memories', { content: 'Dose is 5 mg' }).expect(201);
    expect([other.body.content, other.body.id === id]).toEqual(['Dose is 5 mg', false]);
  });

  it('the metadata of a duplicate adds keys, and never replaces a value', async () => {
    const who = newUser();
    await remember(who, 'Owns a boat', { metadata: { by: 'form', place: { pier: 4 } } });
    const again = await who
      .post('/v1/memories', { content: 'Owns a boat.', metadata: { by: 'chat', since: 2020 } })
      .expect(200);
    expect(again.body.metadata).toEqual({ by: 'form', place: { pier: 4 }, since: 2020 });
  });

  it('concurrent duplicates give one memory', async () => {
    const who = newUser();
    await remember(who, 'is here');
    const told = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        who.post('/v1/memories', { content: `Owns a boat${' '.repeat(n)}` }),
      ),
    );
    expect(told.map(({ status }) => status).sort()).toEqual([
      ...Array.from({ length: 19 }, () => 200),
      201,
    ]);
    expect(new Set(told.map(({ body }) => body.id)).size).toBe(1);
    expect((await who.get(`/v1/memories/${told[0]!.body.id}`)).body).toMatchObject({
      strength: 20,
      version: 20,
    });
  });

  it('a duplicate within one call is answered twice, as one memory', async () => {
    const who = newUser();
    const { data } = (
      await who
        .post('/v1/memories', {
          memories: [
            { content: 'Owns a boat' },
            { content: 'Has a dog' },
            { content: 'Owns a boat.' },
          ],
        })
        .expect(201)
    ).body;
    expect(data[2]).toEqual(data[0]);
    expect(data[0]).toMatchObject({ strength: 2 });
    expect((await who.get('/v1/memories')).body.data).toHaveLength(2);
  });

  it('an episode at two times is two memories', async () => {
    const who = newUser();
    for (const validFrom of ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'])
      await who
        .post('/v1/memories', { kind: 'episode', content: 'Went swimming', validFrom })
        .expect(201);
    await who
      .post('/v1/memories', {
        kind: 'episode',
        content: 'Went swimming.',
        validFrom: '2026-01-02T00:00:00Z',
      })
      .expect(200);
  });

  it('an update to the content of another memory is refused', async () => {
    const who = newUser();
    await remember(who, 'Owns a boat');
    const { id } = await remember(who, 'Owns a car');
    expectProblem(
      await who.patch(`/v1/memories/${id}`, { content: 'Owns a boat.' }),
      409,
      'memory.duplicate',
    );
  });
});
