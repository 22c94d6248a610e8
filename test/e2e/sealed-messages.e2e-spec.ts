// Messages that are stored sealed: every way to them, what the database and Redis hold, and what is refused.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { ConfigError } from '../../src/platform/config/config.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { Vault } from '../../src/platform/vault/index.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { keptInRedis, tablesWithCanary } from '../support/canary.js';
import { createTestDatabase } from '../support/database.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { expectProblem } from '../support/problem.js';
import { RedisServer } from '../support/redis-server.js';
import { gate, Talk as ModelTalk } from '../support/talk.js';
import { assistant, type Said, system, Talk, user } from '../support/talks.js';
import { eventually } from '../support/wait.js';

const CANARY = 'canary7q';
const METADATA = { z: 1, of: `a ${CANARY}`, deep: { a: [CANARY] } };

interface Body {
  id: string;
  seq: number;
  content: unknown;
  metadata: Record<string, unknown>;
  [name: string]: unknown;
}

let redis: RedisServer;
let standIn: ModelStandIn;
let app: TestApp;
let ada: Caller;
beforeAll(async () => {
  [redis, standIn] = await Promise.all([RedisServer.start(), startModelStandIn()]);
  app = await createTestApp({
    ...standIn.environment,
    SEAL_MESSAGES: 'true',
    REDIS_URL: redis.url,
    JOB_CONCURRENCY: '2',
    REPLY_CACHE_TTL: '60',
  });
  await app.listen();
  standIn.fallback = { text: [`I know the ${CANARY}`, ' well.'] };
  ada = app.actingFor('ada');
});
afterAll(async () => {
  await app.close();
  await standIn.close();
  await redis.stop();
});

const bodyOf = async (answer: PromiseLike<{ body: unknown }>) => (await answer).body as Body;
const messagesOf = async (path: string, who = ada, query = '?order=asc'): Promise<Body[]> =>
  (await who.get(`${path}/messages${query}`).expect(200)).body.data as Body[];
const pathOf = (talk: Talk) => `/v1/conversations/${talk.id}`;
const began = async (said: Said[] = [], who = ada) => {
  const talk = await Talk.start(who, said);
  return { talk, path: pathOf(talk) };
};
const says = (n: number | string) => `Message ${n} of the ${CANARY}`;
const PARTS = [
  { type: 'text', text: `Part of the ${CANARY}` },
  { type: 'custom', secret: CANARY },
];

describe('messages that are sealed', () => {
  it('are shown as they were given: alone, in pages, sorted, as branches and in lists of conversations', async () => {
    const { path, talk } = await began([user(says(1), METADATA), assistant(PARTS)]);
    const shown = await messagesOf(path);
    expect(shown).toMatchObject([
      { content: says(1), metadata: METADATA },
      { content: PARTS, metadata: {} },
    ]);
    expect(Object.keys(shown[0]!.metadata)).toEqual(Object.keys(METADATA));
    expect((await ada.get(`${path}/messages/${shown[0]!.id}`).expect(200)).body).toEqual(shown[0]);
    for (const query of ['?sort=seq', '?filter[role]=user', '?sort=seq&fields=metadata'])
      expect((await messagesOf(path, ada, query))[0]!.metadata).toEqual(METADATA);
    const again = { messages: [assistant(says('2b'))], parentId: shown[0]!.id };
    await ada.post(`${path}/messages`, again).expect(201);
    expect((await messagesOf(path)).map(({ content }) => content)).toEqual([says(1), says('2b')]);
    const all = await messagesOf(path, ada, '?all=true&order=asc');
    expect(all.map(({ content }) => content)).toEqual([says(1), PARTS, says('2b')]);
    const { body } = await ada.get('/v1/conversations?include=lastMessage').expect(200);
    expect((body.data as Body[]).find(({ id }) => id === talk.id)).toMatchObject({
      lastMessage: { preview: says('2b') },
    });
  });

  it('begin as sealed ones do, and are themselves all the same', async () => {
    const texts = [':sealed:1:AAAA', ':sealed:0:x', ':sealed:', '', '\nline'];
    const { path } = await began(texts.map((text) => user(text)));
    expect((await messagesOf(path)).map(({ content }) => content)).toEqual(texts);
  });

  it('are the same with the same key and content, and others with another', async () => {
    const { path } = await began();
    const keyed = { role: 'user', key: 'k1', content: says('keyed'), metadata: METADATA };
    const first = await bodyOf(ada.post(`${path}/messages`, keyed).expect(201));
    expect(await bodyOf(ada.post(`${path}/messages`, keyed).expect(200))).toEqual(first);
    const other = { ...keyed, metadata: { ...METADATA, z: 2 } };
    expectProblem(await ada.post(`${path}/messages`, other), 409, 'message.key_taken');
  });

  it('grow in pieces, are joined and finished, and a finishing write is known again', async () => {
    const { path } = await began([user(says('asked'))]);
    const begun = { role: 'assistant', content: says('grown'), status: 'in_progress' };
    const { data } = (
      await ada.post(`${path}/messages`, { ...begun, metadata: METADATA }).expect(201)
    ).body as { data: Body[] };
    const at = `${path}/messages/${data[0]!.id}`;
    let text = begun.content;
    for (let version = 0; version < 510; version++) {
      const append = version % 100 === 0 ? ` ${CANARY}` : '.';
      text += append;
      await ada.patch(at, { expectedVersion: version, append }).expect(200);
    }
    expect((await messagesOf(path))[1]).toMatchObject({ content: text, metadata: METADATA });
    const same = { expectedVersion: 509, append: '.' };
    await ada.patch(at, same).expect(200);
    const last = { expectedVersion: 510, append: '!', status: 'complete' };
    await ada.patch(at, last).expect(200);
    await ada.patch(at, last).expect(200);
    expectProblem(await ada.patch(at, { ...last, append: '?' }), 409, 'message.finished');
    expect((await ada.get(at).expect(200)).body).toMatchObject({
      content: `${text}!`,
      metadata: METADATA,
    });
  });

  it('take the metadata of their writes, and forks have what they say by then', async () => {
    const { path, talk } = await began([user(says('asked'), METADATA)]);
    const begun = { role: 'assistant', content: says('open'), status: 'in_progress' };
    const { data } = (await ada.post(`${path}/messages`, begun).expect(201)).body;
    const at = `${path}/messages/${data[0].id as string}`;
    await ada.patch(at, { expectedVersion: 0, append: '+', metadata: METADATA }).expect(200);
    const fork = await bodyOf(ada.post(`${path}/fork`).expect(201));
    expect(await messagesOf(`/v1/conversations/${fork.id}`)).toMatchObject([
      { content: says('asked'), metadata: METADATA },
      { content: `${begun.content}+`, metadata: METADATA, status: 'interrupted' },
    ]);
    await ada.patch(at, { expectedVersion: 1, status: 'complete' }).expect(200);
    expect((await messagesOf(pathOf(talk)))[1]).toMatchObject({ metadata: METADATA });
  });

  it('are redacted, whole or in part, with their copies, and removed', async () => {
    const { path } = await began([user(says('gone'), METADATA), user(PARTS, METADATA)]);
    const [first, second] = (await messagesOf(path)) as [Body, Body];
    const fork = `/v1/conversations/${(await bodyOf(ada.post(`${path}/fork`).expect(201))).id}`;
    const copies = await messagesOf(fork);
    const redacted = await ada
      .post(`${path}/messages/${first.id}/redact`, { content: `no longer ${CANARY}` })
      .expect(200);
    expect(redacted.body).toMatchObject({
      content: `no longer ${CANARY}`,
      metadata: METADATA,
      erased: { how: 'redacted' },
    });
    const parts = { parts: [{ index: 0, with: 'gone' }], expectedErasedAt: null };
    await ada.post(`${path}/messages/${second.id}/redact`, parts).expect(200);
    for (const where of [path, fork])
      expect(await messagesOf(where)).toMatchObject([
        { content: `no longer ${CANARY}`, metadata: METADATA },
        { content: [{ type: 'text', text: 'gone' }, PARTS[1]], metadata: METADATA },
      ]);
    await ada.delete(`${fork}/messages/${copies[1]!.id}?derived=keep`).expect(204);
    expect((await messagesOf(fork))[1]).toMatchObject({ content: '', metadata: {} });
    expect((await messagesOf(path))[1]).toMatchObject({ metadata: METADATA });
  });

  it('are imported once, compared when the source has grown, and exported', async () => {
    const messages = [1, 2, 3].map((n) => ({
      ...user(says(n), METADATA),
      createdAt: '2026-01-01T00:00:00Z',
    }));
    const sent = { importKey: 'sealed import', messages };
    const imported = await bodyOf(ada.post('/v1/conversations/import', sent).expect(201));
    const { id } = imported['conversation'] as Body;
    const again = await bodyOf(ada.post('/v1/conversations/import', sent).expect(200));
    expect(again).toMatchObject({ added: 0, differsAt: null });
    const grown = { ...sent, messages: [...messages, { ...messages[0], content: says(4) }] };
    expect(await bodyOf(ada.post('/v1/conversations/import', grown))).toMatchObject({ added: 1 });
    const other = { ...sent, messages: [messages[0], { ...messages[1], content: 'other' }] };
    expect(await bodyOf(ada.post('/v1/conversations/import', other))).toMatchObject({
      added: 0,
      differsAt: 2,
    });
    const tree = {
      ...sent,
      messages: [
        messages[0],
        messages[1],
        { ...messages[2], content: says('branch'), parentSeq: 2 },
      ],
      headSeq: 3,
    };
    expect(await bodyOf(ada.post('/v1/conversations/import', tree))).toMatchObject({
      added: 1,
      branches: 1,
    });
    const batch = {
      conversations: ['a', 'b'].map((importKey) => ({
        importKey: `${importKey} sealed`,
        messages,
      })),
    };
    await ada.post('/v1/conversations/import/batch', batch).expect(200);
    const { text } = await ada.get(`/v1/conversations/${id}/export`).expect(200);
    for (const said of [says(1), says(4), says('branch')]) expect(text).toContain(said);
    expect(text).not.toContain(':sealed:');
  });

  it('are in contexts with summaries and pinned messages, which are repeated byte for byte', async () => {
    const { talk, path } = await began([
      system(`Obey the ${CANARY}`),
      user(says('pinned'), { pinned: true, ...METADATA }),
      ...Array.from({ length: 40 }, (_, n) => (n % 2 ? assistant : user)(says(n))),
      user([{ type: 'tool_result', tool_use_id: 'x', content: CANARY }]),
    ]);
    const summary = { toSeq: 20, content: `A summary of the ${CANARY}` };
    const made = await bodyOf(ada.post(`${path}/summaries`, summary).expect(201));
    expect(made.content).toBe(summary.content);
    const listed = (await ada.get(`${path}/summaries`).expect(200)).body.data as Body[];
    expect(listed).toMatchObject([{ content: summary.content }]);
    for (const budgetTokens of [400, 100_000]) {
      const context = await talk.context({ budgetTokens });
      const text = JSON.stringify(context);
      for (const said of [
        'Obey the',
        'Message pinned',
        'Message 39',
        ...(budgetTokens < 500 ? ['A summary of'] : []),
      ])
        expect(text).toContain(said);
      const again = await talk.repeat(context.manifestId).expect(200);
      expect(again.body.messages).toEqual(context.messages);
    }
  });

  it('are replayed to a retry as they were sent', async () => {
    const { path } = await began();
    for (const body of [
      { ...user(says('keyed')), metadata: { b: 1, a: CANARY } },
      { messages: [user(says('one')), assistant(PARTS, METADATA)] },
    ]) {
      const keyed = ada.with({ 'idempotency-key': uuidv7() });
      const first = await keyed.post(`${path}/messages`, body).expect(201);
      const again = await keyed.post(`${path}/messages`, body).expect(201);
      expect(again.headers['idempotent-replayed']).toBe('true');
      expect(again.text).toBe(first.text);
    }
  });

  it('are found by the index of this process, by words, speakers, beginnings and stop words', async () => {
    const who = app.actingFor('finder');
    const said = [
      user(`Sails the ${CANARY} to the sea`, { speaker: 'Carol' }),
      user('Will there be The Who'),
    ];
    await began(said, who);
    const found = async (query: string, more: object = {}) => {
      const asked = { query, in: ['messages'], ...more };
      const { body } = await who.post('/v1/memories/search', asked).expect(200);
      return (body.data as { message: Body }[]).map(({ message }) => message.content);
    };
    for (const query of [CANARY, 'sails', '"to the sea"', 'Carol'])
      expect([query, (await found(query))[0]]).toEqual([query, said[0]!.content]);
    expect(await found('canar', { prefix: true })).toEqual([said[0]!.content]);
    expect(await found('the who')).toContain(said[1]!.content);
  });

  it('ask for the memories of a context by what they say, as a text and as parts', async () => {
    const who = app.actingFor('remembers');
    for (const content of ['Harbours close at nine.', 'Tea is green.', 'Wool is warm.'])
      await who.post('/v1/memories', { content }).expect(201);
    const asked = 'When do harbours close?';
    for (const content of [asked, [{ type: 'text', text: asked }], ':sealed:0:harbours close']) {
      const { path } = await began([user(content)], who);
      const { body } = await who
        .post(`${path}/context`, { budgetTokens: 1_000, memories: { limit: 1 } })
        .expect(200);
      expect(JSON.stringify(body.messages)).toContain('Harbours close at nine.');
    }
  });

  it('have conversations whose titles are sealed: given, changed, imported, forked, and of models', async () => {
    const title = `About the ${CANARY}`;
    const made = await bodyOf(ada.post('/v1/conversations', { title }).expect(201));
    expect(made['title']).toBe(title);
    const path = `/v1/conversations/${made.id}`;
    const changed = await bodyOf(ada.patch(path, { title: `${title}, newer` }).expect(200));
    expect(changed['title']).toBe(`${title}, newer`);
    expect(await bodyOf(ada.get(path).expect(200))).toMatchObject({ title: `${title}, newer` });
    const fork = await bodyOf(ada.post(`${path}/fork`).expect(201));
    expect(fork['title']).toBe(`${title}, newer`);
    const put = await bodyOf(ada.put('/v1/conversations/key:titled', { title: ':sealed:1:x' }));
    expect(put['title']).toBe(':sealed:1:x');
    const { body } = await ada.get('/v1/conversations?limit=100').expect(200);
    const titles = (body.data as Body[]).map((one) => one['title']);
    expect(titles).toEqual(expect.arrayContaining([`${title}, newer`, ':sealed:1:x']));
    const sent = { importKey: 'titled import', title, messages: [] };
    const imported = await bodyOf(ada.post('/v1/conversations/import', sent).expect(201));
    expect(imported['conversation']).toMatchObject({ title });
    const grown = { ...sent, title: `${title} grown`, messages: [user(says(1))] };
    const again = await bodyOf(ada.post('/v1/conversations/import', grown).expect(200));
    expect(again['conversation']).toMatchObject({ title: `${title} grown` });
    const long = { title: '\u{1f600}'.repeat(500) };
    const kept = await bodyOf(ada.post('/v1/conversations', long).expect(201));
    expect(kept).toMatchObject(long);
    expect(await bodyOf(ada.post(`/v1/conversations/${kept.id}/fork`).expect(201))).toMatchObject(
      long,
    );
  });

  it('refuse what needs a database that reads them', async () => {
    const { path } = await began([user(says('refused'))]);
    for (const refused of [
      ada.get(`${path}/messages?q=canary`),
      ada.get(`${path}/messages?filter[metadata]={"a":1}`),
      ada.get('/v1/conversations?q=canary'),
      ada.get('/v1/conversations?sort=title'),
      ada.get('/v1/conversations?filter[title]=canary'),
      ada.post('/v1/conversations/bulk-delete', { filter: { not: { title: 'canary' } } }),
      ada.post('/v1/memories/search', {
        query: 'x',
        in: ['messages'],
        filter: { metadata: { a: 1 } },
      }),
    ])
      expectProblem(await refused, 400, 'message.sealed');
  });

  it('are what models get and say: in turns that wait, and in calls', async () => {
    const talk = await ModelTalk.begin(app);
    const { open, until } = gate();
    standIn.next({ text: ['one', ` ${CANARY}`], hold: { afterDeltas: 1, until } });
    const first = await talk.turn(says('turn'));
    const more = { whenBusy: 'queue', context: { query: `Think of the ${CANARY}` } };
    const second = await talk.turn(says('waits'), more);
    expect(await tablesWithCanary(app.database, CANARY)).toEqual([]);
    open();
    for (const turn of [first, second])
      expect(await talk.settled(turn)).toMatchObject({ state: 'completed' });
    const said = (await talk.messages()).map(({ content }) => JSON.stringify(content)).join(' ');
    for (const text of [says('turn'), says('waits'), `I know the ${CANARY} well.`])
      expect(said).toContain(text);
    const call = { messages: [user(says('called'))], model: { provider: 'stand-in', name: 'm' } };
    const { id } = await bodyOf(ada.post('/v1/model-calls', call).expect(202));
    await eventually(async () => {
      const read = await bodyOf(ada.get(`/v1/model-calls/${id}`).expect(200));
      return read['state'] === 'completed' && JSON.stringify(read['reply']).includes(CANARY);
    });
  });

  it('come and go through the doors of OpenAI', async () => {
    const speaker = ada;
    const item = {
      type: 'message',
      role: 'user',
      content: [{ type: 'input_text', text: says('item') }],
    };
    const door = '/compat/openai/v1/conversations';
    const made = await bodyOf(speaker.post(door, { items: [item] }).expect(200));
    const items = (await speaker.get(`${door}/${made.id}/items`).expect(200)).text;
    expect(items).toContain(says('item'));
    const completion = {
      model: 'stand-in/m',
      messages: [system(`Think of the ${CANARY}`), user(says('completion'))],
      metadata: { conversation: 'key:completed', user: 'ada' },
    };
    for (const said of ['completion', 'another']) {
      completion.messages.push(...(said === 'another' ? [assistant('x'), user(says(said))] : []));
      const answer = await app.service.post('/compat/openai/v1/chat/completions', completion);
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining(CANARY)]);
    }
    expect(JSON.stringify(standIn.requests.at(-1)!.body)).toContain(`Think of the ${CANARY}`);
  });

  it('cost a page and a write one more statement each', async () => {
    const idle = await createTestApp({ SEAL_MESSAGES: 'true' }, app.database);
    const { path } = await began([user('short')]);
    const who = idle.actingFor('ada');
    await messagesOf(path, who);
    const reads = jest.spyOn(idle.app.get(ScopedDatabase), 'read');
    await messagesOf(path, who);
    expect(reads.mock.calls.map(([{ name }]) => name)).toEqual([
      'message.range_asc',
      'data_key.find',
    ]);
    reads.mockClear();
    await who.post(`${path}/messages`, user('more')).expect(201);
    const keys = reads.mock.calls.filter(([{ name }]) => name.startsWith('data_key'));
    expect(keys.map(([{ name }]) => name)).toEqual(['data_key.find']);
    await idle.close();
  });

  it('leave nothing plain in any table, nor in Redis', async () => {
    expect(await tablesWithCanary(app.database, CANARY)).toEqual([]);
    const { rows } = await app.database.admin(
      `select count(*)::integer as n from threadkeep.message_search where terms <> ''`,
    );
    expect(rows).toEqual([{ n: 0 }]);
    await eventually(async () => (await keptInRedis(redis)).length > 0);
    const kept = await keptInRedis(redis);
    expect(kept.filter((text) => text.toLowerCase().includes(CANARY))).toEqual([]);
  });

  it('cannot be read without their data key: 409, empty in lists, and can be redacted and removed', async () => {
    const who = app.actingFor('shredded');
    const { path, talk } = await began([user(says('lost'), METADATA), user(says('lost too'))], who);
    await who.post(`${path}/summaries`, { toSeq: 1, content: CANARY }).expect(201);
    const [first, second] = (await messagesOf(path, who)) as [Body, Body];
    const me = (await who.get('/v1/users/me').expect(200)).body.id as string;
    await app.app.get(RequestContexts).runAsUser(me, () => app.app.get(Vault).shred());
    expectProblem(await who.get(`${path}/messages/${first.id}`), 409, 'vault.unreadable');
    expect(await messagesOf(path, who)).toMatchObject([
      { id: first.id, content: '', metadata: {} },
      { id: second.id, content: '' },
    ]);
    await talk.say(user(says('new')));
    const context = await talk.context();
    expect(context.messages.map(({ content }) => JSON.stringify(content)).join()).toContain(
      'Message new',
    );
    await who.post(`${path}/messages/${first.id}/redact`, { content: 'known' }).expect(200);
    await who.delete(`${path}/messages/${second.id}?derived=keep`).expect(204);
    expect((await messagesOf(path, who)).map(({ content }) => content)).toEqual([
      'known',
      '',
      says('new'),
    ]);
  });

  it('need keys at the start', async () => {
    const database = await createTestDatabase();
    const started = createTestApp({ SEAL_MESSAGES: 'true', VAULT_KEYS: '' }, database);
    await expect(started).rejects.toThrow(ConfigError);
    await expect(started).rejects.toThrow(/SEAL_MESSAGES=true needs .*VAULT_KEYS/);
    await database.drop();
  });
});
