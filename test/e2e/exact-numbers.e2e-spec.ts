// Numbers that a double would change come back from every route as they were sent in parts.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Response } from 'supertest';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let ada: Caller;
let bob: Caller;
beforeAll(async () => {
  app = await createTestApp();
  [ada, bob] = ['ada', 'bob'].map((name) =>
    app.actingFor(name).with({ 'content-type': 'application/json' }),
  ) as [Caller, Caller];
});
afterAll(() => app.close());

const VALUES = '[12345678901234567890,0.10000000000000001,1e400,-1E-400,1.5,"\\u0000\\ud83d"]';
const INPUT = `{"id":9007199254740993,"values":${VALUES}}`;
const CONTENT = `[{"type":"text","text":"Order it."},{"type":"tool_use","id":"toolu_1","name":"order","input":${INPUT}}]`;
const MESSAGE = `{"role":"assistant","content":${CONTENT}}`;

async function create(caller = ada): Promise<string> {
  return `/v1/conversations/${(await caller.post('/v1/conversations', {}).expect(201)).body.id}`;
}
const send = (path: string, body: string, caller = ada) => caller.call('post', path).send(body);

/** Takes the text of an answer, because parsing it would change the numbers. */
const expectContent = ({ text }: Response): void => expect(text).toContain(CONTENT);

describe('numbers in parts', () => {
  it.each([
    ['the append', ''],
    ['an append of several', ''],
    ['the list', '/messages'],
    ['the list with fields', '/messages?fields=content'],
    ['the list with a filter', '/messages?filter[role]=assistant'],
    ['the list with a filter of text', '/messages?q=9007199254740993'],
    ['the list in its dialect', '/messages?format=anthropic'],
    ['the search of its words', '/messages/search?q=order'],
    ['the search of a number', '/messages/search?q=9007199254740993'],
  ])('come back from %s', async (route, query) => {
    const path = await create();
    const body = route === 'an append of several' ? `{"messages":[${MESSAGE}]}` : MESSAGE;
    const appended = await send(`${path}/messages`, body).expect(201);
    expectContent(query === '' ? appended : await ada.get(path + query).expect(200));
  });

  it('come back from the search of all conversations', async () => {
    await send(`${await create()}/messages`, MESSAGE).expect(201);
    expectContent(await ada.get('/v1/messages/search?q=order').expect(200));
  });

  it('come back from a fork', async () => {
    const path = await create();
    await send(`${path}/messages`, MESSAGE).expect(201);
    const fork = await ada.post(`${path}/fork`, {}).expect(201);
    expectContent(await ada.get(`/v1/conversations/${fork.body.id}/messages`).expect(200));
  });

  it('come back to a retry with the same Idempotency-Key', async () => {
    const path = `${await create()}/messages`;
    const caller = ada.with({ 'idempotency-key': 'exact' });
    const [first, again] = [
      await send(path, MESSAGE, caller).expect(201),
      await send(path, MESSAGE, caller).expect(201),
    ];
    expect(again.text).toBe(first.text);
    expectContent(again);
    expectProblem(
      await send(path, MESSAGE.replace('993', '992'), caller),
      422,
      'idempotency.key_reused',
    );
  });

  it('come back from an import', async () => {
    const body = `{"importKey":"exact","messages":[${MESSAGE}]}`;
    const { conversation } = (await send('/v1/conversations/import', body).expect(201)).body;
    expectContent(await ada.get(`/v1/conversations/${conversation.id}/messages`).expect(200));
  });

  it('are sent as they are in a context, and as the text of arguments for OpenAI', async () => {
    const path = await create();
    const result = `{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"ok"}]}]}`;
    const messages = `{"messages":[{"role":"user","content":"Hi"},${MESSAGE},${result}]}`;
    await send(`${path}/messages`, messages).expect(201);
    const context = async (format: string) =>
      (await ada.post(`${path}/context`, { format, budgetTokens: 2_000 }).expect(200)).text;
    expect(await context('anthropic')).toContain(INPUT);
    expect(await context('openai')).toContain(JSON.stringify(INPUT).slice(1, -1));
  });

  it('are of one user only', async () => {
    const path = `${await create()}/messages`;
    await send(path, MESSAGE).expect(201);
    expectProblem(await bob.get(path), 404, 'conversation.not_found');
  });

  it('count with all their characters towards the size of a message', async () => {
    const path = `${await create()}/messages`;
    const sized = (bytes: number) => {
      const [head, tail] = ['[{"type":"text","n":1e400,"text":"', '"}]'];
      const text = 'x'.repeat(bytes - head.length - tail.length);
      return `{"role":"user","content":${head}${text}${tail}}`;
    };
    await send(path, sized(4_194_303)).expect(201);
    const problem = expectProblem(await send(path, sized(4_194_304)), 422, 'request.invalid_body');
    expect(problem['errors']).toEqual([
      { pointer: '/content', message: 'must be at most 4194304 bytes as JSON' },
    ]);
  });
});

describe('numbers elsewhere are refused with a pointer', () => {
  const wrong = (number: string) =>
    `the number ${number} cannot be kept exactly; send it as a string`;

  it.each([
    ['metadata', '{"role":"user","content":"x","metadata":{"a":[0,1e400]}}', '/metadata/a/1'],
    [
      'a field beside the content',
      '{"id":"m","type":"message","role":"assistant","content":[],"model":"x","usage":{"a/b":1e400}}',
      '/usage/a~1b',
    ],
  ])('in %s', async (_, message, place) => {
    const path = `${await create()}/messages`;
    for (const [body, pointer] of [
      [message, place],
      [`{"messages":[{"role":"user","content":"x"},${message}]}`, `/messages/1${place}`],
    ] as const) {
      const problem = expectProblem(await send(path, body), 422, 'request.invalid_body');
      expect(problem['errors']).toEqual([{ pointer, message: wrong('1e400') }]);
    }
  });

  it.each([
    ['{"role":"user","content":1e400}', '/content'],
    ['{"role":"user","content":[1e400]}', '/content/0/type'],
    ['{"role":1e400,"content":"x"}', '/role'],
    ['{"role":"user","content":"x","metadata":1e400}', '/metadata'],
    ['{"messages":[1e400]}', '/messages/0'],
    ['{"messages":[{"role":"user","content":"x"}],"expectedSeq":1e400}', '/expectedSeq'],
  ])('in %s', async (body, pointer) => {
    const problem = expectProblem(
      await send(`${await create()}/messages`, body),
      422,
      'request.invalid_body',
    );
    expect(problem['errors']).toMatchObject([{ pointer }]);
  });

  it.each([
    ['/v1/conversations', '{"title":"x","metadata":{"a":{"b":1e400}}}', '/metadata/a/b'],
    [
      '/v1/conversations/import',
      '{"importKey":"x","metadata":{"a":1e400},"messages":[]}',
      '/metadata/a',
    ],
  ])('in the body of %s', async (path, body, pointer) => {
    const problem = expectProblem(await send(path, body), 422, 'request.invalid_body');
    expect(problem['errors']).toEqual([{ pointer, message: wrong('1e400') }]);
  });
});
