// Removing and redacting one message: its text is nowhere, and its place stays.
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { ServiceKeys } from '../../src/platform/vault/index.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { tablesWith } from '../support/stored-texts.js';
import { assistant, type Said, system, Talk, user } from '../support/talks.js';

let app: TestApp;
let ada: Caller;
let word: string;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
beforeEach(() => {
  ada = app.actingFor(`ada${++users}`);
  word = `zqcanary${users}end`;
});
afterAll(() => app.close());

interface Message {
  id: string;
  seq: number;
  content: unknown;
  erased?: { how: string; at: string; by: string; reason: string | null };
}

const messagesOf = async (talk: Talk): Promise<Message[]> =>
  (await ada.get(`${talk.path}/messages?order=asc`).expect(200)).body.data;
const path = (talk: Talk, id: string): string => `${talk.path}/messages/${id}`;
const fork = async (talk: Talk): Promise<Talk> =>
  Talk.of(ada, (await ada.post(`${talk.path}/fork`).expect(201)).body.id as string);

/** A conversation of three messages, of which the second has the word. */
async function talkWithWord(more: Said[] = []): Promise<{ talk: Talk; id: string }> {
  const talk = await Talk.start(ada, [
    user('Where shall we go?'),
    assistant([{ type: 'text', text: `To ${word}.` }], { word }),
    user('And then?'),
    ...more,
  ]);
  return { talk, id: (await messagesOf(talk))[1]!.id };
}

const ways: [string, (path: string) => Promise<{ status: number }>][] = [
  ['removed', (at) => ada.delete(`${at}?derived=forget&reason=asked`)],
  [
    'redacted',
    (at) =>
      ada.post(`${at}/redact`, {
        content: 'To the sea.',
        metadata: null,
        reason: 'asked',
        derived: 'forget',
      }),
  ],
];

describe.each(ways)('a message that was %s', (how, erase) => {
  it('has its words in no table, index, context, search or remembered answer', async () => {
    const talk = await Talk.start(ada, [user('Where shall we go?')]);
    const keyed = ada.with({ 'idempotency-key': 'append' });
    const said = { messages: [assistant(`To ${word}.`, { word }), user(`Not ${word}`)] };
    const append = () => keyed.post(`${talk.path}/messages`, said);
    const [{ id }, other] = (await append().expect(201)).body.data as [Message, Message];
    const source = { content: `Likes ${word}`, sourceMessageIds: [id] };
    const memory = (await ada.post('/v1/memories', source).expect(201)).body;
    await ada
      .post(`${talk.path}/summaries`, { fromSeq: 1, toSeq: 2, content: `Says ${word}` })
      .expect(201);
    const [child] = [await fork(talk)];
    const grandchild = await fork(child);
    await ada.delete(`${child.path}?purge=true&derived=keep`).expect(204);
    const { manifestId } = await talk.context({ query: word });
    const inFork = await grandchild.context({});
    const find = () => ada.get(`/v1/messages/search?q=${word}`);
    const recall = () =>
      ada.post('/v1/memories/search', { query: word, in: ['memories', 'messages'] });
    expect((await find().expect(200)).body.data).toHaveLength(4);
    expect(JSON.stringify((await recall().expect(200)).body)).toContain(word);
    await ada.delete(path(talk, other.id)).expect(200);
    expect([200, 204]).toContain((await erase(path(talk, id))).status);

    expect(await tablesWith(app, word)).toEqual([]);
    expect((await find().expect(200)).body.data).toEqual([]);
    expect(JSON.stringify((await recall().expect(200)).body)).not.toContain(word);
    expectProblem(await append(), 410, 'idempotency.erased');
    expectProblem(await ada.get(`/v1/memories/${memory.id as string}`), 404, 'memory.not_found');
    for (const [place, manifest] of [
      [talk, manifestId],
      [grandchild, inFork.manifestId],
    ] as const) {
      expectProblem(await place.repeat(manifest), 410, 'context.erased');
      expect(JSON.stringify(await place.context({ query: word }))).not.toContain(word);
      expect(JSON.stringify(await messagesOf(place))).not.toContain(word);
    }
    expect((await messagesOf(grandchild))[1]!.erased?.how).toBe(how);
  });

  it('keeps its place, and says when, by whom and why', async () => {
    const { talk, id } = await talkWithWord();
    const before = await messagesOf(talk);
    await erase(path(talk, id));
    const { body } = await ada.get(path(talk, id)).expect(200);
    expect(body).toEqual({
      ...before[1],
      content: how === 'removed' ? '' : 'To the sea.',
      metadata: {},
      tokenCount: how === 'removed' ? 0 : expect.any(Number),
      erased: { how, at: expect.any(String), by: expect.any(String), reason: 'asked' },
    });
    expect(await messagesOf(talk)).toEqual([before[0], body, before[2]]);
    expect((await ada.get(talk.path).expect(200)).body.lastSeq).toBe(3);
    await talk.say(user('Still four'));
    expect((await messagesOf(talk)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('is counted in what the user stores, and recorded for the operator', async () => {
    const { talk, id } = await talkWithWord();
    const used = async () =>
      (await ada.get('/v1/users/me/usage').expect(200)).body as Record<string, unknown>;
    const before = JSON.stringify(await used());
    await erase(path(talk, id));
    expect(JSON.stringify(await used())).not.toBe(before);
    const { rows } = await app.database.admin(
      `select details from threadkeep.audit_record where action = 'data.erased' and about_user_id =
         (select user_id from threadkeep.conversation where id = $1)`,
      [talk.id],
    );
    expect(rows).toEqual([{ details: { what: 'message', count: 1, why: how } }]);
  });

  it("is erased in forks, and a fork's message is not erased in the original", async () => {
    const { talk, id } = await talkWithWord();
    const child = await fork(talk);
    const grandchild = await fork(child);
    const copy = (await messagesOf(child))[1]!;
    await erase(path(child, copy.id));
    expect((await messagesOf(child))[1]!.erased?.how).toBe(how);
    expect((await messagesOf(grandchild))[1]!.erased?.how).toBe(how);
    expect((await messagesOf(talk))[1]!.erased).toBeUndefined();
    await erase(path(talk, id));
    expect(await tablesWith(app, word)).toEqual([]);
  });

  it('is erased in forks of releases that did not keep where a copy came from', async () => {
    const { talk, id } = await talkWithWord();
    const grandchild = await fork(await fork(talk));
    await app.database.admin(
      `update threadkeep.message set origin_id = null where conversation_id = $1`,
      [grandchild.id],
    );
    await app.database.admin(
      `update threadkeep.message set origin_id = null where conversation_id =
         (select forked_from_id from threadkeep.conversation where id = $1)`,
      [grandchild.id],
    );
    await erase(path(talk, id));
    expect(await tablesWith(app, word)).toEqual([]);
  });
});

describe('removing a message', () => {
  it('lists what was made from it, keeps that, and marks summaries as stale', async () => {
    const { talk, id } = await talkWithWord();
    const memory = (
      await ada.post('/v1/memories', { content: 'Likes it', sourceMessageIds: [id] }).expect(201)
    ).body;
    const summarise = (fromSeq: number, toSeq: number) =>
      ada.post(`${talk.path}/summaries`, { fromSeq, toSeq, content: 'Went on.' }).expect(201);
    const covering = (await summarise(1, 2)).body;
    const beside = (await summarise(3, 3)).body;
    expect((await ada.delete(path(talk, id)).expect(200)).body).toEqual({
      messageId: id,
      derived: [
        { kind: 'memory', count: 1, ids: [memory.id] },
        { kind: 'summary', count: 1, ids: [covering.id] },
      ],
    });
    const { data } = (await ada.get(`${talk.path}/summaries`).expect(200)).body;
    expect(data).toEqual([beside, { ...covering, stale: true }]);
    const kept = (await ada.get(`/v1/memories/${memory.id as string}`).expect(200)).body;
    expect(kept.removedSourceMessageIds).toEqual([id]);
  });

  it('done again changes nothing, and may then forget what was made from it', async () => {
    const { talk, id } = await talkWithWord();
    await ada.post('/v1/memories', { content: word, sourceMessageIds: [id] }).expect(201);
    await ada.delete(`${path(talk, id)}?derived=keep&reason=first`).expect(204);
    const first = (await ada.get(path(talk, id)).expect(200)).body;
    await ada.delete(`${path(talk, id)}?derived=forget&reason=second`).expect(204);
    expect((await ada.get(path(talk, id)).expect(200)).body).toEqual(first);
    expect(await tablesWith(app, word)).toEqual([]);
    expectProblem(
      await ada.post(`${path(talk, id)}/redact`, { content: 'no' }),
      410,
      'message.removed',
    );
  });

  it('racing removals and forks leave nothing of it', async () => {
    const { talk, id } = await talkWithWord();
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        i % 3 === 0
          ? ada.delete(`${path(talk, id)}?derived=keep`)
          : i % 3 === 1
            ? ada.post(`${talk.path}/fork`)
            : ada.get(`/v1/messages/search?q=${word}`),
      ),
    );
    expect(results.filter(({ status }) => status >= 400)).toEqual([]);
    expect(await tablesWith(app, word)).toEqual([]);
  });

  it('a context leaves it out and names it, also a system message or a result', async () => {
    const call = { type: 'tool_call', id: 'c1', name: 'find', arguments: {} };
    const talk = await Talk.start(ada, [
      system('Be brief.'),
      user('Where?'),
      assistant([call]),
      { role: 'tool', content: 'At the sea.', metadata: { tool_call_id: 'c1' } },
      user('Thank you.'),
    ]);
    const [first, , , result] = (await messagesOf(talk)) as [Message, Message, Message, Message];
    for (const { id } of [first, result]) await ada.delete(path(talk, id)).expect(200);
    const context = await talk.context({ explain: true });
    const removed = [first, result].map(({ seq, id }) => ({ seq, id }));
    expect(context.omitted).toMatchObject({ removed });
    expect(context.omitted.explained!.messages).toContainEqual({
      fromSeq: 4,
      toSeq: 4,
      reason: 'removed',
    });
    expect(JSON.stringify(context.messages)).not.toContain('Be brief');
    expect((await talk.repeat(context.manifestId)).status).toBe(200);
  });

  it('refuses what it does not know', async () => {
    const { talk, id } = await talkWithWord();
    const unknown = '00000000-0000-7000-8000-00000000cccc';
    const other = await Talk.start(ada, [user('Hello')]);
    for (const at of [path(talk, unknown), path(other, id)]) {
      expectProblem(await ada.get(at), 404, 'message.not_found');
      expectProblem(await ada.delete(at), 404, 'message.not_found');
      expectProblem(await ada.post(`${at}/redact`, { content: 'x' }), 404, 'message.not_found');
    }
    for (const method of ['get', 'delete'] as const)
      expectProblem(
        await ada[method](`/v1/conversations/${unknown}/messages/${id}`),
        404,
        'conversation.not_found',
      );
    const eve = app.actingFor(`eve${users}`);
    await eve.post('/v1/conversations').expect(201);
    expectProblem(await eve.delete(path(talk, id)), 404, 'conversation.not_found');
    expectProblem(
      await ada.post(`${path(talk, id)}/redact`, { content: 'x', reason: 'a\u0000b' }),
      422,
      'request.invalid_body',
    );
  });
});

describe('redacting a message', () => {
  it('looks for no sealed metadata where nothing is sealed', async () => {
    const { talk, id } = await talkWithWord();
    // As after a pause in which nobody asked.
    Object.assign(app.app.get(ServiceKeys), { lookedAt: -Infinity });
    const written = jest.spyOn(ScopedDatabase.prototype, 'write');
    try {
      await ada.post(`${path(talk, id)}/redact`, { content: 'To the sea.' }).expect(200);
      const names = written.mock.calls.map(([{ name }]) => name);
      expect(names).toContain('message_erasure.erase');
      expect(names).not.toContain('message_erasure.said');
    } finally {
      written.mockRestore();
    }
  });

  it('a retry with its key answers the same, and its new words are found', async () => {
    const { talk, id } = await talkWithWord();
    await ada.get('/v1/messages/search?q=sea').expect(200);
    const keyed = ada.with({ 'idempotency-key': 'redact' });
    const redact = () => keyed.post(`${path(talk, id)}/redact`, { content: 'To the sea.' });
    const first = (await redact().expect(200)).body;
    expect(first.metadata).toEqual({ word });
    expect((await redact().expect(200)).body).toEqual(first);
    const hits = (await ada.get('/v1/messages/search?q=sea').expect(200)).body.data;
    expect(hits.map(({ message }: { message: Message }) => message)).toEqual([first]);
    await ada.delete(path(talk, id)).expect(200);
    expectProblem(await redact(), 410, 'idempotency.erased');
  });

  it('contexts send what it says now, with its own count of tokens', async () => {
    const { talk, id } = await talkWithWord();
    const before = await talk.context({});
    const content = [{ type: 'text', text: 'To the sea. '.repeat(50) }];
    await ada.post(`${path(talk, id)}/redact`, { content }).expect(200);
    const after = await talk.context({});
    expect(after.tokens).toBeGreaterThan(before.tokens + 100);
    expect(JSON.stringify(after.messages)).toContain('To the sea.');
    expect((await talk.repeat(after.manifestId)).status).toBe(200);
  });
});

describe('the words that the release before keeps of a message', () => {
  it('go with what it said', async () => {
    const { talk, id } = await talkWithWord();
    const of = [talk.path.split('/').at(-1)];
    await app.database.admin(
      `insert into threadkeep.message_search (user_id, conversation_id, seq, terms)
       select user_id, conversation_id, seq, to_tsvector('simple', content) from threadkeep.message
        where conversation_id = $1`,
      of,
    );
    const kept = async () =>
      (
        await app.database.admin(
          `select count(*)::int as rows from threadkeep.message_search s
             join threadkeep.message m using (user_id, conversation_id, seq)
            where s.conversation_id = $1 and m.id = $2 and s.terms::text <> ''`,
          [...of, id],
        )
      ).rows;
    expect(await kept()).toEqual([{ rows: 1 }]);
    await ada.delete(path(talk, id)).expect(200);
    expect(await kept()).toEqual([{ rows: 0 }]);
  });
});

describe('what is written while messages are removed', () => {
  it('is found by the next search', async () => {
    const filler = Array.from({ length: 60 }, (_, i) => user(`filler ${i}`));
    const { talk } = await talkWithWord(filler);
    const removed = (await messagesOf(talk)).map(({ id }) => id);
    let isOn = true;
    const remove = async () => {
      for (const id of removed) if (isOn) await ada.delete(`${path(talk, id)}?derived=keep`);
    };
    const removing = Promise.all([remove(), remove()]);
    for (let i = 0; i < 25; i++) {
      const said = `zqword${i}end`;
      await ada.post(`${talk.path}/messages`, { role: 'user', content: said }).expect(201);
      const answer = await ada.get(`${talk.path}/messages/search?q=${said}`);
      // A search that cannot be complete says so.
      if (answer.status !== 503) expect(answer.body.data).toHaveLength(1);
    }
    isOn = false;
    await removing;
  });

  it('knows that its source was removed', async () => {
    for (let i = 0; i < 20; i++) {
      const { talk, id } = await talkWithWord();
      const memory = { content: `memory ${users} ${i}`, sourceMessageIds: [id] };
      const [written] = await Promise.all([
        ada.post('/v1/memories', memory),
        ada.delete(`${path(talk, id)}?derived=keep`).expect(204),
      ]);
      if (written.status !== 201) continue;
      const { body } = await ada.get(`/v1/memories/${written.body.id as string}`).expect(200);
      expect(body.removedSourceMessageIds).toEqual([id]);
    }
  });
});

it('requests may change what a message says, and never its number, author or time', async () => {
  const { rows } = await app.database.admin(
    `select column_name as name from information_schema.column_privileges
      where table_schema = 'threadkeep' and table_name = 'message' and privilege_type = 'UPDATE'
        and grantee like 'threadkeep_app%' order by 1`,
  );
  expect(rows.map(({ name }) => name as string)).toEqual([
    ...['content', 'content_is_json', 'erased', 'feedback', 'key', 'last_write', 'metadata'],
    ...['status', 'token_count'],
  ]);
});
