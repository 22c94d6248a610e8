// A message has a key of the application's own: the same key again is the same message.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';

let api: TestApp;
beforeAll(async () => {
  api = await createTestApp();
});
afterAll(() => api.close());

interface Message {
  id: string;
  seq: number;
  key?: string;
  content: string;
  parentSeq: number | null;
}

class Talk {
  private constructor(
    readonly user: Caller,
    readonly path: string,
  ) {}

  static async begin(): Promise<Talk> {
    const user = api.actingFor('ada');
    const { body } = await user.post('/v1/conversations').expect(201);
    return new Talk(user, `/v1/conversations/${body.id as string}`);
  }

  /** Sends a text for each key: `k=text`, or a text alone. */
  send = (texts: string[], fields: object = {}) =>
    this.user.post(`${this.path}/messages`, { messages: texts.map(keyed), ...fields });

  async append(texts: string[], fields: object = {}, status = 201): Promise<Message[]> {
    const answer = await this.send(texts, fields);
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status });
    return answer.body.data as Message[];
  }

  async contents(query = ''): Promise<string[]> {
    const { body } = await this.user
      .get(`${this.path}/messages?order=asc&limit=100${query}`)
      .expect(200);
    return (body.data as Message[]).map(({ content }) => content);
  }
}

function keyed(text: string) {
  const [key, content] = text.split('=');
  return content === undefined
    ? { role: 'user', content: text }
    : { role: 'user', content, key: key! };
}

describe('the same key again', () => {
  it('is the same message', async () => {
    const talk = await Talk.begin();
    const first = await talk.append(['k1=one', 'k2=two']);
    expect(first).toMatchObject([
      { key: 'k1', seq: 1 },
      { key: 'k2', seq: 2 },
    ]);
    expect(await talk.append(['k1=one', 'k2=two'], {}, 200)).toEqual(first);
    expect(await talk.append(['k1=one'], {}, 200)).toEqual(first.slice(0, 1));
    expect(await talk.contents()).toEqual(['one', 'two']);
  });

  it('is another message in another conversation', async () => {
    const [one, other] = [await Talk.begin(), await Talk.begin()];
    await one.append(['k=a']);
    await other.append(['k=b']);
    expect(await other.contents()).toEqual(['b']);
  });

  it('with another content is refused, and nothing is stored', async () => {
    const talk = await Talk.begin();
    await talk.append(['k1=one']);
    const cases: [string[], string][] = [
      [['k1=eins', 'k2=two'], '/messages/0/key'],
      [['k2=two', 'k1=one'], '/messages/1/key'],
      [['k2=two', 'k2=two'], '/messages/1/key'],
    ];
    for (const [texts, pointer] of cases) {
      const { body } = await talk.send(texts).expect(409);
      expect(body).toMatchObject({ code: 'message.key_taken', errors: [{ pointer }] });
    }
    expect(await talk.contents()).toEqual(['one']);
  });

  it('adds what is new behind what is there, as a client that sends all messages each time', async () => {
    const talk = await Talk.begin();
    await talk.append(['k1=one']);
    await talk.append(['k1=one', 'k2=two', 'k3=three']);
    await talk.append(['k1=one', 'k2=two', 'k3=three', 'k4=four']);
    expect(await talk.contents()).toEqual(['one', 'two', 'three', 'four']);
    // The user went back to the second message, and asked something else.
    await talk.append(['k1=one', 'k2=two', 'k5=five']);
    expect(await talk.contents()).toEqual(['one', 'two', 'five']);
    expect(await talk.contents('&all=true')).toHaveLength(5);
  });

  it('is one message, of racing calls', async () => {
    const talk = await Talk.begin();
    const answers = await Promise.all(Array.from({ length: 12 }, () => talk.send(['k=once'])));
    expect(answers.map(({ status }) => status).sort()).toEqual([
      ...Array<number>(11).fill(200),
      201,
    ]);
    expect(await talk.contents()).toEqual(['once']);
  });

  it('of a removed message brings nothing back', async () => {
    const talk = await Talk.begin();
    await talk.append(['k1=canary', 'k2=two']);
    await talk.user.delete(`${talk.path}/messages/key:k1?derived=keep`).expect(204);
    const again = await talk.append(['k1=canary', 'k2=two', 'k3=three']);
    expect(again[0]).toMatchObject({ content: '', erased: { how: 'removed' } });
    expect(await talk.contents()).toEqual(['', 'two', 'three']);
  });

  it('puts what is sent in the place of what a message in progress says', async () => {
    const talk = await Talk.begin();
    const send = (content: string, status?: string) =>
      talk.user.post(`${talk.path}/messages`, {
        ...{ role: 'assistant', content, key: 'reply' },
        ...(status ? { status } : {}),
      });
    await send('H', 'in_progress').expect(201);
    await send('Hello', 'in_progress').expect(200);
    expect(await talk.contents()).toEqual(['Hello']);
    const done = await send('Hello there').expect(200);
    expect(done.body.data[0]).not.toHaveProperty('status');
    await send('Hello there').expect(200);
    await send('Good bye').expect(409);
    expect(await talk.contents()).toEqual(['Hello there']);
  });

  it('under another parent is refused', async () => {
    const talk = await Talk.begin();
    await talk.append(['k1=one', 'k2=two']);
    await talk.append(['k2=two'], { parentId: 'key:k1' }, 200);
    await talk.append(['k2=two'], { parentId: null }, 409);
  });
});

describe('a key', () => {
  it('stands wherever an id does', async () => {
    const talk = await Talk.begin();
    const key = 'a/b c%20ü';
    const named = `key:${encodeURIComponent(key)}`;
    const message = { role: 'user', content: 'one', key };
    await talk.user.post(`${talk.path}/messages`, message).expect(201);
    const [other] = await talk.append(['two'], { parentId: `key:${key}` });
    expect(other).toMatchObject({ parentSeq: 1 });
    await talk.append(['three'], { parentId: null });
    const read = await talk.user.get(`${talk.path}/messages/${named}`).expect(200);
    expect(read.body).toMatchObject({ key, content: 'one' });
    const siblings = await talk.user.get(`${talk.path}/messages/${named}/siblings`).expect(200);
    expect(siblings.body.data).toHaveLength(2);
    await talk.user.put(`${talk.path}/head`, { messageId: `key:${key}` }).expect(200);
    expect(await talk.contents()).toEqual(['one']);
    expect(await talk.contents(`&head=${named}`)).toEqual(['one']);
    await talk.user.post(`${talk.path}/messages/${named}/redact`, { content: 'x' }).expect(200);
    expect(await talk.contents()).toEqual(['x']);
  });

  it('of no message is 404 in a path, and 422 in a body', async () => {
    const talk = await Talk.begin();
    await talk.append(['one']);
    const { body } = await talk.user.get(`${talk.path}/messages/key:none`).expect(404);
    expect(body.code).toBe('message.not_found');
    const parent = await talk.send(['two'], { parentId: 'key:none' }).expect(422);
    expect(parent.body.errors[0].pointer).toBe('/parentId');
    const head = await talk.user.put(`${talk.path}/head`, { messageId: 'key:none' }).expect(422);
    expect(head.body.errors[0].pointer).toBe('/messageId');
    for (const wrong of ['key:', `key:${'k'.repeat(256)}`, 'k1'])
      await talk.send(['two'], { parentId: wrong }).expect(422);
  });

  it('is of at most 255 characters', async () => {
    const talk = await Talk.begin();
    const of = (key: string) => ({ role: 'user', content: 'a', key });
    await talk.user.post(`${talk.path}/messages`, of('k'.repeat(255))).expect(201);
    for (const key of ['', 'k'.repeat(256), 'a\0'])
      await talk.user.post(`${talk.path}/messages`, of(key)).expect(422);
  });

  it('is taken beside a message of any dialect', async () => {
    const talk = await Talk.begin();
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
    const message = { role: 'assistant', content: null, tool_calls: [call], key: 'call-1' };
    const first = await talk.user.post(`${talk.path}/messages`, message).expect(201);
    expect(first.body.data[0]).toMatchObject({ key: 'call-1', metadata: {}, content: [call] });
    await talk.user.post(`${talk.path}/messages`, message).expect(200);
  });

  it('of a refused append makes no conversation', async () => {
    const user = api.actingFor('ada');
    const messages = ['k=a', 'k=a'].map(keyed);
    await user
      .post('/v1/conversations/key:none-yet/messages?createIfMissing=true', { messages })
      .expect(409);
    await user.get('/v1/conversations/key:none-yet').expect(404);
    await user
      .post('/v1/conversations/key:none-yet/messages?createIfMissing=true', {
        messages: [messages[0]],
      })
      .expect(201);
  });

  it('is retried under an Idempotency-Key with the first answer, also beside known messages', async () => {
    const talk = await Talk.begin();
    await talk.append(['k1=one', 'k2=two', 'k3=three']);
    const user = talk.user.with({ 'idempotency-key': 'retry-1' });
    const messages = ['k1=one', 'k9=nine'].map(keyed);
    const first = await user.post(`${talk.path}/messages`, { messages }).expect(201);
    const again = await user.post(`${talk.path}/messages`, { messages }).expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotent-replayed']).toBe('true');
    await talk.user.delete(`${talk.path}/messages/key:k9?derived=keep`).expect(204);
    await user.post(`${talk.path}/messages`, { messages }).expect(410);
  });
});
