// The limits of a provider hold for all calls of a process: turns, titles, and model calls.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { gate, MODEL, Talk } from '../support/talk.js';
import { eventually } from '../support/wait.js';

const CONCURRENCY = 4;
/** Model calls that wait when a turn comes. */
const BEHIND = 24;
let standIn: ModelStandIn;
let api: TestApp;
beforeAll(async () => {
  standIn = await startModelStandIn();
  const { MODEL_PROVIDERS } = standIn.environment as { MODEL_PROVIDERS: string };
  const providers = JSON.parse(MODEL_PROVIDERS) as Record<string, object>;
  const limited = Object.entries(providers).map(([name, provider]) => [
    name,
    { ...provider, concurrency: CONCURRENCY },
  ]);
  api = await createTestApp({
    ...standIn.environment,
    MODEL_PROVIDERS: JSON.stringify(Object.fromEntries(limited)),
    MODEL_MAX_QUEUE_WAIT_MS: '1500',
    JOB_CONCURRENCY: '4',
  });
  await api.listen();
});
afterAll(async () => {
  await api.close();
  await standIn.close();
});
beforeEach(() => {
  standIn.forget();
});

const asks = (content: string) => ({ messages: [{ role: 'user', content }], model: MODEL });

/** Requests that are being answered, and the most of them at a time. */
function watched() {
  let [open, most] = [0, 0];
  const seen = new Set<unknown>();
  const look = () => {
    for (const request of standIn.requests) {
      if (seen.has(request)) continue;
      seen.add(request);
      most = Math.max(most, ++open);
      void request.closed.then(() => open--);
    }
  };
  const timer = setInterval(look, 1);
  return {
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
}

describe('the limit of calls at a time of a provider', () => {
  it('is held under a hundred calls at once, and all of them are made', async () => {
    const { stop } = watched();
    standIn.fallback = { text: ['a', 'b'], delayMs: 5 };
    const users = ['ada', 'bob', 'carl', 'dora', 'emil'].map((name) => api.actingFor(name));
    const calls = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const user = users[i % users.length]!;
        const { body } = await user.post('/v1/model-calls', asks(`${i}`)).expect(202);
        return { user, id: (body as { id: string }).id };
      }),
    );
    for (const { user, id } of calls)
      await eventually(async () => {
        const { body } = await user.get(`/v1/model-calls/${id}`).expect(200);
        return (body as { state: string }).state === 'completed';
      });
    expect(standIn.requests).toHaveLength(100);
    const most = stop();
    expect(most).toBeLessThanOrEqual(CONCURRENCY);
    expect(most).toBeGreaterThan(1);
  });

  it('lets a turn in before model calls that wait, and refuses one for which there is no place in time', async () => {
    const { open, until } = gate();
    const held = { text: ['one', '!'], hold: { afterDeltas: 1, until } };
    standIn.next(...Array.from({ length: CONCURRENCY }, () => held));
    const names = ['w', 'x', 'y', 'z'];
    for (const name of names)
      await api.actingFor(name).post('/v1/model-calls', asks('first')).expect(202);
    await eventually(async () => standIn.requests.length === CONCURRENCY);
    standIn.fallback = { text: ['a', 'b'], delayMs: 50 };
    for (let i = 0; i < BEHIND; i++)
      await api
        .actingFor(names[i % names.length]!)
        .post('/v1/model-calls', asks('behind'))
        .expect(202);
    const talk = await Talk.begin(api);
    const turn = await talk.settled(await talk.turn('too late'));
    expect(turn).toMatchObject({ state: 'failed', error: { code: 'model.busy' } });
    const { body, status, headers } = await talk.user.post('/compat/openai/v1/chat/completions', {
      model: `${MODEL.provider}/${MODEL.name}`,
      messages: [{ role: 'user', content: 'too late, too' }],
      metadata: { conversation: 'key:busy' },
    });
    expect({ status, body, wait: headers['retry-after'] }).toMatchObject({
      status: 503,
      body: { code: 'completion.model_busy', turnError: 'model.busy' },
      wait: '5',
    });
    const next = await talk.turn('in time');
    open();
    expect(await talk.settled(next)).toMatchObject({ state: 'completed' });
    const order = standIn.requests.slice(CONCURRENCY).map((r) => JSON.stringify(r.body));
    const place = order.findIndex((sent) => sent.includes('in time'));
    expect(place).toBeGreaterThanOrEqual(0);
    expect(place).toBeLessThan(BEHIND);
  });

  it('lets a turn of the background wait behind other turns, however long', async () => {
    const { open, until } = gate();
    const held = { text: ['one', '!'], hold: { afterDeltas: 1, until } };
    standIn.next(...Array.from({ length: CONCURRENCY }, () => held));
    standIn.fallback = { text: ['a', 'b'] };
    const first = await Promise.all(
      Array.from({ length: CONCURRENCY }, (_, i) => Talk.begin(api, `holder-${i}`)),
    );
    for (const talk of first) await talk.turn('first');
    await eventually(async () => standIn.requests.length === CONCURRENCY);
    const patient = await Talk.begin(api, 'patient');
    const waiting = await patient.turn('some time', { background: true });
    // It is still there when others were refused for having waited as long as they may.
    const hasty = await Talk.begin(api, 'hasty');
    const late = await hasty.settled(await hasty.turn('at once'));
    expect(late).toMatchObject({ state: 'failed', error: { code: 'model.busy' } });
    open();
    expect(await patient.settled(waiting)).toMatchObject({ state: 'completed' });
  });
});
