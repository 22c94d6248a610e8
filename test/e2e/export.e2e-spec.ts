import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';

const IMPORT = '/v1/conversations/import';
const parts = [
  { type: 'text', text: 'z before a', z: 1, a: { b: [1, 'ü', null] } },
  { type: 'tool_call', id: 'c', name: 'w', input: { id: 1 } },
];
const source = {
  importKey: 'source',
  title: 'Tea 😀',
  tags: ['food'],
  metadata: { a: [1] },
  status: 'archived',
  createdAt: '2020-01-01T00:00:00.000Z',
  updatedAt: '2020-02-01T00:00:00.000Z',
  messages: [
    {
      role: 'user',
      content: 'line\nfeed \u2028',
      metadata: { n: 1 },
      createdAt: '2020-01-02T00:00:00.000Z',
    },
    { role: 'assistant', content: parts, createdAt: '2020-01-03T00:00:00.000Z' },
    { role: 'tool', content: [], createdAt: '2020-01-03T00:00:00.000Z' },
  ],
};

describe('exporting a conversation', () => {
  let app: TestApp;
  let ada: Caller;

  beforeAll(async () => {
    app = await createTestApp();
    ada = app.actingFor('ada');
  });
  afterAll(() => app.close());

  const linesOf = async (id: string, caller = ada): Promise<Record<string, unknown>[]> => {
    const { text, headers } = await caller
      .get(`/v1/conversations/${id}/export`)
      .buffer(true)
      .parse((response, done) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => done(null, Buffer.concat(chunks).toString()));
      })
      .expect(200)
      .then(({ body, headers }) => ({ text: body as string, headers }));
    expect(headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    expect(text.endsWith('\n')).toBe(true);
    return text
      .slice(0, -1)
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const essence = async (caller: Caller, id: string) => {
    const { body } = await caller.get(`/v1/conversations/${id}`).expect(200);
    const { title, tags, metadata, status, createdAt, updatedAt, lastSeq } = body;
    const list = await caller
      .get(`/v1/conversations/${id}/messages?order=asc&limit=100`)
      .expect(200);
    const messages = (list.body.data as Record<string, unknown>[]).map(
      ({ seq, role, content, metadata, tokenCount, createdAt: sentAt }) => [
        ...[seq, role, content, metadata, tokenCount, sentAt],
      ],
    );
    return { title, tags, metadata, status, createdAt, updatedAt, lastSeq, messages };
  };

  it('gives the body of an import that makes an equal conversation', async () => {
    const { body } = await ada.post(IMPORT, source).expect(201);
    const lines = await linesOf(body.conversation.id);
    expect(lines).toEqual([source]);
    const charles = app.actingFor('charles');
    const copy = await charles.post(IMPORT, lines[0]).expect(201);
    expect(await essence(charles, copy.body.conversation.id)).toEqual(
      await essence(ada, body.conversation.id),
    );
  });

  it('keeps numbers, NUL and lone surrogates of parts as they were sent', async () => {
    const exact = String.raw`{"type":"x","n":12345678901234567890,"f":1e400,"t":"\u0000\ud83d"}`;
    const text = `{"importKey":"exact","messages":[{"role":"user","content":[${exact}]}]}`;
    const { body } = await ada.with({ 'content-type': 'application/json' }).post(IMPORT, text);
    const { body: raw } = await ada
      .get(`/v1/conversations/${body.conversation.id}/export`)
      .buffer(true)
      .parse((response, done) => {
        let all = '';
        response.on('data', (chunk: Buffer) => (all += chunk.toString()));
        response.on('end', () => done(null, all));
      });
    expect(raw).toContain(exact);
  });

  it('divides a long conversation into lines that may be sent again', async () => {
    const messages = Array.from({ length: 1_001 }, (_, i) => ({ role: 'user', content: `${i}` }));
    const { body } = await ada.post(IMPORT, { importKey: 'long', messages }).expect(201);
    const lines = await linesOf(body.conversation.id);
    expect(lines.map(({ firstSeq, messages: of }) => [firstSeq, (of as object[]).length])).toEqual([
      [undefined, 500],
      [501, 500],
      [1_001, 1],
    ]);
    const charles = app.actingFor('charles');
    for (const line of [...lines, ...lines]) await charles.post(IMPORT, line);
    const { body: again } = await charles.post(IMPORT, lines[2]).expect(200);
    expect(again).toMatchObject({ added: 0, differsAt: null, conversation: { lastSeq: 1_001 } });
  });

  it('names a conversation without a key by its id, so that its import finds it', async () => {
    const { body } = await ada.post('/v1/conversations', {}).expect(201);
    const [line] = await linesOf(body.id);
    expect(line).toMatchObject({ importKey: body.id, title: null, messages: [] });
    const again = await ada.post(IMPORT, line).expect(200);
    expect(again.body).toMatchObject({ imported: false, conversation: { id: body.id } });
    await ada.delete(`/v1/conversations/${body.id}`).expect(204);
    const deleted = await ada.post(IMPORT, line).expect(200);
    expect(deleted.body.conversation.deletedAt).toEqual(expect.any(String));
    const other = await app.actingFor('charles').post(IMPORT, line).expect(201);
    expect(other.body.conversation.id).not.toBe(body.id);
  });

  it('is 404 for the conversation of another user, and a deleted one', async () => {
    const { body } = await ada.post('/v1/conversations', {}).expect(201);
    const path = `/v1/conversations/${body.id}/export`;
    await app.actingFor('charles').get(path).expect(404);
    await ada.delete(`/v1/conversations/${body.id}`).expect(204);
    await ada.get(path).expect(404);
  });
});
