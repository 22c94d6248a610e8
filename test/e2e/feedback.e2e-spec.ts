// What users think of messages: given, taken back, listed, erased, exported and imported.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { tablesWith } from '../support/stored-texts.js';
import { assistant, Talk, user } from '../support/talks.js';

let app: TestApp;
let ada: Caller;
let word: string;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
beforeEach(() => {
  ada = app.actingFor(`ada${++users}`);
  word = `zqcomment${users}end`;
});
afterAll(() => app.close());

interface Message {
  id: string;
  seq: number;
  feedback?: { rating: string; comment: string | null; at: string };
}

const messagesOf = async (talk: Talk, query = ''): Promise<Message[]> =>
  (await ada.get(`${talk.path}/messages?order=asc${query}`).expect(200)).body.data;
const seqsOf = async (talk: Talk, query: string): Promise<number[]> =>
  (await messagesOf(talk, query)).map(({ seq }) => seq);

async function ratedTalk(): Promise<{ talk: Talk; path: string; id: string }> {
  const talk = await Talk.start(ada, [
    user('Where shall we eat?'),
    assistant('At the market hall.'),
    user('And then?'),
  ]);
  const [, { id }] = (await messagesOf(talk)) as [Message, Message];
  const path = `${talk.path}/messages/${id}/feedback`;
  await ada.put(path, { rating: 'down', comment: word }).expect(200);
  return { talk, path, id };
}

describe('feedback', () => {
  it('is shown wherever the message is read, and on no other message', async () => {
    const { talk, id } = await ratedTalk();
    const feedback = { rating: 'down', comment: word, at: expect.any(String) };
    const { body: one } = await ada.get(`${talk.path}/messages/${id}`).expect(200);
    expect(one.feedback).toEqual(feedback);
    for (const query of ['', '&all=true', `&head=${id}`, '&filter[role]=assistant'])
      expect((await messagesOf(talk, query)).find((message) => message.id === id)).toEqual(one);
    const { body: found } = await ada.get('/v1/messages/search?q=market').expect(200);
    expect(found.data[0].message).toEqual(one);
    const others = (await messagesOf(talk)).filter((message) => message.id !== id);
    for (const message of others) expect(message).not.toHaveProperty('feedback');
  });

  it('takes the place of the one before, and keeps its time when it is the same', async () => {
    const { path } = await ratedTalk();
    const first = await ada.put(path, { rating: 'up' }).expect(200);
    expect(first.body).toEqual({ rating: 'up', comment: null, at: expect.any(String) });
    const again = await ada.put(path, { rating: 'up', comment: null }).expect(200);
    expect(again.body).toEqual(first.body);
  });

  it('is listed by its rating', async () => {
    const { talk } = await ratedTalk();
    const [first] = await messagesOf(talk);
    await ada.put(`${talk.path}/messages/${first!.id}/feedback`, { rating: 'up' }).expect(200);
    expect(await seqsOf(talk, '&rating=down')).toEqual([2]);
    expect(await seqsOf(talk, '&filter[rating]=up')).toEqual([1]);
    expect(await seqsOf(talk, '&filter[rating][exists]=false')).toEqual([3]);
    expectProblem(await ada.get(`${talk.path}/messages?rating=none`), 400, 'request.invalid_query');
  });

  it('is taken back for good, however often', async () => {
    const { talk, path, id } = await ratedTalk();
    await ada.delete(path).expect(204);
    await ada.delete(path).expect(204);
    const { body } = await ada.get(`${talk.path}/messages/${id}`).expect(200);
    expect(body).not.toHaveProperty('feedback');
    expect(await tablesWith(app, word)).toEqual([]);
  });

  it('is given by key, also on a message in progress, and stays when that is finished', async () => {
    const talk = await Talk.start(ada, [user('Hello')]);
    const open = { role: 'assistant', content: 'Hi', status: 'in_progress', key: 'reply' };
    await ada.post(`${talk.path}/messages`, open).expect(201);
    const path = `${talk.path}/messages/key:reply`;
    await ada.put(`${path}/feedback`, { rating: 'up' }).expect(200);
    await ada.patch(path, { expectedVersion: 0, status: 'complete' }).expect(200);
    expect((await ada.get(path).expect(200)).body.feedback.rating).toBe('up');
  });

  it('is not in a context, and changes neither the conversation nor a replay', async () => {
    const talk = await Talk.start(ada, [user('Where?')]);
    const keyed = ada.with({ 'idempotency-key': 'append' });
    const append = () =>
      keyed.post(`${talk.path}/messages`, { ...assistant('There.'), key: 'reply' });
    const first = await append().expect(201);
    const before = (await ada.get(talk.path).expect(200)).body as object;
    await ada
      .put(`${talk.path}/messages/key:reply/feedback`, { rating: 'down', comment: word })
      .expect(200);
    expect((await ada.get(talk.path).expect(200)).body).toEqual(before);
    expect((await append().expect(201)).text).toBe(first.text);
    expect(JSON.stringify(await talk.context({}))).not.toContain(word);
  });
});

describe('a message without feedback', () => {
  it('takes as many bytes as without the column', async () => {
    await Talk.start(ada, [user('Where shall we eat?')]);
    const { rows } = await app.database.admin(
      `select string_agg(column_name, ', ' order by ordinal_position) as others
         from information_schema.columns
        where table_schema = 'threadkeep' and table_name = 'message' and column_name <> 'feedback'`,
    );
    const { rows: sizes } = await app.database.admin(
      `select pg_column_size(m) as with, pg_column_size(o) as without from threadkeep.message m
         join (select ${rows[0]!['others'] as string} from threadkeep.message) o
           on o.user_id = m.user_id and o.id = m.id
        where m.feedback is null`,
    );
    expect(sizes.length).toBeGreaterThan(0);
    for (const size of sizes) expect(size['with']).toBe(size['without']);
  });
});

describe('what is erased', () => {
  const ways: [string, (path: string) => PromiseLike<{ status: number }>][] = [
    ['a removal', (path) => ada.delete(`${path}?derived=keep`)],
    ['a redaction', (path) => ada.post(`${path}/redact`, { content: 'At the sea.' })],
    ['a purge', (path) => ada.delete(`${path.split('/messages')[0]!}?purge=true&derived=keep`)],
    ['the end of the user', () => ada.delete('/v1/users/me')],
  ];

  it.each(ways)('by %s has no comment left in any table', async (_, erase) => {
    const { talk, id } = await ratedTalk();
    expect(await tablesWith(app, word)).toEqual(['message']);
    expect([200, 204]).toContain((await erase(`${talk.path}/messages/${id}`)).status);
    expect(await tablesWith(app, word)).toEqual([]);
  });

  it('takes no feedback once it was removed, and new feedback once it was redacted', async () => {
    const { talk, path, id } = await ratedTalk();
    await ada.post(`${talk.path}/messages/${id}/redact`, { content: 'x' }).expect(200);
    await ada.put(path, { rating: 'up' }).expect(200);
    await ada.delete(`${talk.path}/messages/${id}`).expect(200);
    expectProblem(await ada.put(path, { rating: 'up' }), 410, 'message.removed');
    await ada.delete(path).expect(204);
  });
});

describe('a fork', () => {
  it('has no feedback, and none is given there to the original', async () => {
    const { talk, id } = await ratedTalk();
    const { body } = await ada.post(`${talk.path}/fork`).expect(201);
    const fork = Talk.of(ada, body.id as string);
    const copies = await messagesOf(fork);
    for (const copy of copies) expect(copy).not.toHaveProperty('feedback');
    await ada.put(`${fork.path}/messages/${copies[1]!.id}/feedback`, { rating: 'up' }).expect(200);
    const { body: original } = await ada.get(`${talk.path}/messages/${id}`).expect(200);
    expect(original.feedback.rating).toBe('down');
  });
});

describe('an export', () => {
  it('has it, and an import makes it, also from messages as they are answered', async () => {
    const { talk } = await ratedTalk();
    const [, { feedback }] = (await messagesOf(talk)) as [Message, Message];
    const { text } = await ada.get(`${talk.path}/export`).expect(200);
    const exported = JSON.parse(text.trim()) as { messages: object[] };
    expect(exported.messages[1]).toMatchObject({ feedback });
    const answered = { importKey: 'answered', messages: await messagesOf(talk) };
    for (const body of [exported, answered]) {
      const ben = app.actingFor(`ben${users}`);
      const imported = await ben.post('/v1/conversations/import', body).expect(201);
      const path = `/v1/conversations/${imported.body.conversation.id as string}/messages`;
      const { body: page } = await ben.get(`${path}?rating=down`).expect(200);
      expect(page.data).toEqual([expect.objectContaining({ seq: 2, feedback })]);
    }
  });

  it('is imported with the time of its message when it has none', async () => {
    const createdAt = '2024-01-01T00:00:00.000Z';
    const message = { role: 'assistant', content: 'x', createdAt, feedback: { rating: 'up' } };
    const body = { importKey: 'k', messages: [message] };
    const imported = await ada.post('/v1/conversations/import', body).expect(201);
    const talk = Talk.of(ada, imported.body.conversation.id as string);
    const expected = { rating: 'up', comment: null, at: createdAt };
    expect((await messagesOf(talk))[0]!.feedback).toEqual(expected);
  });
});

describe('what is refused', () => {
  const BAD: [string, object, string][] = [
    ['no rating', {}, '/rating'],
    ['another rating', { rating: 5 }, '/rating'],
    ['an empty comment', { rating: 'up', comment: '' }, '/comment'],
    ['a long comment', { rating: 'up', comment: 'x'.repeat(1_001) }, '/comment'],
    ['another field', { rating: 'up', score: 1 }, '/score'],
  ];

  it.each(BAD)('%s', async (_, body, pointer) => {
    const { path } = await ratedTalk();
    const { body: problem } = await ada.put(path, body).expect(422);
    expect(problem.errors[0].pointer).toBe(pointer);
    const messages = [{ role: 'assistant', content: 'x', feedback: body }];
    const imported = { importKey: 'refused', messages };
    const answer = await ada.post('/v1/conversations/import', imported).expect(422);
    expect(answer.body.errors[0].pointer).toBe(`/messages/0/feedback${pointer}`);
  });

  it('feedback in an append, which nobody has read yet', async () => {
    const { talk } = await ratedTalk();
    const message = { role: 'assistant', content: 'x', feedback: { rating: 'up' } };
    await ada.post(`${talk.path}/messages`, message).expect(422);
  });

  it('what is not there, and what is of another user, alike', async () => {
    const { talk, path } = await ratedTalk();
    const ben = app.actingFor(`ben${users}`);
    const unknown = '00000000-0000-7000-8000-000000000000';
    for (const method of ['put', 'delete'] as const) {
      const send = (caller: Caller, to: string) =>
        method === 'put' ? caller.put(to, { rating: 'up' }) : caller.delete(to);
      expectProblem(await send(ben, path), 404, 'conversation.not_found');
      const missing = `${talk.path}/messages/${unknown}/feedback`;
      expectProblem(await send(ada, missing), 404, 'message.not_found');
    }
    const [, rated] = await messagesOf(talk);
    expect(rated!.feedback?.comment).toBe(word);
  });
});
