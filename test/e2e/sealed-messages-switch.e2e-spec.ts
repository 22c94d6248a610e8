// Switching the sealing of messages on and off, and merging users whose messages are sealed.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { tablesWithCanary } from '../support/canary.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { mergeCalls } from '../support/merges.js';
import { expectProblem } from '../support/problem.js';
import { runJob } from '../support/run-job.js';
import { inParallel } from '../support/wire.js';

const CANARY = 'canary7q';
const ON = { SEAL_MESSAGES: 'true' };
const OFF = { SEAL_MESSAGES: 'false' };
const METADATA = { of: CANARY, n: 1 };

interface Body {
  id: string;
  seq: number;
  content: unknown;
  metadata: object;
}

/** Ends it as a crash would after so many steps. */
const convert = (app: TestApp, steps?: number) => runJob(app, 'message.seal', steps);

const messagesOf = async (who: Caller, id: string): Promise<Body[]> =>
  (await who.get(`/v1/conversations/${id}/messages?order=asc&limit=100`).expect(200)).body
    .data as Body[];
const TITLE = `About the ${CANARY}`;
const newConversation = async (who: Caller): Promise<string> =>
  (await who.post('/v1/conversations', { title: TITLE }).expect(201)).body.id as string;

describe('switching the sealing of messages', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  const withApp = async (settings: object, work: (app: TestApp) => Promise<void>) => {
    const app = await createTestApp({ JOB_CONCURRENCY: '0', ...settings }, database);
    try {
      await work(app);
    } finally {
      await app.close();
    }
  };
  const rows = async (table: string, order: string) =>
    (await database.admin(`select * from threadkeep.${table} t order by ${order}`)).rows;
  const stored = async () => ({
    messages: await rows('message', 'user_id, id'),
    summaries: await rows('summary', 'id'),
    pieces: await rows('message_piece', 'conversation_id, seq, version'),
    drafts: (await rows('message_draft', 'conversation_id, seq')).map(
      ({ seq, bytes, metadata }) => ({
        ...{ seq, bytes, metadata },
      }),
    ),
    turns: (await rows('turn', 'id')).map(({ id, input, options }) => ({ id, input, options })),
    calls: (await rows('model_call', 'id')).map(({ id, request }) => ({ id, request })),
    conversations: (await rows('conversation', 'id')).map(
      ({ id, title, message_bytes: bytes }) => ({
        ...{ id, title, bytes },
      }),
    ),
  });

  it('seals what is there and gives it back, whenever it ends, and both are read meanwhile', async () => {
    const conversations = new Map<string, string>();
    const open = new Map<string, string>();
    const shown = new Map<string, Body[]>();
    await withApp({}, async (app) => {
      for (const name of ['ada', 'bob']) {
        const who = app.actingFor(name);
        const id = await newConversation(who);
        conversations.set(name, id);
        const messages = Array.from({ length: 60 }, (_, n) => ({
          role: 'user',
          content:
            n % 3 ? `${name} owns the ${CANARY} boat ${n}` : [{ type: 'text', text: CANARY }],
          ...(n % 2 ? { metadata: { ...METADATA, ...(n % 5 ? {} : { pinned: true }) } } : {}),
        }));
        messages.push({ role: 'user', content: ':sealed:1:not really' });
        await who.post(`/v1/conversations/${id}/messages`, { messages }).expect(201);
        await who
          .post(`/v1/conversations/${id}/summaries`, { toSeq: 5, content: `About the ${CANARY}` })
          .expect(201);
        await who.get('/v1/messages/search?q=boat').expect(200);
        const begun = {
          ...{ role: 'assistant', content: `Growing ${CANARY}`, status: 'in_progress' },
          ...{ metadata: METADATA, leaseSeconds: 3_600 },
        };
        const path = `/v1/conversations/${id}/messages`;
        const { body } = await who.post(path, begun).expect(201);
        const at = `${path}/${body.data[0].id as string}`;
        const more = { expectedVersion: 0, append: ` more ${CANARY}`, metadata: { m: CANARY } };
        await who.patch(at, { ...more, leaseSeconds: 3_600 }).expect(200);
        open.set(name, at);
        const call = { messages: [{ role: 'user', content: CANARY }] };
        await who
          .post('/v1/model-calls', { ...call, model: { provider: 'openai', name: 'x' } })
          .expect(202);
        shown.set(name, await messagesOf(who, id));
      }
    });
    await database.admin(`
      insert into threadkeep.turn (user_id, id, conversation_id, state, is_waiting, options, input)
      select user_id, gen_random_uuid(), id, 'queued', true, '{"context": {"query": "${CANARY}"}}', '{"x": "${CANARY}"}'
        from threadkeep.conversation`);
    const before = await stored();
    const expectAll = async (app: TestApp) => {
      for (const [name, id] of conversations) {
        const who = app.actingFor(name);
        expect(await messagesOf(who, id)).toEqual(shown.get(name));
        expect((await who.get(`/v1/conversations/${id}`).expect(200)).body.title).toBe(TITLE);
      }
    };
    await withApp(ON, async (app) => {
      await expectAll(app);
      for (const steps of [1, 2]) {
        await convert(app, steps);
        await expectAll(app);
      }
      await convert(app);
      await expectAll(app);
      const found = await tablesWithCanary(database, CANARY);
      expect(found).toEqual([]);
      expect(await rows('message_search', 'seq')).toEqual([]);
    });
    await withApp({}, async (app) => {
      const sealed = await stored();
      await convert(app);
      expect(await stored()).toEqual(sealed);
      const who = app.actingFor('ada');
      const asked = { query: 'boat', in: ['messages'] };
      const { body } = await who.post('/v1/memories/search', asked).expect(200);
      expect(body.data).not.toEqual([]);
    });
    await withApp(OFF, async (app) => {
      const who = app.actingFor('bob');
      expect((await who.get('/v1/messages/search?q=boat').expect(200)).body.data).not.toEqual([]);
      expectProblem(await who.get('/v1/conversations?q=about'), 400, 'message.sealed');
      expectProblem(
        await who.get(`/v1/conversations/${conversations.get('bob')!}/messages?q=boat`),
        400,
        'message.sealed',
      );
      await convert(app, 1);
      await expectAll(app);
      await convert(app);
      expect((await who.get('/v1/messages/search?q=boat').expect(200)).body.data).not.toEqual([]);
      await expectAll(app);
    });
    expect(await stored()).toEqual(before);
    await withApp({}, async (app) => {
      for (const [name, at] of open) {
        const last = { expectedVersion: 1, append: '!', status: 'complete' };
        const who = app.actingFor(name);
        await who.patch(at, last).expect(200);
        expect((await who.get(at).expect(200)).body).toMatchObject({
          content: `Growing ${CANARY} more ${CANARY}!`,
          metadata: { m: CANARY },
        });
      }
    });
  });

  it('seals the longest titles, also of forks and imports, and gives them back', async () => {
    const title = Array.from({ length: 500 }, (_, n) => String.fromCodePoint(0x20000 + n)).join('');
    const paths: string[] = [];
    const import_ = { importKey: 'long title', title, messages: [{ role: 'user', content: 'x' }] };
    const expectAll = async (app: TestApp) => {
      for (const path of paths)
        expect((await app.actingFor('fay').get(path).expect(200)).body.title).toBe(title);
    };
    await withApp({}, async (app) => {
      const who = app.actingFor('fay');
      const { body } = await who.post('/v1/conversations/import', import_).expect(201);
      paths.push(`/v1/conversations/${body.conversation.id as string}`);
    });
    await withApp(ON, async (app) => {
      const who = app.actingFor('fay');
      await who.post('/v1/conversations/import', import_).expect(200);
      const { body } = await who.post(`${paths[0]!}/fork`).expect(201);
      paths.push(`/v1/conversations/${body.id as string}`);
      await expectAll(app);
      await convert(app);
      await expectAll(app);
      const { rowCount } = await database.admin(
        `select from threadkeep.conversation where not starts_with(title, ':sealed:1:')`,
      );
      expect(rowCount).toBe(0);
    });
    await withApp(OFF, async (app) => {
      await convert(app);
      await expectAll(app);
      const { rowCount } = await database.admin(
        'select from threadkeep.conversation where title = $1',
        [title],
      );
      expect(rowCount).toBe(2);
    });
  });

  it('keeps the metadata of a message that is finished or redacted by a process of the other setting', async () => {
    for (const [first, second] of [
      [ON, {}],
      [{}, ON],
    ]) {
      let id = '';
      let at = '';
      await withApp(first!, async (app) => {
        const who = app.actingFor('carol');
        id = await newConversation(who);
        const path = `/v1/conversations/${id}/messages`;
        const begun = { role: 'assistant', content: CANARY, status: 'in_progress' };
        const messages = [
          { role: 'user', content: CANARY, metadata: METADATA },
          { ...begun, metadata: METADATA, leaseSeconds: 3_600 },
        ];
        const { body } = await who.post(path, { messages }).expect(201);
        at = `${path}/${body.data[1].id as string}`;
        await who.post(`/v1/conversations/${id}/fork`).expect(201);
      });
      await withApp(second!, async (app) => {
        const who = app.actingFor('carol');
        await who.patch(at, { expectedVersion: 0, append: '!', status: 'complete' }).expect(200);
        const [asked] = await messagesOf(who, id);
        const redaction = { parts: [{ index: 0, with: 'gone' }], expectedErasedAt: null };
        const path = `/v1/conversations/${id}/messages/${asked!.id}/redact`;
        await who.post(path, redaction).expect(200);
        expect(await messagesOf(who, id)).toMatchObject([
          { content: 'gone', metadata: METADATA },
          { content: `${CANARY}!`, metadata: METADATA },
        ]);
      });
    }
  });

  it('redacts messages whose copies were sealed one by one, and reads these in batches', async () => {
    const forks = 120;
    const said = { role: 'user', content: [{ type: 'text', text: CANARY }], metadata: METADATA };
    const paths: string[] = [];
    await withApp({}, async (app) => {
      const who = app.actingFor('eve');
      const path = `/v1/conversations/${await newConversation(who)}`;
      await who.post(`${path}/messages`, { messages: [said, said] }).expect(201);
      paths.push(path);
      await inParallel([...Array(forks).keys()], 4, async () => {
        const { body } = await who.post(`${path}/fork`).expect(201);
        paths.push(`/v1/conversations/${body.id as string}`);
      });
    });
    await withApp(ON, async (app) => {
      await convert(app);
      const who = app.actingFor('eve');
      const [first, second] = await messagesOf(who, paths[0]!.split('/').at(-1)!);
      const database = app.app.get(ScopedDatabase);
      const sent = [jest.spyOn(database, 'read'), jest.spyOn(database, 'write')];
      const parts = { parts: [{ index: 0, with: 'a part' }], expectedErasedAt: null };
      for (const [message, redaction] of [
        [first, { content: 'all' }],
        [second, parts],
      ] as const) {
        const at = `${paths[0]!}/messages/${message!.id}/redact`;
        await who.post(at, redaction).expect(200);
        const results = await Promise.all(
          sent.flatMap(({ mock }) => mock.results.map(({ value }) => value as Promise<object[]>)),
        );
        expect(results.length).toBeLessThan(forks / 2);
        const saidRows = results.filter((all) => all[0] && 'contentIsJson' in all[0]);
        expect(saidRows.length).toBeGreaterThan(1);
        for (const read of saidRows) expect(read.length).toBeLessThanOrEqual(100);
        for (const one of sent) one.mockClear();
      }
      jest.restoreAllMocks();
      for (const path of paths)
        expect(await messagesOf(who, path.split('/').at(-1)!)).toMatchObject([
          { content: 'all', metadata: METADATA },
          { content: [{ type: 'text', text: 'a part' }], metadata: METADATA },
        ]);
    });
  });

  it('seals beside writers, of whom none loses anything', async () => {
    const name = 'writer';
    const ids: string[] = [];
    await withApp({}, async (app) => {
      await inParallel([...Array(40).keys()], 4, async (n) => {
        const who = app.actingFor(name);
        const id = await newConversation(who);
        ids.push(id);
        const messages = [{ role: 'user', content: `${CANARY} first ${n}`, metadata: METADATA }];
        await who.post(`/v1/conversations/${id}/messages`, { messages }).expect(201);
      });
    });
    await withApp(ON, async (app) => {
      const who = app.actingFor(name);
      const write = async (id: string, n: number) => {
        const [first] = await messagesOf(who, id);
        const path = `/v1/conversations/${id}/messages`;
        await who.post(path, { role: 'user', content: `${CANARY} second ${n}` }).expect(201);
        const content = `${CANARY} redacted ${n}`;
        await who.post(`${path}/${first!.id}/redact`, { content }).expect(200);
      };
      await Promise.all([
        convert(app),
        inParallel([...ids.entries()], 4, ([n, id]) => write(id, n)),
      ]);
      await convert(app);
      for (const [n, id] of ids.entries())
        expect(await messagesOf(who, id)).toMatchObject([
          { content: `${CANARY} redacted ${n}`, metadata: METADATA },
          { content: `${CANARY} second ${n}` },
        ]);
      expect(await tablesWithCanary(database, CANARY)).not.toContain('threadkeep.message');
    });
  });
});

describe('users whose messages are sealed', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ ...ON, JOB_CONCURRENCY: '2' });
  });
  afterAll(() => app.close());
  const { run, newUser } = mergeCalls(() => app);

  it('merge and part: each reads what is theirs, and no webhook tells of a change', async () => {
    const [from, to] = [await newUser('from'), await newUser('to')];
    const [guest, account] = [app.actingFor('from'), app.actingFor('to')];
    const give = async (who: Caller, name: string) => {
      const id = await newConversation(who);
      const path = `/v1/conversations/${id}`;
      const messages = Array.from({ length: 30 }, (_, n) => ({
        ...{ role: 'user', content: `${name} knows the ${CANARY} ${n}`, metadata: METADATA },
      }));
      await who.post(`${path}/messages`, { messages }).expect(201);
      const open = { role: 'assistant', content: CANARY, status: 'in_progress' };
      await who
        .post(`${path}/messages`, { ...open, metadata: METADATA, leaseSeconds: 3_600 })
        .expect(201);
      await who.post(`${path}/summaries`, { toSeq: 3, content: `${name} ${CANARY}` }).expect(201);
      return id;
    };
    const ofGuest = await give(guest, 'guest');
    const ofAccount = await give(account, 'account');
    const shown = {
      guest: await messagesOf(guest, ofGuest),
      account: await messagesOf(account, ofAccount),
    };
    const url = 'https://app.example/hook';
    await app.service.post('/v1/admin/webhooks', { url, events: ['message.changed'] }).expect(201);
    await run(`/v1/users/${to}/merge`, { from });
    expect(await messagesOf(account, ofGuest)).toEqual(shown.guest);
    expect(await messagesOf(account, ofAccount)).toEqual(shown.account);
    const merged = await account.get(`/v1/conversations/${ofGuest}`).expect(200);
    expect(merged.body.title).toBe(TITLE);
    const { body } = await account.get(`/v1/conversations/${ofGuest}/summaries`).expect(200);
    expect(body.data).toMatchObject([{ content: `guest ${CANARY}` }]);
    await run(`/v1/users/${to}/merge/undo`, { from });
    expect(await messagesOf(guest, ofGuest)).toEqual(shown.guest);
    expect(await messagesOf(account, ofAccount)).toEqual(shown.account);
    const told = await app.database.admin(
      'select count(*)::integer as n from threadkeep.service_webhook_delivery',
    );
    expect(told.rows).toEqual([{ n: 0 }]);
    expect(await tablesWithCanary(app.database, CANARY)).toEqual([]);
  });
});
