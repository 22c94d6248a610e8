// Memories as a client writes and reads them: what is taken, what is refused, what is said twice, and what is forgotten.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryExpirySweep } from '../../src/memory/expiry/memory-expiry.jobs.js';
import { ScopedCache } from '../../src/platform/cache/index.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { JobRunner } from '../../src/platform/jobs/job-runner.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { Talk, user } from '../support/talks.js';

let app: TestApp;
let ada: Caller;
let users = 0;
beforeAll(async () => {
  app = await createTestApp({ MEMORY_RETENTION: 'episode:30' });
  ada = app.actingFor('ada');
});
afterAll(() => app.close());

const newUser = (): Caller => app.actingFor(`user ${++users}`);
const remember = async (who: Caller, content: string, more: object = {}) =>
  (await who.post('/v1/memories', { content, ...more })).body;

describe('a memory', () => {
  it('is kept as it is given, with what goes without saying', async () => {
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

  it('keeps all that can be said of it', async () => {
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

  it('gets what is sent of it, loses what is sent as null, and keeps the rest', async () => {
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

  it('is changed by one of those who know the version before', async () => {
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

  it('gets every change of those who do not ask for a version, one after the other', async () => {
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

  it("is nobody else's", async () => {
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
  ])('with %s is refused, and the field named', async (_, body, pointer) => {
    const { errors } = expectProblem(
      await ada.post('/v1/memories', body),
      422,
      'request.invalid_body',
    ) as { errors: { pointer: string }[] };
    expect(errors.map((error) => error.pointer)).toEqual([pointer]);
  });

  it('that would end before it begins, or hangs on a conversation of nobody, is refused', async () => {
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

describe('many at once', () => {
  it('are made in order, all or none, with their sources', async () => {
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

describe('the same again', () => {
  it.each([
    ['in other capitals', 'ADA likes GREEN tea'],
    ['with other punctuation and blanks', '  Ada   likes green tea!! '],
    ['with an article', 'Ada likes the green tea'],
    ['with a word of emphasis', 'Ada really likes green tea'],
  ])('%s strengthens what is there', async (_, content) => {
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
    ['is denied', 'Ada does not like green tea'],
    ['is past', 'Ada liked green tea'],
    ['is of another', 'Eve likes green tea'],
    ['is the other way round', 'Green tea likes Ada'],
    ['has another number', 'Ada likes 2 green teas'],
  ])('is another memory where it %s', async (_, content) => {
    const who = newUser();
    await remember(who, 'Ada likes green tea');
    await who.post('/v1/memories', { content }).expect(201);
    expect((await who.get('/v1/memories')).body.data).toHaveLength(2);
  });

  it('is one memory, however many say it at the same time', async () => {
    const who = newUser();
    await remember(who, 'is here');
    const told = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        who.post('/v1/memories', { content: `Owns a boat${'!'.repeat(n)}` }),
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

  it('in one call is answered twice, as one', async () => {
    const who = newUser();
    const { data } = (
      await who
        .post('/v1/memories', {
          memories: [
            { content: 'Owns a boat' },
            { content: 'Has a dog' },
            { content: 'owns a boat' },
          ],
        })
        .expect(201)
    ).body;
    expect(data[2]).toEqual(data[0]);
    expect(data[0]).toMatchObject({ strength: 2 });
    expect((await who.get('/v1/memories')).body.data).toHaveLength(2);
  });

  it('happened twice where it is an episode of two times', async () => {
    const who = newUser();
    for (const validFrom of ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'])
      await who
        .post('/v1/memories', { kind: 'episode', content: 'Went swimming', validFrom })
        .expect(201);
    await who
      .post('/v1/memories', {
        kind: 'episode',
        content: 'went swimming',
        validFrom: '2026-01-02T00:00:00Z',
      })
      .expect(200);
  });

  it('as another is no edit', async () => {
    const who = newUser();
    await remember(who, 'Owns a boat');
    const { id } = await remember(who, 'Owns a car');
    expectProblem(
      await who.patch(`/v1/memories/${id}`, { content: 'owns a boat' }),
      409,
      'memory.duplicate',
    );
  });
});

describe('a secret', () => {
  it('is not stored, and the refusal does not repeat it', async () => {
    const secret = ['sk', 'proj', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6'].join('-');
    for (const body of [
      { content: `My key is ${secret}` },
      { content: 'ok', metadata: { deep: [{ key: secret }] } },
    ]) {
      const refused = await ada.post('/v1/memories', body);
      expectProblem(refused, 422, 'memory.refused');
      expect(refused.text).not.toContain(secret);
    }
  });
});

describe('a secret in any text of a write', () => {
  const token = `gh${'p'}_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`;
  const hidden = [...token].join('\u200b');

  type Write = (
    who: Caller,
    id: string,
    text: string,
  ) => PromiseLike<{ status: number; text: string }>;
  const query = (text: string): string => encodeURIComponent(text);
  const FIELDS: [field: string, pointer: string, write: Write][] = [
    [
      'the content of a memory',
      '/content',
      (who, _, content) => who.post('/v1/memories', { content }),
    ],
    [
      'a tag',
      '/tags',
      (who, _, tag) => who.post('/v1/memories', { content: 'x', tags: ['a', tag] }),
    ],
    [
      'an agent',
      '/agentId',
      (who, _, agentId) => who.post('/v1/memories', { content: 'x', agentId }),
    ],
    ['a reason', '/reason', (who, _, reason) => who.post('/v1/memories', { content: 'x', reason })],
    [
      'a name in metadata',
      '/metadata',
      (who, _, name) => who.post('/v1/memories', { content: 'x', metadata: { [name]: 1 } }),
    ],
    [
      'one of many memories',
      '/memories/1/tags',
      (who, _, tag) =>
        who.post('/v1/memories', { memories: [{ content: 'x' }, { content: 'y', tags: [tag] }] }),
    ],
    [
      'a tag of a change',
      '/tags',
      (who, id, tag) => who.patch(`/v1/memories/${id}`, { tags: [tag] }),
    ],
    [
      'the reason of a change',
      '/reason',
      (who, id, reason) => who.patch(`/v1/memories/${id}`, { reason }),
    ],
    [
      'the reason of forgetting',
      '?reason',
      (who, id, reason) => who.delete(`/v1/memories/${id}?reason=${query(reason)}`),
    ],
    [
      'the reason of a rollback',
      '/reason',
      (who, _, reason) => who.post('/v1/memories/rollback', { asOf: 1, reason }),
    ],
    [
      'the reason of a rollback of one',
      '/reason',
      (who, id, reason) => who.post(`/v1/memories/${id}/rollback`, { version: 1, reason }),
    ],
    [
      'the content of a block',
      '/content',
      (who, _, content) => who.put('/v1/memory-blocks/persona', { content }),
    ],
    [
      'the reason of a block',
      '/reason',
      (who, _, reason) => who.put('/v1/memory-blocks/persona', { content: 'x', reason }),
    ],
    [
      'the agent of a block',
      '?agentId',
      (who, _, agent) =>
        who.put(`/v1/memory-blocks/persona?agentId=${query(agent)}`, { content: 'x' }),
    ],
  ];

  it.each(FIELDS)('is refused: %s', async (_, pointer, write) => {
    const who = newUser();
    const { id } = await remember(who, 'Likes tea');
    for (const text of [token, hidden]) {
      const refused = await write(who, id, text);
      const { errors } = expectProblem(refused as never, 422, 'memory.refused') as {
        errors: object[];
      };
      expect(errors).toEqual([{ pointer, message: 'holds what looks like: github_token' }]);
      expect(refused.text).not.toContain(text);
    }
    expect((await who.get('/v1/memories')).body.data).toHaveLength(1);
    expect((await who.get('/v1/memory-blocks')).body.data).toEqual([]);
    expect(await stored(token)).toEqual([]);
  });

  it('is refused as the label of a block', async () => {
    expectProblem(
      await ada.put(`/v1/memory-blocks/${token}`, { content: 'x' }),
      422,
      'memory.refused',
    );
  });

  it('is refused in a summary', async () => {
    const talk = await Talk.start(newUser(), [user('hello')]);
    const refused = await talk.caller.post(`${talk.path}/summaries`, {
      toSeq: 1,
      content: `They said ${hidden}`,
    });
    const { errors } = expectProblem(refused, 422, 'summary.refused') as { errors: object[] };
    expect(errors).toEqual([
      { pointer: '/content', message: 'holds what looks like: github_token' },
    ]);
    await talk.caller
      .post(`${talk.path}/summaries`, { toSeq: 1, content: 'They said hello' })
      .expect(201);
  });
});

describe('what has expired', () => {
  it('is shown to nobody, and its content goes with the next sweep', async () => {
    const who = newUser();
    const { id } = await remember(who, 'zqcanaryexpired is here for now', {
      expiresAt: new Date(Date.now() + 400).toISOString(),
    });
    await remember(who, 'stays');
    await new Promise((resolve) => setTimeout(resolve, 450));
    expectProblem(await who.get(`/v1/memories/${id}`), 404, 'memory.not_found');
    expect((await who.get('/v1/memories')).body.data).toHaveLength(1);
    expect((await who.post('/v1/memories/search', { query: 'zqcanaryexpired' })).body.data).toEqual(
      [],
    );
    await sweep();
    expect(await stored('zqcanaryexpired')).toEqual([]);
    expect((await who.get(`/v1/memories/${id}/history`)).body.data[0]).toMatchObject({
      action: 'expire',
      actor: 'system',
      memory: null,
    });
  });

  it('is what the operator says of its kind, where the caller says nothing', async () => {
    const { expiresAt } = await remember(ada, 'Went to the cinema', { kind: 'episode' });
    expect(Math.round((Date.parse(expiresAt) - Date.now()) / 86_400_000)).toBe(30);
    expect((await remember(ada, 'Likes the cinema')).expiresAt).toBeNull();
  });
});

/** The sweep, and the jobs it leaves behind. */
async function sweep(): Promise<void> {
  const job = {
    id: '',
    attempt: 1,
    signal: new AbortController().signal,
    report: () => undefined,
    step: <T>(work: () => Promise<T>) => work(),
  };
  await app.app
    .get(RequestContexts)
    .runIn({ kind: 'system', reason: 'test' }, () => app.app.get(MemoryExpirySweep).run({}, job));
  const { rows } = await app.database.admin(
    `select id from threadkeep.job where name = 'memory.expire' and status = 'queued'`,
  );
  for (const { id } of rows) await app.app.get(JobRunner).run(id as string);
}

/** Tables that have a word in any row. */
async function stored(word: string): Promise<string[]> {
  const { rows } = await app.database.admin(
    `select table_name as name from information_schema.tables where table_schema = 'threadkeep' and table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const { rowCount } = await app.database.admin(
      `select from threadkeep.${name as string} t where t::text ilike $1 limit 1`,
      [`%${word}%`],
    );
    if (rowCount) found.push(name as string);
  }
  return found;
}

describe.each([
  ['forgotten', '', 1],
  ['purged', '?purge=true', 0],
])('what is %s', (_, how, rows) => {
  it('is in no version, index, cache, answer or job any more', async () => {
    const who = newUser();
    const word = `zqcanary${users}`;
    const talk = await Talk.start(who, [user('What do I like?')]);
    const keyed = who.with({ 'idempotency-key': `k${users}` });
    const { id } = (
      await keyed
        .post('/v1/memories', { content: `Likes ${word}`, tags: [word], metadata: { word } })
        .expect(201)
    ).body;
    await who.patch(`/v1/memories/${id}`, { content: `Loves ${word}`, reason: word }).expect(200);
    const { manifestId } = await talk.context({ query: word });
    expect((await who.post('/v1/memories/search', { query: word })).body.data).toHaveLength(1);
    expect(await stored(word)).not.toEqual([]);
    expect(cachedTexts()).toContain(word);
    await who.delete(`/v1/memories/${id}${how}`).expect(204);
    expect(await stored(word)).toEqual([]);
    expect(cachedTexts()).not.toContain(word);
    expectProblem(await who.get(`/v1/memories/${id}`), 404, 'memory.not_found');
    expect((await who.post('/v1/memories/search', { query: word })).body.data).toEqual([]);
    expect((await who.post('/v1/memories/search', { query: word, asOf: 1 })).body.data).toEqual([]);
    expect(await talk.contextText({ query: word })).not.toContain(`Loves`);
    expectProblem(await talk.repeat(manifestId), 410, 'context.erased');
    expectProblem(
      await keyed.post('/v1/memories', {
        content: `Likes ${word}`,
        tags: [word],
        metadata: { word },
      }),
      410,
      'idempotency.erased',
    );
    expect(
      (
        await app.database.admin(
          'select from threadkeep.memory where id = $1 and superseded_at is null',
          [id],
        )
      ).rowCount,
    ).toBe(rows);
    expectProblem(await who.delete(`/v1/memories/${id}${how}`), 404, 'memory.not_found');
  });

  it('is not brought back by going back', async () => {
    const who = newUser();
    const { id, revision } = await remember(who, 'Was here once');
    await who.delete(`/v1/memories/${id}${how}`).expect(204);
    await who.post('/v1/memories/rollback', { asOf: revision }).expect(200);
    expect((await who.get('/v1/memories')).body.data).toEqual([]);
  });
});

/** All that this process has in its cache of contexts. */
function cachedTexts(): string {
  const seen = new WeakSet();
  return JSON.stringify(app.app.get(ScopedCache)['tiers'], (_, value: unknown) => {
    if (value instanceof Map) return [...value];
    if (typeof value === 'object' && value !== null) {
      if (seen.has(value)) return undefined;
      seen.add(value);
      if ('dump' in value && typeof value.dump === 'function')
        return (value.dump as () => unknown)();
    }
    return value;
  });
}
