// Model calls without a conversation: they wait for a place at their provider, run, and keep what the
// model said.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ModelCallQueueRepository } from '../../src/chat/model-calls/model-call-queue.repository.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { ExpirySweep } from '../../src/platform/jobs/expiry.job.js';
import type { JobRun } from '../../src/platform/jobs/index.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { eventsIn, gate, MODEL, textOf } from '../support/talk.js';
import { eventually } from '../support/wait.js';

let standIn: ModelStandIn;
let api: TestApp;
let ada: Caller;
beforeAll(async () => {
  standIn = await startModelStandIn();
  // One user may have two of eight places.
  const limits = { JOB_CONCURRENCY: '2', MODEL_CALL_CONCURRENCY: '8' };
  api = await createTestApp({ ...standIn.environment, ...limits });
  await api.listen();
  ada = api.actingFor('ada');
});
afterAll(async () => {
  await api.close();
  await standIn.close();
});
beforeEach(() => {
  standIn.forget();
});

const CALLS = '/v1/model-calls';
const FINAL = ['completed', 'failed', 'cancelled'];
const asks = (content: string, fields: object = {}) => ({
  messages: [{ role: 'user', content }],
  model: MODEL,
  ...fields,
});

interface Call {
  id: string;
  state: string;
  queuePosition: number | null;
  reply: { text: string } | null;
  error: { code: string } | null;
}

async function made(user: Caller, content: string, fields: object = {}): Promise<Call> {
  const answer = await user.post(CALLS, asks(content, fields));
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 202 });
  return answer.body as Call;
}
const read = async (user: Caller, { id }: { id: string }) =>
  (await user.get(`${CALLS}/${id}`).expect(200)).body as Call;

async function settled(user: Caller, call: { id: string }): Promise<Call> {
  let last: Call;
  await eventually(async () => {
    last = await read(user, call);
    return FINAL.includes(last.state);
  });
  return last!;
}

/** Both places of a user are taken until `open`. */
async function busy(user: Caller) {
  const { open, until } = gate();
  const held = { text: ['one', '!'], hold: { afterDeltas: 1, until } };
  standIn.next(held, held);
  const running = [await made(user, 'first'), await made(user, 'second')];
  await eventually(
    async () => standIn.requests.length === 2 && standIn.requests.every((r) => r.deltas),
  );
  return { running, open };
}

describe('the stream of a model call', () => {
  const watched = async (user: Caller, { id }: { id: string }, lastEventId?: string) => {
    const answer = await fetch(`${await api.app.getUrl()}${CALLS}/${id}/events`, {
      headers: { ...user.headers, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
    });
    const seen = { text: '', isOver: false };
    const read = async () => {
      const decoder = new TextDecoder();
      for await (const chunk of answer.body!)
        seen.text += decoder.decode(chunk as Uint8Array, { stream: true });
      seen.isOver = true;
    };
    const done = read();
    const of = (kind: string) =>
      eventsIn(seen.text)
        .filter(({ event }) => event === kind)
        .map(({ data }) => JSON.parse(data) as Record<string, unknown>);
    return { seen, of, done, events: () => eventsIn(seen.text) };
  };

  it('tells its place in the queue, what the model says, and the end', async () => {
    const { open } = await busy(ada);
    const before = await made(ada, 'before');
    const call = await made(ada, 'Where?');
    const { of, done, events } = await watched(ada, call);
    await eventually(async () => of('call').length === 1);
    expect(of('call')[0]).toMatchObject({ id: call.id, state: 'queued', queuePosition: 1 });
    await ada.post(`${CALLS}/${before.id}/cancel`).expect(202);
    await eventually(async () => of('call').some(({ queuePosition }) => queuePosition === 0));
    const hold = gate();
    standIn.next({ text: ['At ', 'the market.'], hold: { afterDeltas: 1, until: hold.until } });
    open();
    await eventually(async () => textOf(events()) === 'At ');
    const last = events().at(-1)!.id!;
    const again = await watched(ada, call, last);
    hold.open();
    await Promise.all([done, again.done]);
    expect(textOf(events())).toBe('At the market.');
    expect(textOf(again.events())).toBe('the market.');
    for (const { of: told } of [{ of }, again])
      expect(told('call').at(-1)).toEqual(await read(ada, call));
  });

  it('ends at once when the call has ended, or is removed', async () => {
    const { open } = await busy(ada);
    const [cancelled, removed] = [await made(ada, 'one'), await made(ada, 'two')];
    await ada.post(`${CALLS}/${cancelled.id}/cancel`).expect(202);
    const { of, done } = await watched(ada, cancelled);
    await done;
    expect(of('call')).toMatchObject([{ state: 'cancelled' }]);
    const gone = await watched(ada, removed);
    await eventually(async () => gone.of('call').length === 1);
    await ada.delete(`${CALLS}/${removed.id}`).expect(204);
    await gone.done;
    expect(gone.of('leave')).toEqual([{ reason: 'No such model call' }]);
    open();
  });

  it("is its user's alone", async () => {
    standIn.next({ text: ['Mine'] });
    const call = await made(ada, 'Mine');
    await api.actingFor('eve').get(`${CALLS}/${call.id}/events`).expect(404);
    await settled(ada, call);
  });
});

describe('a model call', () => {
  it('is accepted, made without a conversation, and keeps the reply', async () => {
    standIn.next({ text: ['At ', 'the market.'], usage: { input: 21, output: 4 } });
    const call = await made(ada, 'Where?', {
      system: 'Be brief.',
      parameters: { temperature: 0.5 },
    });
    expect(call).toMatchObject({ priority: 'normal', queuePosition: 0, reply: null, error: null });
    expect(await settled(ada, call)).toMatchObject({
      state: 'completed',
      queuePosition: null,
      provider: 'stand-in',
      model: 'a-model',
      reply: {
        text: 'At the market.',
        parts: [{ type: 'text', text: 'At the market.' }],
        toolCalls: [],
      },
      finishReason: 'stop',
      usage: { inputTokens: 21, outputTokens: 4 },
      attempts: 1,
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
    });
    expect(standIn.requests[0]!.body).toMatchObject({
      model: 'a-model',
      temperature: 0.5,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Where?' },
      ],
    });
  });

  it('takes messages of another dialect, and tools, and gives their calls', async () => {
    standIn.next({ toolCalls: [{ id: 'call_2', name: 'find', input: ['{"city":', '"Rome"}'] }] });
    const call = await made(ada, '', {
      format: 'openai',
      messages: [
        { role: 'user', content: 'Where?' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'near', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'Italy' },
      ],
      tools: [{ name: 'find', parameters: { type: 'object' } }],
      toolChoice: 'tool:find',
    });
    expect(await settled(ada, call)).toMatchObject({
      state: 'completed',
      finishReason: 'tool-calls',
      reply: {
        text: '',
        toolCalls: [{ toolCallId: 'call_2', toolName: 'find', input: { city: 'Rome' } }],
      },
    });
    const { body } = standIn.requests[0]!;
    expect(body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ function: { name: 'near' } }] },
      { role: 'tool', content: 'Italy' },
    ]);
    expect(body['tool_choice']).toMatchObject({ function: { name: 'find' } });
  });

  it('takes model, parameters, prompt and tools of an agent configuration', async () => {
    const config = {
      name: 'a-guide',
      model: MODEL,
      parameters: { temperature: 0.25 },
      systemPrompt: 'You are a guide.',
      tools: [{ name: 'find', description: 'Finds.', parameters: { type: 'object' } }],
    };
    const { body } = await ada.post('/v1/agent-configs', config).expect(201);
    const call = await made(ada, 'Where?', { model: null, agentConfigId: body.id as string });
    expect((await settled(ada, call)).state).toBe('completed');
    expect(standIn.requests[0]!.body).toMatchObject({
      model: 'a-model',
      temperature: 0.25,
      messages: [{ role: 'system', content: 'You are a guide.' }, { role: 'user' }],
      tools: [{ function: { name: 'find' } }],
    });
  });

  it('is one call for all tries with the same key', async () => {
    const send = () => ada.post(CALLS, asks('once')).set('Idempotency-Key', 'a-call');
    const first = (await send().expect(202)).body as Call;
    await settled(ada, first);
    const again = (await send().expect(202)).body as Call;
    expect(again).toMatchObject({ id: first.id, state: 'completed' });
    expect(standIn.requests).toHaveLength(1);
  });

  it("is its user's alone", async () => {
    const call = await made(ada, 'mine');
    const bob = api.actingFor('bob');
    await bob.get(`${CALLS}/${call.id}`).expect(404);
    await bob.post(`${CALLS}/${call.id}/cancel`).expect(404);
    await bob.delete(`${CALLS}/${call.id}`).expect(404);
    expect((await settled(ada, call)).state).toBe('completed');
  });

  it('is refused without a model, with one of no provider, and when it is too large', async () => {
    const refused = async (fields: object, status: number, code: string) =>
      expect((await ada.post(CALLS, asks('x', fields)).expect(status)).body).toMatchObject({
        code,
      });
    await refused({ model: null }, 422, 'turn.no_model');
    await refused({ model: { provider: 'none', name: 'x' } }, 422, 'turn.unknown_provider');
    await refused({ messages: [] }, 422, 'request.invalid_body');
    await refused(
      { messages: [{ role: 'user', content: 'x'.repeat(1_048_576) }] },
      413,
      'request.too_large',
    );
    expect(standIn.requests).toHaveLength(0);
  });
});

describe('a model call that fails', () => {
  it('keeps why, is listed by its state, and runs again when it is asked to', async () => {
    const user = api.actingFor('carla');
    standIn.next({ status: 401, body: '{"error":{"message":"No such key."}}' });
    const call = await settled(user, await made(user, 'Where?'));
    expect(call).toMatchObject({ state: 'failed', reply: null, error: { code: 'model.refused' } });
    await made(user, 'another');
    const { body } = await user.get(`${CALLS}?filter[state]=failed`).expect(200);
    expect(body.data).toMatchObject([{ id: call.id, error: { code: 'model.refused' } }]);
    expect(body.data[0]).not.toHaveProperty('reply');
    standIn.next({ text: ['now'] });
    const retried = (await user.post(`${CALLS}/${call.id}/retry`).expect(202)).body as Call;
    expect(retried).toMatchObject({ id: call.id, state: 'queued', error: null });
    expect(await settled(user, call)).toMatchObject({ state: 'completed', error: null });
    const refusal = await user.post(`${CALLS}/${call.id}/retry`).expect(409);
    expect(refusal.body).toMatchObject({ code: 'model_call.not_failed' });
  });

  it('keeps what was said before the provider broke off', async () => {
    standIn.next({ text: ['one ', 'two'], drop: { afterDeltas: 1 } });
    expect(await settled(ada, await made(ada, 'Where?'))).toMatchObject({
      state: 'failed',
      reply: { text: 'one ' },
      error: { code: 'model.interrupted' },
    });
  });
});

describe('model calls that wait', () => {
  it('run by their priority, and know how many come before', async () => {
    const user = api.actingFor('dora');
    const { open } = await busy(user);
    const low = await made(user, 'a low one', { priority: 'low' });
    const normal = await made(user, 'a normal one');
    const high = await made(user, 'a high one', { priority: 'high' });
    const positions = await Promise.all([low, normal, high].map((call) => read(user, call)));
    expect(positions.map(({ queuePosition }) => queuePosition)).toEqual([2, 1, 0]);
    expect(positions.map(({ state }) => state)).toEqual(['queued', 'queued', 'queued']);
    open();
    for (const call of [low, normal, high])
      expect((await settled(user, call)).state).toBe('completed');
    // Two of them run at a time.
    const order = standIn.requests.slice(2).map(({ body }) => JSON.stringify(body));
    expect(order.findIndex((sent) => sent.includes('a low one'))).toBe(2);
  });

  it('are cancelled at once, and running ones keep what was said', async () => {
    const user = api.actingFor('emil');
    const { running, open } = await busy(user);
    const waiting = await made(user, 'third');
    const cancel = ({ id }: Call) => user.post(`${CALLS}/${id}/cancel`).expect(202);
    expect((await cancel(waiting)).body).toMatchObject({ state: 'cancelled', queuePosition: null });
    await cancel(running[0]!);
    expect(await settled(user, running[0]!)).toMatchObject({
      state: 'cancelled',
      reply: { text: 'one' },
      error: { code: 'model_call.cancelled' },
    });
    await eventually(async () => standIn.requests.some(({ wasAborted }) => wasAborted));
    open();
    expect(await settled(user, running[1]!)).toMatchObject({ state: 'completed' });
    expect((await cancel(running[1]!)).body).toMatchObject({ state: 'completed' });
    expect(standIn.requests).toHaveLength(2);
  });

  it('are deleted, and a running one ends with it', async () => {
    const user = api.actingFor('frida');
    const { running, open } = await busy(user);
    const waiting = await made(user, 'third');
    for (const { id } of [waiting, running[0]!]) {
      await user.delete(`${CALLS}/${id}`).expect(204);
      await user.get(`${CALLS}/${id}`).expect(404);
      await user.delete(`${CALLS}/${id}`).expect(404);
    }
    await eventually(async () => standIn.requests.some(({ wasAborted }) => wasAborted));
    open();
    await settled(user, running[1]!);
    expect(standIn.requests).toHaveLength(2);
  });

  it('of one user do not hold up those of another', async () => {
    const many = api.actingFor('greedy');
    const one = api.actingFor('modest');
    const { open } = await busy(many);
    const all: Call[] = [];
    for (let i = 0; i < 200; i++) all.push(await made(many, `many ${i}`));
    const call = await made(one, 'just one');
    // Nobody else has a place, and the greedy user has both of theirs.
    expect((await settled(one, call)).state).toBe('completed');
    expect(standIn.requests).toHaveLength(3);
    open();
    for (const last of all) expect((await settled(many, last)).state).toBe('completed');
  });
});

describe('a model call that nobody holds or needs any more', () => {
  /** As a process left it. */
  const insert = async (id: string, columns: Record<string, unknown>) => {
    const row = {
      ...{ user_id: id, priority: 2, provider: 'stand-in', model: 'a-model', on_crash: 'fail' },
      ...{ attempts: 1, cancel_requested: false, created_at: new Date() },
      request: JSON.stringify({
        ...{ system: '', parameters: {}, tools: [] },
        messages: [{ role: 'user', parts: [{ type: 'text', text: 'again' }] }],
      }),
      ...columns,
    };
    const names = Object.keys(row).join(', ');
    const { rows } = await api.database.admin(
      `insert into threadkeep.model_call (id, ${names})
       select gen_random_uuid(), ${names} from jsonb_populate_record(null::threadkeep.model_call, $1)
       returning id`,
      [JSON.stringify(row)],
    );
    return { id: rows[0]!['id'] as string };
  };
  const left = { state: 'running', lease_expires_at: '2026-01-01', worker_id: randomUUID() };

  it('has failed, or runs again when it asked for that, three times at most', async () => {
    const user = api.actingFor('gerd');
    const { body } = await user.patch('/v1/users/me', { name: 'x' }).expect(200);
    const insertOf = (columns: Record<string, unknown>) =>
      insert((body as { id: string }).id, columns);
    const lost = await insertOf(left);
    const retried = await insertOf({ ...left, on_crash: 'retry' });
    const often = await insertOf({ ...left, on_crash: 'retry', attempts: 3 });
    const cancelled = await insertOf({ ...left, on_crash: 'retry', cancel_requested: true });
    const error = { code: 'model_call.lost' };
    expect(await settled(user, lost)).toMatchObject({ state: 'failed', error });
    expect(await settled(user, retried)).toMatchObject({ state: 'completed', attempts: 2 });
    expect(await settled(user, often)).toMatchObject({ state: 'failed', error });
    expect(await settled(user, cancelled)).toMatchObject({ state: 'cancelled', error });
    expect(standIn.requests).toHaveLength(1);
  });

  it('has failed when its provider is not configured any more, unless it is young', async () => {
    const user = api.actingFor('ida');
    const { body } = await user.patch('/v1/users/me', { name: 'x' }).expect(200);
    const insertOf = (minutes: number) =>
      insert((body as { id: string }).id, {
        ...{ state: 'queued', provider: 'gone', attempts: 0 },
        created_at: new Date(Date.now() - minutes * 60_000),
      });
    const [young, old] = [await insertOf(14), await insertOf(16)];
    expect(await settled(user, old)).toMatchObject({
      state: 'failed',
      error: { code: 'model.not_configured' },
    });
    expect(await read(user, young)).toMatchObject({ state: 'queued' });
  });

  it('is cancelled when it breaks off after a cancel that its process has not heard of', async () => {
    const user = api.actingFor('jan');
    const { body } = await user.patch('/v1/users/me', { name: 'x' }).expect(200);
    const { id: userId } = body as { id: string };
    const worker = randomUUID();
    const held = { state: 'running', worker_id: worker, lease_expires_at: '2100-01-01' };
    const call = await insert(userId, { ...held, cancel_requested: true });
    const error = { code: 'model_call.stopped', message: 'The service stopped.' };
    await api.app.get(RequestContexts).runAsUser(userId, () =>
      api.app.get(ModelCallQueueRepository).finish(call.id, worker, {
        ...{ state: 'failed', reply: null, finishReason: null, usage: null, costUsd: null },
        error,
      }),
    );
    expect(await read(user, call)).toMatchObject({ state: 'cancelled', error });
  });

  it('is removed some days after its end', async () => {
    const user = api.actingFor('hans');
    const { body } = await user.patch('/v1/users/me', { name: 'x' }).expect(200);
    const days = (n: number) => new Date(Date.now() - n * 86_400_000);
    const insertOf = (columns: Record<string, unknown>) =>
      insert((body as { id: string }).id, columns);
    const old = await insertOf({ state: 'failed', finished_at: days(31) });
    const young = await insertOf({ state: 'failed', finished_at: days(29) });
    await api.app.get(ScopedDatabase).runAsSystem('a test', () =>
      api.app.get(ExpirySweep).run({}, {
        step: <T>(work: () => Promise<T>) => work(),
        report: () => undefined,
      } as unknown as JobRun),
    );
    await user.get(`${CALLS}/${old.id}`).expect(404);
    expect(await read(user, young)).toMatchObject({ state: 'failed' });
  });
});
