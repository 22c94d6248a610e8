import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';

const PATH = '/v1/conversations/import';
const day = (n: number) => `2023-05-0${n}T10:00:00.000Z`;
const chat = (importKey: string) => ({
  importKey,
  title: 'Old chat',
  tags: ['old'],
  metadata: { source: 'elsewhere' },
  messages: [
    {
      role: 'user',
      content: 'Where is the harbour?',
      createdAt: day(1),
      metadata: { speaker: 'Ada' },
    },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'a map' },
        { type: 'new_kind', value: [1, null] },
      ],
    },
    { role: 'user', content: 'Thanks', createdAt: '2023-05-03T12:00:00+02:00' },
  ],
});

describe('importing a conversation', () => {
  let app: TestApp;
  let ada: Caller;

  beforeAll(async () => {
    app = await createTestApp();
    ada = app.actingFor('ada');
  });
  afterAll(() => app.close());

  const count = async (table: string) =>
    Number(
      (await app.database.admin(`select count(*) from threadkeep.${table}`)).rows[0]!['count'],
    );

  it("creates the conversation with the source's times and order", async () => {
    const { body, headers } = await ada.post(PATH, chat('new')).expect(201);
    expect(body).toMatchObject({
      imported: true,
      conversation: {
        title: 'Old chat',
        tags: ['old'],
        metadata: { source: 'elsewhere' },
        lastSeq: 3,
        status: 'active',
      },
    });
    expect(body.conversation).toMatchObject({
      createdAt: day(1),
      updatedAt: day(3),
      deletedAt: null,
      version: 1,
    });
    expect(headers['location']).toBe(`/v1/conversations/${body.conversation.id}`);
    const read = await ada.get(headers['location'] as string).expect(200);
    expect(read.body).toEqual(body.conversation);

    const messages = await ada.get(`${headers['location']}/messages?order=asc`).expect(200);
    expect(messages.body.data).toMatchObject([
      {
        seq: 1,
        role: 'user',
        content: 'Where is the harbour?',
        createdAt: day(1),
        metadata: { speaker: 'Ada' },
        tokenCount: 5,
      },
      {
        seq: 2,
        role: 'assistant',
        content: chat('')['messages'][1]!.content,
        createdAt: day(1),
        metadata: {},
      },
      { seq: 3, role: 'user', content: 'Thanks', createdAt: day(3) },
    ]);
  });

  it('allows appends and searches afterwards', async () => {
    const { body } = await ada.post(PATH, chat('goes on')).expect(201);
    const appended = await ada
      .post(`/v1/conversations/${body.conversation.id}/messages`, {
        role: 'user',
        content: 'One more',
      })
      .expect(201);
    expect(appended.body.data[0].seq).toBe(4);
    const found = await ada
      .get(`/v1/conversations/${body.conversation.id}/messages/search?q=harbour`)
      .expect(200);
    expect(found.body.data).toMatchObject([{ message: { seq: 1 } }]);
  });

  it('changes nothing when the import key is known', async () => {
    const first = await ada.post(PATH, chat('twice')).expect(201);
    const again = await ada
      .post(PATH, { importKey: 'twice', title: 'Other', messages: [] })
      .expect(200);
    expect(again.body).toEqual({
      imported: false,
      added: 0,
      branches: 0,
      differsAt: null,
      erased: 0,
      conversation: first.body.conversation,
    });
    expect(again.headers['location']).toBe(first.headers['location']);
  });

  const added = (importKey: string, contents: string[], more: object = {}) =>
    ada.post(PATH, {
      importKey,
      messages: contents.map((content) => ({ role: 'user', content })),
      ...more,
    });
  const contentsOf = async (id: string) => {
    const { body } = await ada.get(`/v1/conversations/${id}/messages?order=asc`).expect(200);
    return (body.data as { content: string }[]).map(({ content }) => content);
  };

  it('adds the messages of a source that has grown, and its new title', async () => {
    const { body: first } = await added('grows', ['a', 'b'], { title: 'Old' }).expect(201);
    const { body } = await added('grows', ['a', 'b', 'c', 'd'], {
      title: 'New',
      updatedAt: '2099-01-01T00:00:00Z',
    }).expect(200);
    expect(body).toMatchObject({
      imported: false,
      added: 2,
      differsAt: null,
      conversation: {
        id: first.conversation.id,
        title: 'New',
        lastSeq: 4,
        updatedAt: '2099-01-01T00:00:00.000Z',
      },
    });
    expect(await contentsOf(first.conversation.id)).toEqual(['a', 'b', 'c', 'd']);
    const shorter = await added('grows', ['a']).expect(200);
    expect(shorter.body).toMatchObject({ added: 0, differsAt: null, conversation: { lastSeq: 4 } });
  });

  it('shows what it adds where the last message is shown, and nothing is compared that was erased', async () => {
    const { body } = await added('branched', ['a', 'b', 'c']).expect(201);
    const path = `/v1/conversations/${body.conversation.id as string}`;
    const { data } = (await ada.get(`${path}/messages?order=asc`).expect(200)).body;
    const [, second, third] = data as { id: string }[];
    for (const { id } of [second!, third!])
      await ada.put(`${path}/head`, { messageId: id }).expect(200);
    await ada.delete(`${path}/messages/${second!.id}?derived=keep`).expect(204);
    const grown = await added('branched', ['a', 'b', 'c', 'd']).expect(200);
    expect(grown.body).toMatchObject({ added: 1, conversation: { lastSeq: 4, headSeq: 4 } });
    expect(await contentsOf(body.conversation.id as string)).toEqual(['a', '', 'c', 'd']);
  });

  it('keeps the title that somebody gave the conversation here', async () => {
    const { body } = await added('renamed', ['a'], { title: 'Old' }).expect(201);
    await ada.patch(`/v1/conversations/${body.conversation.id}`, { title: 'Mine' }).expect(200);
    const grown = await added('renamed', ['a', 'b'], { title: 'New' }).expect(200);
    expect(grown.body.conversation).toMatchObject({ title: 'Mine', lastSeq: 2 });
  });

  it('adds nothing when an earlier message differs, and names it', async () => {
    const { body } = await added('differs', ['a', 'b']).expect(201);
    const other = await added('differs', ['a', 'B', 'c']).expect(200);
    expect(other.body).toMatchObject({ imported: false, added: 0, differsAt: 2 });
    expect(await contentsOf(body.conversation.id)).toEqual(['a', 'b']);
  });

  it('takes a long conversation in several requests, in any order of retries', async () => {
    const { body } = await added('parts', ['a', 'b']).expect(201);
    const rest = () => added('parts', ['c', 'd'], { firstSeq: 3 });
    expect((await rest().expect(200)).body).toMatchObject({ added: 2 });
    expect((await rest().expect(200)).body).toMatchObject({ added: 0, differsAt: null });
    await added('parts', ['b', 'c', 'd', 'e'], { firstSeq: 2 }).expect(200);
    expect(await contentsOf(body.conversation.id)).toEqual(['a', 'b', 'c', 'd', 'e']);
    for (const key of ['parts', 'not there']) {
      const { body: gap } = await added(key, ['x'], { firstSeq: 9 }).expect(409);
      expect(gap).toMatchObject({
        code: 'conversation.head_moved',
        lastSeq: key === 'parts' ? 5 : 0,
      });
    }
  });

  it('adds each message once when imports of a grown source race', async () => {
    const { body } = await added('races', ['a']).expect(201);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => added('races', ['a', 'b', 'c']).expect(200)),
    );
    expect(answers.map(({ body: { added: count } }) => count as number).sort()).toEqual([
      0, 0, 0, 0, 0, 2,
    ]);
    expect(await contentsOf(body.conversation.id)).toEqual(['a', 'b', 'c']);
  });

  it('takes status and time of the last change, and messages as the API answers them', async () => {
    const { body: source } = await ada.post(PATH, chat('source')).expect(201);
    const { body: page } = await ada
      .get(`/v1/conversations/${source.conversation.id}/messages?order=asc`)
      .expect(200);
    const { body } = await ada
      .post(PATH, {
        importKey: 'copy',
        status: 'archived',
        updatedAt: day(5),
        messages: page.data as unknown,
      })
      .expect(201);
    expect(body.conversation).toMatchObject({ status: 'archived', updatedAt: day(5), lastSeq: 3 });
    const copy = await ada
      .get(`/v1/conversations/${body.conversation.id}/messages?order=asc`)
      .expect(200);
    const essence = (data: Record<string, unknown>[]) =>
      data.map(({ seq, role, content, metadata, createdAt }) => [
        ...[seq, role, content, metadata, createdAt],
      ]);
    expect(essence(copy.body.data)).toEqual(essence(page.data));
  });

  it('does not restore a deleted conversation', async () => {
    const { body } = await ada.post(PATH, chat('deleted')).expect(201);
    const path = `/v1/conversations/${body.conversation.id}`;
    await ada.delete(path).expect(204);
    const again = await ada.post(PATH, chat('deleted')).expect(200);
    expect(again.body).toMatchObject({
      imported: false,
      conversation: { id: body.conversation.id, deletedAt: expect.any(String) },
    });
    await ada.get(path).expect(404);
    await ada.delete(`${path}?purge=true`);
  });

  it('accepts a conversation without messages', async () => {
    const { body } = await ada
      .post(PATH, { importKey: 'empty', createdAt: day(2), messages: [] })
      .expect(201);
    expect(body.conversation).toMatchObject({
      title: null,
      tags: [],
      metadata: {},
      lastSeq: 0,
      createdAt: day(2),
      updatedAt: day(2),
    });
    const messages = await ada
      .get(`/v1/conversations/${body.conversation.id}/messages`)
      .expect(200);
    expect(messages.body.data).toEqual([]);
  });

  it('separates the import keys of two users', async () => {
    const own = await ada.post(PATH, chat('shared')).expect(201);
    const other = await app.actingFor('charles').post(PATH, chat('shared')).expect(201);
    expect(other.body.conversation.id).not.toBe(own.body.conversation.id);
    await app.actingFor('charles').get(`/v1/conversations/${own.body.conversation.id}`).expect(404);
    const list = await app.actingFor('charles').get('/v1/conversations').expect(200);
    expect(list.body.data).toEqual([other.body.conversation]);
  });

  it('needs a user', async () => {
    await app.anonymous.post(PATH, chat('nobody')).expect(401);
    await app.service.post(PATH, chat('nobody')).expect(400);
  });

  it('replays the answer to an Idempotency-Key', async () => {
    const caller = ada.with({ 'idempotency-key': 'import-1' });
    const first = await caller.post(PATH, chat('replayed')).expect(201);
    const replay = await caller.post(PATH, chat('replayed')).expect(201);
    expect(replay.headers['idempotent-replayed']).toBe('true');
    expect(replay.body).toEqual(first.body);
  });

  it.each([
    ['a wrong role', { role: 'critic', content: 'no' }, '/messages/3/role'],
    ['no content', { role: 'user' }, '/messages/3/content'],
    [
      'a time without a zone',
      { role: 'user', content: 'x', createdAt: '2023-05-08T13:56:00' },
      '/messages/3/createdAt',
    ],
    ['an unknown field', { role: 'user', content: 'x', nmae: 'Ada' }, '/messages/3/nmae'],
  ])('stores nothing when a message has %s', async (_, message, pointer) => {
    const before = [await count('conversation'), await count('message')];
    const { body } = await ada
      .post(PATH, { ...chat('bad'), messages: [...chat('bad').messages, message] })
      .expect(422);
    expect(body).toMatchObject({ code: 'request.invalid_body', errors: [{ pointer }] });
    expect([await count('conversation'), await count('message')]).toEqual(before);
  });

  it('stores nothing, and creates no user, when the database refuses a message', async () => {
    const before = [await count('app_user'), await count('conversation'), await count('message')];
    await app.database.admin(
      `alter table threadkeep.message add constraint message__refused check (content <> 'refused')`,
    );
    const messages = [...chat('bad').messages, { role: 'user', content: 'refused' }];
    await app
      .actingFor('never')
      .post(PATH, { ...chat('bad'), messages })
      .expect(422);
    expect([await count('app_user'), await count('conversation'), await count('message')]).toEqual(
      before,
    );
  });

  it('accepts 20,000 messages, and refuses 20,001', async () => {
    const messages = Array.from({ length: 20_000 }, (_, i) => ({
      role: i % 2 ? 'assistant' : 'user',
      content: `message ${i + 1}`,
    }));
    const { body } = await ada.post(PATH, { importKey: 'large', messages }).expect(201);
    expect(body.conversation.lastSeq).toBe(20_000);
    const last = await ada
      .get(`/v1/conversations/${body.conversation.id}/messages?limit=2`)
      .expect(200);
    expect(
      last.body.data.map((message: { seq: number; content: string }) => [
        message.seq,
        message.content,
      ]),
    ).toEqual([
      [20_000, 'message 20000'],
      [19_999, 'message 19999'],
    ]);
    const refused = await ada
      .post(PATH, { importKey: 'larger', messages: [...messages, messages[0]] })
      .expect(422);
    expect(refused.body.errors).toMatchObject([{ pointer: '/messages' }]);
  });
});

describe('racing imports with one import key', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp();
  });
  afterAll(() => app.close());

  it('create one user and one conversation, with each message once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => app.actingFor('racer').post(PATH, chat('race'))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      200, 200, 200, 200, 200, 200, 200, 201,
    ]);
    expect(new Set(answers.map(({ body }) => body.conversation.id as string)).size).toBe(1);
    expect(answers.every(({ body }) => body.conversation.lastSeq === 3)).toBe(true);
    const { rows } = await app.database.admin(`select seq from threadkeep.message order by seq`);
    expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it.each([
    ['commit', 200, false],
    ['rollback', 201, true],
  ] as const)('wait for the first, and after its %s answer %d', async (end, status, imported) => {
    const importKey = `waits for ${end}`;
    const { body: user } = await app.service
      .post('/v1/users', { externalId: importKey })
      .expect(201);
    const rival = new pg.Client({ connectionString: app.database.adminUrl });
    await rival.connect();
    try {
      await rival.query('begin');
      await rival.query(
        'insert into threadkeep.conversation (user_id, id, key) values ($1, gen_random_uuid(), $2)',
        [user.id, importKey],
      );
      const answer = app
        .actingFor(importKey)
        .post(PATH, chat(importKey))
        .then((response) => response);
      await untilSomebodyWaits(app);
      await rival.query(end);
      const { status: given, body } = await answer;
      expect([given, body.imported, body.added, body.conversation.lastSeq]).toEqual([
        status,
        imported,
        3,
        3,
      ]);
    } finally {
      await rival.end();
    }
  });
});

async function untilSomebodyWaits(app: TestApp): Promise<void> {
  for (let tried = 0; tried < 200; tried++) {
    const { rows } = await app.database.admin(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
    await sleep(25);
  }
  throw new Error('nobody waited for the lock');
}
