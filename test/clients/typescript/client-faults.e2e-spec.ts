// The TypeScript client on a bad network, and with a service that is busy.
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type ClientOptions,
  Threadkeep,
  ThreadkeepError,
  type User,
} from '../../../clients/typescript/src/index.js';
import { createTestApp, type TestApp } from '../../support/app.js';
import { FaultyProxy } from '../../support/faulty-proxy.js';

let api: TestApp;
let proxy: FaultyProxy;
let ada: User;
const client = (options: Partial<ClientOptions> = {}): User =>
  new Threadkeep({ baseUrl: proxy.url, apiKey: api.serviceKey, ...options }).user('ada');
beforeAll(async () => {
  api = await createTestApp();
  proxy = await FaultyProxy.inFrontOf(await api.listen());
});
afterAll(async () => {
  await proxy.close();
  await api.close();
});
beforeEach(() => {
  proxy.forget();
  ada = client();
});

const AWAY = { status: 503, body: '<h1>no upstream</h1>' };
/** As the service refuses. */
const refusal = (status: number, code: string, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'content-type': 'application/problem+json', 'x-request-id': 'r-1', ...headers },
  body: JSON.stringify({ code, status, title: 'No', instance: '/', type: 'urn:x' }),
});
const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (error: unknown) => error,
  );
const keysSent = () => proxy.requests.map(({ headers }) => headers['idempotency-key']);

describe('a lost answer', () => {
  it('of an append is asked for again under the same key, and stored once', async () => {
    const chat = ada.conversation('key:lost');
    proxy.next('lost', { cutAfterBytes: 20, how: 'broken' }, { cutAfterBytes: 20, how: 'ended' });
    const [message] = await chat.append({ role: 'user', content: 'Once.' });
    expect(proxy.requests).toHaveLength(4);
    expect(new Set(keysSent()).size).toBe(1);
    expect(await chat.messages().toArray()).toEqual([message]);
  });

  it('of two appends makes two messages, because each has a key of its own', async () => {
    const chat = ada.conversation('key:lost-twice');
    proxy.next('lost', null, 'lost');
    await chat.append({ role: 'user', content: 'Same.' });
    await chat.append({ role: 'user', content: 'Same.' });
    expect(new Set(keysSent()).size).toBe(2);
    expect(await chat.messages().toArray()).toHaveLength(2);
  });

  it('of a memory is remembered once, under a key of the application', async () => {
    proxy.next('lost');
    const options = { idempotencyKey: 'fact-1' };
    const first = await ada.memories.add('Likes tea', options);
    expect(await ada.memories.add('Likes tea', options)).toEqual(first);
    expect(keysSent()).toEqual(['fact-1', 'fact-1', 'fact-1']);
    expect(first.strength).toBe(1);
  });

  it('of a list is read again', async () => {
    proxy.next('lost', { cutAfterBytes: 5, how: 'ended' });
    expect(await ada.conversations({ q: 'nothing' }).toArray()).toEqual([]);
    expect(proxy.requests).toHaveLength(3);
  });

  it('of a PATCH is not, because it may have been done', async () => {
    const chat = await ada.createConversation();
    proxy.forget();
    proxy.next('lost');
    const error = await thrownBy(chat.update({ title: 'New' }));
    expect(error).toMatchObject({ code: 'client.unreachable', status: null });
    expect(proxy.requests).toHaveLength(1);
    proxy.next(AWAY);
    expect(await thrownBy(chat.update({ title: 'New' }))).toMatchObject({ status: 503 });
    expect(proxy.requests).toHaveLength(2);
  });
});

describe('an answer that asks to wait', () => {
  it('is waited for as long as Retry-After says', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    proxy.next(refusal(429, 'request.rate_limited', { 'retry-after': '1' }));
    await ada.conversations().page();
    expect(proxy.requests).toHaveLength(2);
    const waits = timers.mock.calls.map(([, milliseconds]) => milliseconds);
    timers.mockRestore();
    expect(waits).toContain(1000);
  });

  it('takes a date, too', async () => {
    const past = new Date(Date.now() - 5_000).toUTCString();
    proxy.next(refusal(503, 'server.unavailable', { 'retry-after': past }));
    await ada.conversations().page();
    expect(proxy.requests).toHaveLength(2);
  });

  it('is not waited for when it is longer than the limit: the error says how long', async () => {
    proxy.next(refusal(429, 'request.rate_limited', { 'retry-after': '120' }));
    expect(await thrownBy(ada.conversations().page())).toMatchObject({
      code: 'request.rate_limited',
      status: 429,
      retryAfterMs: 120_000,
      requestId: 'r-1',
    });
    expect(proxy.requests).toHaveLength(1);
  });

  it('is waited for when a first try under the same key still runs', async () => {
    proxy.next(refusal(409, 'idempotency.in_flight', { 'retry-after': '0' }));
    await ada.memories.add('Has a cat');
    expect(proxy.requests).toHaveLength(2);
  });
});

describe('a failure', () => {
  it('of a proxy is tried again, four times in all', async () => {
    proxy.next(AWAY, AWAY, AWAY, AWAY);
    const error = await thrownBy(ada.conversations().page());
    expect(error).toBeInstanceOf(ThreadkeepError);
    expect(error).toMatchObject({ code: 'client.bad_answer', status: 503 });
    expect(proxy.requests).toHaveLength(4);
  });

  it.each([
    [401, 'access.unauthenticated'],
    [404, 'conversation.not_found'],
    [409, 'conversation.head_moved'],
    [500, 'server.internal'],
    [503, 'turn.not_configured'],
    [507, 'quota.reached'],
  ])('that is decided is not tried again: %i %s', async (status, code) => {
    proxy.next(refusal(status, code));
    expect(await thrownBy(ada.conversations().page())).toMatchObject({ status, code });
    expect(proxy.requests).toHaveLength(1);
  });

  it('is tried as often as the call says', async () => {
    proxy.next(AWAY, AWAY);
    const once = { maxAttempts: 1 };
    expect(await thrownBy(ada.get(once))).toMatchObject({ code: 'client.bad_answer' });
    expect(proxy.requests).toHaveLength(1);
  });

  it('is one when the answer is a page of somebody else', async () => {
    proxy.next({ status: 200, headers: { 'content-type': 'application/json' }, body: '{"da' });
    const error = await thrownBy(ada.get({ maxAttempts: 1 }));
    expect(error).toMatchObject({ code: 'client.bad_answer' });
  });

  it('is told when nobody listens', async () => {
    const nowhere = client({ baseUrl: 'http://127.0.0.1:9', maxAttempts: 2 });
    expect(await thrownBy(nowhere.get())).toMatchObject({
      code: 'client.unreachable',
      message: 'The connection failed\nIs Threadkeep at http://127.0.0.1:9?',
    });
  });

  it('is told after each try took too long', async () => {
    proxy.next('silent', 'silent');
    const error = await thrownBy(ada.get({ timeoutMs: 50, maxAttempts: 2 }));
    expect(error).toMatchObject({ code: 'client.timeout', status: null });
    expect(proxy.requests).toHaveLength(2);
  });

  it('of an answer that stops in the middle is a timeout', async () => {
    proxy.next({ cutAfterBytes: 5, how: 'silent' });
    expect(await thrownBy(ada.get({ timeoutMs: 200, maxAttempts: 1 }))).toMatchObject({
      code: 'client.timeout',
    });
  });
});

describe('a signal', () => {
  it('ends a call that waits for its answer', async () => {
    const controller = new AbortController();
    proxy.next('silent');
    const call = thrownBy(ada.get({ signal: controller.signal }));
    controller.abort(new Error('enough'));
    expect(await call).toEqual(new Error('enough'));
  });

  it('ends the wait before another try', async () => {
    const controller = new AbortController();
    proxy.next(refusal(429, 'request.rate_limited', { 'retry-after': '25' }));
    const call = thrownBy(ada.get({ signal: controller.signal }));
    while (proxy.requests.length === 0) await new Promise(setImmediate);
    setTimeout(() => controller.abort(), 20);
    expect(await call).toMatchObject({ name: 'AbortError' });
    expect(proxy.requests).toHaveLength(1);
  });

  it('that is aborted already sends nothing', async () => {
    const signal = AbortSignal.abort();
    expect(await thrownBy(ada.get({ signal }))).toMatchObject({ name: 'AbortError' });
    const list = ada.memories.list({}, { signal });
    expect(await thrownBy(list.toArray())).toMatchObject({ name: 'AbortError' });
    expect(proxy.requests).toHaveLength(0);
  });
});
