import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ModelEvent } from '../../src/chat/models/index.js';
import {
  callOf,
  modelCallsWith,
  outcomeOf,
  type TestModelCalls,
  textIn,
  typesIn,
} from '../support/model-calls.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';

const APIS = ['stand-in', 'chat', 'responses', 'claude', 'gemini'];
const text = ['one ', 'two ', 'three ', 'four'];
const failing = (status: number, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: '{"error":{"message":"for a reason","type":"an_error"}}',
});
/** Asks for no wait, so that a test need not. */
const AT_ONCE = { 'retry-after-ms': '1' };
const NEVER = new Promise<never>(() => {});

describe('a call of a model that fails', () => {
  let standIn: ModelStandIn;
  let models: TestModelCalls;

  const restart = async (environment: Record<string, string>) => {
    await models.calls.onApplicationShutdown();
    models = modelCallsWith({ ...standIn.environment, ...environment });
  };

  beforeAll(async () => {
    standIn = await startModelStandIn();
  });
  afterAll(() => standIn.close());
  beforeEach(() => {
    standIn.requests.length = 0;
    models = modelCallsWith(standIn.environment);
  });
  afterEach(async () => {
    await models.calls.onApplicationShutdown();
    // Jest fails a test with an unhandled rejection; they are reported when no microtask is left.
    await new Promise(setImmediate);
  });

  describe.each(APIS)('of %s', (provider) => {
    it('gives what came before a drop, and is not tried again', async () => {
      standIn.next({ text, drop: { afterDeltas: 2 } });
      const { events, error } = await outcomeOf(models.calls, callOf(provider));
      expect(textIn(events)).toBe('one two ');
      expect(error).toMatchObject({ code: 'model.interrupted', retryable: true });
      expect(standIn.requests).toHaveLength(1);
    });

    it('gives nothing of an event that a drop cuts', async () => {
      standIn.next({ text, drop: { afterDeltas: 1, withinEvent: true } });
      const { events, error } = await outcomeOf(models.calls, callOf(provider));
      expect(textIn(events)).toBe('one ');
      expect(error).toMatchObject({ code: 'model.interrupted' });
    });

    it('without a finish is no whole answer', async () => {
      standIn.next({ text, finish: null });
      const { events, error } = await outcomeOf(models.calls, callOf(provider));
      expect(textIn(events)).toBe(text.join(''));
      expect(typesIn(events)).not.toContain('finish');
      expect(error).toMatchObject({ code: 'model.interrupted' });
      expect(standIn.requests).toHaveLength(1);
    });

    it('answered with HTML and status 200 is no answer', async () => {
      standIn.next({
        status: 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: '<html>hello</html>',
      });
      const { events, error } = await outcomeOf(models.calls, callOf(provider));
      expect(events).toEqual([]);
      expect(error).toMatchObject({ code: 'model.bad_answer', status: 200 });
      expect(error!.message).toContain('HTML');
      expect(standIn.requests).toHaveLength(1);
    });

    it('answered with HTML under the name of a stream is no answer', async () => {
      standIn.next({
        headers: { 'content-type': 'text/event-stream' },
        body: '<html>hello</html>',
      });
      const { events, error } = await outcomeOf(models.calls, callOf(provider));
      expect(events).toEqual([]);
      expect(error).toMatchObject({ code: 'model.bad_answer' });
    });

    it('does not follow a redirect', async () => {
      standIn.fallback = { status: 307, headers: { location: '/v1/chat/completions' } };
      const { events, error } = await outcomeOf(models.calls, callOf(provider));
      standIn.fallback = {};
      expect(events).toEqual([]);
      expect(error).toMatchObject({ code: 'model.bad_answer', status: 307 });
      expect(standIn.requests).toHaveLength(1);
    });

    it('closes the connection when it is aborted', async () => {
      const controller = new AbortController();
      standIn.next({ text, hold: { afterDeltas: 2, until: NEVER } });
      const events: ModelEvent[] = [];
      const read = async () => {
        const call = callOf(provider, { signal: controller.signal });
        for await (const event of models.calls.stream(call)) {
          events.push(event);
          if (textIn(events) === 'one two ') controller.abort('a reason of its own');
        }
      };
      await expect(read()).rejects.toMatchObject({ code: 'model.aborted', retryable: false });
      const [request] = standIn.requests;
      await request!.closed;
      expect(request!.wasAborted).toBe(true);
      expect(typesIn(events)).not.toContain('finish');
    });

    it('closes the connection when its reader leaves', async () => {
      standIn.next({ text, hold: { afterDeltas: 2, until: NEVER } });
      for await (const event of models.calls.stream(callOf(provider)))
        if (event.type === 'text-delta') break;
      const [request] = standIn.requests;
      await request!.closed;
      expect(request!.wasAborted).toBe(true);
    });

    it('is refused for its key, without another try', async () => {
      standIn.next(failing(401));
      const { error } = await outcomeOf(models.calls, callOf(provider));
      expect(error).toMatchObject({ code: 'model.refused', status: 401, retryable: false });
      expect(standIn.requests).toHaveLength(1);
    });

    it('is tried again when nothing has come yet', async () => {
      standIn.next(failing(503, AT_ONCE), failing(429, AT_ONCE), { text });
      const { events, error } = await outcomeOf(models.calls, callOf(provider));
      expect(error).toBeNull();
      expect(textIn(events)).toBe(text.join(''));
      expect(typesIn(events).filter((type) => type === 'started')).toHaveLength(1);
      expect(standIn.requests).toHaveLength(3);
    });

    it('is tried three times at most', async () => {
      standIn.fallback = failing(500, AT_ONCE);
      const { error } = await outcomeOf(models.calls, callOf(provider));
      standIn.fallback = {};
      expect(error).toMatchObject({ code: 'model.unavailable', status: 500, retryable: true });
      expect(error!.message).toContain('for a reason');
      expect(standIn.requests).toHaveLength(3);
    });
  });

  it.each(['stand-in', 'claude'])(
    'of %s tells what the provider says in mid-stream',
    async (provider) => {
      standIn.next({
        text,
        fail: { afterDeltas: 1, error: { type: 'overloaded_error', message: 'Overloaded' } },
      });
      const { events, error } = await outcomeOf(models.calls, callOf(provider));
      expect(textIn(events)).toBe('one ');
      expect(error).toMatchObject({ code: 'model.interrupted' });
      expect(error!.message).toContain('Overloaded');
      expect(standIn.requests).toHaveLength(1);
    },
  );

  it('fails at once when the provider asks for a longer wait than is allowed', async () => {
    standIn.next(failing(429, { 'retry-after': '120' }));
    const { error } = await outcomeOf(models.calls, callOf('stand-in'));
    expect(error).toMatchObject({
      code: 'model.rate_limited',
      status: 429,
      retryAfterSeconds: 120,
      retryable: true,
    });
    expect(standIn.requests).toHaveLength(1);
  });

  it('ends when it is aborted during a wait of two minutes', async () => {
    await restart({ MODEL_MAX_RETRY_WAIT_MS: '300000' });
    const controller = new AbortController();
    standIn.next(failing(429, { 'retry-after': '120' }));
    const call = outcomeOf(models.calls, callOf('stand-in', { signal: controller.signal }));
    await (
      await standIn.requested()
    ).closed;
    await new Promise((resolve) => setTimeout(resolve, 100));
    controller.abort();
    expect(await call).toMatchObject({ events: [], error: { code: 'model.aborted' } });
    expect(standIn.requests).toHaveLength(1);
  });

  it('sends nothing when it is aborted before', async () => {
    const signal = AbortSignal.abort();
    const { error } = await outcomeOf(models.calls, callOf('stand-in', { signal }));
    expect(error).toMatchObject({ code: 'model.aborted' });
    expect(standIn.requests).toEqual([]);
  });

  it('ends when the head is late', async () => {
    await restart({ MODEL_HEAD_TIMEOUT_MS: '100' });
    standIn.next({ text, headDelayMs: 60_000 });
    const { events, error } = await outcomeOf(models.calls, callOf('stand-in'));
    expect(events).toEqual([]);
    expect(error).toMatchObject({ code: 'model.timeout', retryable: true });
    expect(error!.message).toContain('did not begin');
    expect(standIn.requests).toHaveLength(1);
  });

  it('ends when the answer is silent', async () => {
    await restart({ MODEL_SILENCE_TIMEOUT_MS: '1000' });
    standIn.next({ text, hold: { afterDeltas: 1, until: NEVER } });
    const { events, error } = await outcomeOf(models.calls, callOf('stand-in'));
    expect(textIn(events)).toBe('one ');
    expect(error).toMatchObject({ code: 'model.timeout' });
    expect(error!.message).toContain('silent');
    await standIn.requests[0]!.closed;
  });

  it('ends when the whole takes too long', async () => {
    await restart({ MODEL_TOTAL_TIMEOUT_MS: '2000' });
    standIn.next({ text: Array.from({ length: 1_000 }, () => 'x'), delayMs: 20 });
    const { events, error } = await outcomeOf(models.calls, callOf('stand-in'));
    expect(typesIn(events)).toContain('text-delta');
    expect(error).toMatchObject({ code: 'model.timeout' });
    expect(error!.message).toContain('2000 ms');
    await standIn.requests[0]!.closed;
  });

  it('cannot reach a provider that is down', async () => {
    const down = await startModelStandIn();
    await restart(down.environment);
    await down.close();
    const { error } = await outcomeOf(models.calls, callOf('claude'));
    expect(error).toMatchObject({ code: 'model.unavailable', retryable: true });
  });

  it('tells how its last try failed when it gets late in trying again', async () => {
    await restart({ MODEL_TOTAL_TIMEOUT_MS: '2000' });
    standIn.next(failing(503, AT_ONCE));
    standIn.next({ headDelayMs: 60_000, text });
    const { error } = await outcomeOf(models.calls, callOf('stand-in'));
    expect(error).toMatchObject({ code: 'model.unavailable', status: 503, retryable: true });
  });

  it('that answers at its second try is late as one that answered at once', async () => {
    await restart({ MODEL_TOTAL_TIMEOUT_MS: '2000' });
    standIn.next(failing(503, AT_ONCE));
    standIn.next({ text: Array.from({ length: 1_000 }, () => 'x'), delayMs: 20 });
    const { error } = await outcomeOf(models.calls, callOf('stand-in'));
    expect(error).toMatchObject({ code: 'model.timeout' });
  });

  it('names no key and only the beginning of what the provider says', async () => {
    const echoed = `Bad key user-key-1234 and stand-in-key and sk-abcdefghijklmnop ${'x'.repeat(5_000)}`;
    standIn.next({ status: 401, body: JSON.stringify({ error: { message: echoed } }) });
    const call = callOf('stand-in', { apiKey: 'user-key-1234' });
    const { error } = await outcomeOf(models.calls, call);
    expect(error!.message).toContain('Bad key [key] and');
    expect(error!.message).not.toMatch(/user-key-1234|sk-abc/);
    expect(error!.message.length).toBeLessThan(600);
    expect(error!.cause).toBeUndefined();
  });

  it('is not tried again when the account has no quota left', async () => {
    const body = '{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}';
    standIn.next({ status: 429, headers: AT_ONCE, body });
    const { error } = await outcomeOf(models.calls, callOf('stand-in'));
    expect(error).toMatchObject({ code: 'model.rate_limited', retryable: false });
    expect(standIn.requests).toHaveLength(1);
  });

  it('has an error and no fault of ours for an error page of megabytes', async () => {
    standIn.next({ status: 400, body: '<p>'.repeat(1_000_000) });
    const { error } = await outcomeOf(models.calls, callOf('stand-in'));
    expect(error).toMatchObject({ code: 'model.refused', status: 400 });
    expect(error!.message.length).toBeLessThan(600);
  });
});
