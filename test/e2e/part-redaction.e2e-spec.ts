// Redacting single parts of a message: what they said is nowhere, and the other parts stay.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { tablesWith } from '../support/stored-texts.js';
import { assistant, type Said, Talk, user } from '../support/talks.js';

let app: TestApp;
let ada: Caller;
let word: string;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
beforeEach(() => {
  ada = app.actingFor(`ada${++users}`);
  word = `zqpart${users}end`;
});
afterAll(() => app.close());

interface Message {
  id: string;
  seq: number;
  content: unknown;
  tokenCount: number;
  erased?: { how: string; at: string; by: string; reason: string | null };
}

const text = (words: string) => ({ type: 'text', text: words });
const messagesOf = async (talk: Talk): Promise<Message[]> =>
  (await ada.get(`${talk.path}/messages?order=asc`).expect(200)).body.data;
const redact = (talk: Talk, { id }: Message, body: object) =>
  ada.post(`${talk.path}/messages/${id}/redact`, body);
const fork = async (talk: Talk): Promise<Talk> =>
  Talk.of(ada, (await ada.post(`${talk.path}/fork`).expect(201)).body.id as string);

async function started(...said: Said[]): Promise<{ talk: Talk; last: Message }> {
  const talk = await Talk.start(ada, said);
  return { talk, last: (await messagesOf(talk)).at(-1)! };
}

describe('redacting parts', () => {
  it('leaves their words in no table, index, context or remembered answer, and keeps the others', async () => {
    const talk = await Talk.start(ada, [user('Who are you?')]);
    const keyed = ada.with({ 'idempotency-key': 'append' });
    const content = [text('My name is Ada.'), text(`Call ${word}.`), text('Good bye.')];
    const append = () => keyed.post(`${talk.path}/messages`, assistant(content));
    const [message] = (await append().expect(201)).body.data as [Message];
    const child = await fork(talk);
    const grandchild = await fork(child);
    await ada.delete(`${child.path}?purge=true&derived=keep`).expect(204);
    const { manifestId } = await talk.context({ query: word });
    const find = async (q: string) =>
      (await ada.get(`/v1/messages/search?q=${q}`).expect(200)).body.data as unknown[];
    expect(await find(word)).toHaveLength(2);

    const parts = [{ index: 1, with: 'Call [removed].' }];
    const { body } = await redact(talk, message, { parts, reason: 'asked' }).expect(200);
    const expected = [content[0], text('Call [removed].'), content[2]];
    expect(body).toMatchObject({ content: expected, erased: { how: 'redacted', reason: 'asked' } });
    expect(await tablesWith(app, word)).toEqual([]);
    expect(await find(word)).toEqual([]);
    expect(await find('bye')).toHaveLength(2);
    expectProblem(await append(), 410, 'idempotency.erased');
    expectProblem(await talk.repeat(manifestId), 410, 'context.erased');
    for (const place of [talk, grandchild])
      expect((await messagesOf(place))[1]).toMatchObject({ content: expected });
  });

  it('removes those without a text, and counts the tokens of the rest', async () => {
    const { talk, last } = await started(assistant([text('one'), text(word), text('three')]));
    const { body } = await redact(talk, last, { parts: [{ index: 0 }, { index: 1 }] }).expect(200);
    expect(body).toMatchObject({ content: [text('three')], tokenCount: 1 });
    expect(await tablesWith(app, word)).toEqual([]);
  });

  it('takes a text as one part', async () => {
    const { talk, last } = await started(user(`Call ${word}`));
    const parts = [{ index: 0, with: 'Call me' }];
    expect((await redact(talk, last, { parts }).expect(200)).body.content).toBe('Call me');
  });

  it('keeps metadata unless other metadata is given', async () => {
    const { talk, last } = await started(assistant([text('a'), text('b')], { own: word }));
    const { body } = await redact(talk, last, { parts: [{ index: 0 }] }).expect(200);
    expect(body.metadata).toEqual({ own: word });
    const again = { parts: [{ index: 0, with: 'c' }], metadata: {} };
    const expectedErasedAt = body.erased.at as string;
    await redact(talk, last, { ...again, expectedErasedAt }).expect(200);
    expect(await tablesWith(app, word)).toEqual([]);
  });

  it('keeps calls and results as pairs in every dialect and context', async () => {
    const { talk } = await started(
      user('Find it.'),
      assistant([text('Wait.'), { type: 'tool_use', id: 'c1', name: 'find', input: { q: word } }]),
      user([{ type: 'tool_result', tool_use_id: 'c1', content: word }]),
      assistant('Found.'),
    );
    const [, call, result] = (await messagesOf(talk)) as [Message, Message, Message];
    await redact(talk, call, { parts: [{ index: 1 }] }).expect(200);
    await redact(talk, result, { parts: [{ index: 0, with: 'gone' }] }).expect(200);
    expect(await tablesWith(app, word)).toEqual([]);
    const { body } = await ada.get(`${talk.path}/messages?format=openai&order=asc`).expect(200);
    expect(body.data[1]).toMatchObject({
      tool_calls: [{ id: 'c1', function: { name: 'find', arguments: '{}' } }],
    });
    expect(body.data[2]).toMatchObject({ role: 'tool', tool_call_id: 'c1', content: 'gone' });
    const context = await talk.context({ format: 'anthropic' });
    expect(context.omitted.unpairedToolParts).toBe(0);
    expect(JSON.stringify(context.messages)).toContain('"tool_use_id":"c1"');
  });

  it('ends a message in progress with what is left', async () => {
    const talk = await Talk.start(ada, [user('Hello')]);
    const open = { role: 'assistant', content: 'Hi. ', status: 'in_progress' };
    const { body } = await ada.post(`${talk.path}/messages`, open).expect(201);
    const [message] = body.data as [Message];
    const path = `${talk.path}/messages/${message.id}`;
    const child = await fork(talk);
    const write = (expectedVersion: number, change: object) =>
      ada.patch(path, { expectedVersion, ...change });
    await write(0, { append: [{ type: 'image', url: `https://x.example/${word}` }] }).expect(200);
    await write(1, { append: 'Seen?' }).expect(200);
    const redacted = await redact(talk, message, { parts: [{ index: 1 }] }).expect(200);
    const content = [text('Hi. '), text('Seen?')];
    expect(redacted.body).toMatchObject({ content, status: 'interrupted' });
    expect(await tablesWith(app, word)).toEqual([]);
    await write(2, { append: 'more' }).expect(409);
    expect((await messagesOf(child))[1]).toMatchObject({ content: 'Hi. ' });
  });
});

describe('a copy that says something else', () => {
  it('loses the part wherever it stands, and gets nothing back', async () => {
    const secret = `zqcopy${users}end`;
    const { talk, last } = await started(assistant([text(secret), text('kept'), text(word)]));
    const child = await fork(talk);
    const [copy] = await messagesOf(child);
    await redact(child, copy!, { parts: [{ index: 0 }] }).expect(200);
    await redact(talk, last, { parts: [{ index: 2, with: 'gone' }] }).expect(200);
    expect((await messagesOf(child))[0]!.content).toEqual([text('kept'), text('gone')]);
    expect((await messagesOf(talk))[0]!.content).toEqual([
      text(secret),
      text('kept'),
      text('gone'),
    ]);
    expect(await tablesWith(app, word)).toEqual([]);
  });

  it('stays as it is when the part was erased there before', async () => {
    const { talk, last } = await started(assistant([text('kept'), text(word)]));
    const child = await fork(talk);
    const [copy] = await messagesOf(child);
    await redact(child, copy!, { content: [text('other'), text('words')] }).expect(200);
    const before = await messagesOf(child);
    await redact(talk, last, { parts: [{ index: 1 }] }).expect(200);
    expect(await messagesOf(child)).toEqual(before);
  });

  it('that was copied in progress loses what stands at the same place', async () => {
    const talk = await Talk.start(ada, [user('Hello')]);
    const open = { role: 'assistant', content: `So ${word}`, status: 'in_progress' };
    const { body } = await ada.post(`${talk.path}/messages`, open).expect(201);
    const [message] = body.data as [Message];
    await fork(talk);
    const end = { expectedVersion: 0, append: ' far', status: 'complete' };
    await ada.patch(`${talk.path}/messages/${message.id}`, end).expect(200);
    await redact(talk, message, { parts: [{ index: 0 }] }).expect(200);
    expect(await tablesWith(app, word)).toEqual([]);
  });
});

describe('a redaction of parts', () => {
  it('is refused when the message was erased since, as by the same request before', async () => {
    const { talk, last } = await started(assistant([text('a'), text('b'), text('c')]));
    const body = { parts: [{ index: 0 }] };
    const first = await redact(talk, last, body).expect(200);
    const again = await redact(talk, last, body);
    expectProblem(again, 409, 'message.version_mismatch');
    const erasedAt = first.body.erased.at as string;
    expect(again.body.erasedAt).toBe(erasedAt);
    expect((await messagesOf(talk))[0]!.content).toEqual([text('b'), text('c')]);
    const { body: twice } = await redact(talk, last, { ...body, expectedErasedAt: erasedAt });
    expect(twice.content).toEqual([text('c')]);
  });

  it('is taken once of several that race', async () => {
    const { talk, last } = await started(assistant(['a', 'b', 'c', 'd'].map(text)));
    const all = await Promise.all(
      [0, 1, 2, 3].map((index) => redact(talk, last, { parts: [{ index }] })),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect((await messagesOf(talk))[0]!.content).toHaveLength(3);
  });

  it('changes nothing when one of its parts is not there', async () => {
    const { talk, last } = await started(assistant([text('a'), text('b')]));
    const parts = [{ index: 0 }, { index: 2 }];
    const answer = await redact(talk, last, { parts });
    expectProblem(answer, 422, 'message.unknown_part');
    expect(answer.body.errors).toEqual([
      { pointer: '/parts/1/index', message: expect.stringContaining('less than 2') },
    ]);
    expect((await messagesOf(talk))[0]).toEqual(last);
  });

  it('of a removed message is 410, and of the message of another user 404', async () => {
    const { talk, last } = await started(assistant([text('a'), text('b')]));
    const parts = [{ index: 0 }];
    const path = `${talk.path}/messages/${last.id}`;
    const ben = app.actingFor(`ben${users}`);
    expectProblem(await ben.post(`${path}/redact`, { parts }), 404, 'conversation.not_found');
    await ada.delete(`${path}?derived=keep`).expect(204);
    expectProblem(await redact(talk, last, { parts }), 410, 'message.removed');
  });

  const BAD: [string, object, string][] = [
    ['both content and parts', { content: 'x', parts: [{ index: 0 }] }, '/content'],
    ['neither', { reason: 'x' }, '/content'],
    ['no parts', { parts: [] }, '/parts'],
    ['a negative index', { parts: [{ index: -1 }] }, '/parts/0/index'],
    ['an empty text', { parts: [{ index: 0, with: '' }] }, '/parts/0/with'],
    ['NUL', { parts: [{ index: 0, with: 'a\0' }] }, '/parts/0/with'],
    ['no time', { parts: [{ index: 0 }], expectedErasedAt: 'x' }, '/expectedErasedAt'],
  ];
  it.each(BAD)('with %s is refused', async (_, body, pointer) => {
    const { talk, last } = await started(assistant([text('a')]));
    const { body: problem } = await redact(talk, last, body).expect(422);
    expect(problem.errors[0].pointer).toBe(pointer);
  });
});
