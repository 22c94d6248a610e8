// Turns that are asked for while another one holds their conversation: each waits, or ends the others.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { gate, MODEL, type StreamEvent, Talk, textOf, type Turn } from '../support/talk.js';
import { eventually } from '../support/wait.js';

let standIn: ModelStandIn;
let api: TestApp;
beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp({ ...standIn.environment, JOB_CONCURRENCY: '2' });
  await api.listen();
});
afterAll(async () => {
  await api.close();
  await standIn.close();
});
beforeEach(() => {
  standIn.forget();
});

/** A turn whose model says nothing more until `open`. */
async function heldTurn() {
  const talk = await Talk.begin(api);
  const { open, until } = gate();
  standIn.next({ text: ['one', '!'], hold: { afterDeltas: 1, until } });
  const running = await talk.turn('first');
  await talk.stream(`/turns/${running.id}/events`, { enough: (seen) => textOf(seen) === 'one' });
  return { talk, running, open };
}
const contents = async (talk: Talk) => (await talk.messages()).map(({ content }) => content);
const QUEUE = { whenBusy: 'queue' };
const CALL = { toolCalls: [{ id: 'call_1', name: 'find', input: ['{}'] }] };
const RESULT = {
  role: 'tool',
  content: [
    {
      type: 'tool-result',
      toolCallId: 'call_1',
      toolName: 'find',
      output: { type: 'text', value: 'ok' },
    },
  ],
};

describe('a turn that waits', () => {
  it('begins when the one before has ended, and its messages come after that reply', async () => {
    const { talk, running, open } = await heldTurn();
    standIn.next({ text: ['two'] }, { text: ['three'] });
    const second = await talk.turn('second', QUEUE);
    const third = await talk.turn('third', QUEUE);
    expect(second).toMatchObject({ state: 'queued', queuePosition: 1, replyId: null });
    expect(third).toMatchObject({ state: 'queued', queuePosition: 2, replySeq: null });
    expect(await talk.messages()).toHaveLength(2);
    open();
    expect(await talk.settled(third)).toMatchObject({ state: 'completed', queuePosition: null });
    for (const turn of [running, second])
      expect(await talk.settled(turn)).toMatchObject({ state: 'completed' });
    const all = ['first', 'one!', 'second', 'two', 'third', 'three'];
    expect(await contents(talk)).toEqual(all);
    expect(JSON.stringify(standIn.requests[2]!.body['messages'])).toContain('two');
  });

  it('does not begin when its user is disabled meanwhile', async () => {
    const { talk, running, open } = await heldTurn();
    const waiting = [await talk.turn('second', QUEUE), await talk.turn('third', QUEUE)];
    const { id } = (await talk.user.get('/v1/users/me').expect(200)).body;
    const set = (status: string) => api.service.patch(`/v1/users/${id}`, { status }).expect(200);
    await set('disabled');
    open();
    await eventually(async () => {
      const { rows } = await api.database.admin(
        `select from threadkeep.turn where user_id = $1 and state in ('queued', 'running')`,
        [id],
      );
      return rows.length === 0;
    });
    await set('active');
    expect(await talk.settled(running)).toMatchObject({ state: 'completed' });
    for (const turn of waiting)
      expect(await talk.settled(turn)).toMatchObject({
        state: 'failed',
        error: { code: 'access.user_not_active' },
      });
    expect(await contents(talk)).toEqual(['first', 'one!']);
    expect(standIn.requests).toHaveLength(1);
  });

  it('is streamed from the time when it waits', async () => {
    const { talk, open } = await heldTurn();
    standIn.next({ text: ['two'] });
    const body = { messages: [{ role: 'user', content: 'second' }], model: MODEL, ...QUEUE };
    let said: StreamEvent[] = [];
    const own = talk.stream('/turns', { body, enough: (events) => ((said = events), false) });
    const second = talk.stream('/turns?stream=ai-sdk', {
      body: { ...body, messages: [{ role: 'user', content: 'third' }] },
    });
    await eventually(async () => {
      const { data } = (await talk.user.get(`${talk.path}/turns`).expect(200)).body as {
        data: Turn[];
      };
      return said.length > 0 && data.filter(({ state }) => state === 'queued').length === 2;
    });
    open();
    const { events } = await own;
    const states = events.flatMap(({ event, data }) =>
      event === 'turn' ? [(JSON.parse(data) as Turn).state] : [],
    );
    expect([states[0], states.at(-1)]).toEqual(['queued', 'completed']);
    expect(textOf(events)).toMatch(/^(two|Hello there\.)$/);
    const [first, ...rest] = (await second).events.map(({ data }) => data);
    const start = JSON.parse(first!) as { type: string; messageId: string };
    const replies = await talk.messages();
    expect(replies).toContainEqual(expect.objectContaining({ id: start.messageId }));
    expect(start.type).toBe('start');
    expect(rest.at(-1)).toBe('[DONE]');
  });

  it('is one turn of any number of retries', async () => {
    const { talk, open } = await heldTurn();
    const user = talk.user.with({ 'idempotency-key': 'again' });
    const body = { messages: [{ role: 'user', content: 'second' }], model: MODEL, ...QUEUE };
    const [first, again] = [
      await user.post(`${talk.path}/turns`, body).expect(202),
      await user.post(`${talk.path}/turns`, body).expect(202),
    ];
    expect(again.body.id).toBe(first.body.id);
    open();
    await talk.settled(first.body as Turn);
    expect(await contents(talk)).toEqual(['first', 'one!', 'second', 'Hello there.']);
  });

  it('ends at once when it is cancelled, and nothing of it is in the conversation', async () => {
    const { talk, running, open } = await heldTurn();
    const [second, third] = [await talk.turn('second', QUEUE), await talk.turn('third', QUEUE)];
    const { body } = await talk.user.post(`${talk.path}/turns/${second.id}/cancel`).expect(202);
    expect(body).toMatchObject({ state: 'cancelled', replyId: null });
    open();
    await talk.settled(running);
    expect(await talk.settled(third)).toMatchObject({ state: 'completed' });
    expect(await contents(talk)).toEqual(['first', 'one!', 'third', 'Hello there.']);
  });

  it('waits for a turn that waits for tools, and comes after its end', async () => {
    const talk = await Talk.begin(api);
    standIn.next(CALL, { text: ['found'] }, { text: ['two'] });
    const first = await talk.settled(await talk.turn('first'));
    expect(first.state).toBe('waiting_for_tools');
    const second = await talk.turn('second', QUEUE);
    expect(second).toMatchObject({ queuePosition: 1 });
    expect((await talk.ask('third')).body).toMatchObject({ code: 'turn.busy' });
    await talk.user
      .post(`${talk.path}/turns/${first.id}/tool-results`, { messages: [RESULT] })
      .expect(202);
    expect(await talk.settled(second)).toMatchObject({ state: 'completed' });
    expect((await contents(talk)).slice(-3)).toEqual(['found', 'second', 'two']);
  });

  it('begins when a turn that waits for tools is cancelled', async () => {
    const talk = await Talk.begin(api);
    standIn.next(CALL, { text: ['two'] });
    const first = await talk.settled(await talk.turn('first'));
    const second = await talk.turn('second', QUEUE);
    await talk.user.post(`${talk.path}/turns/${first.id}/cancel`).expect(202);
    expect(await talk.settled(second)).toMatchObject({ state: 'completed' });
  });

  it('fails when its messages are refused by then, and the next one begins', async () => {
    const { talk, open } = await heldTurn();
    const second = await talk.turn('second', { ...QUEUE, expectedHead: 1 });
    const third = await talk.turn('third', QUEUE);
    open();
    expect(await talk.settled(second)).toMatchObject({
      state: 'failed',
      replyId: null,
      error: { code: 'conversation.head_moved' },
    });
    expect(await talk.settled(third)).toMatchObject({ state: 'completed' });
    expect(await contents(talk)).toEqual(['first', 'one!', 'third', 'Hello there.']);
  });

  it('is refused beyond the limits, and nothing of it is kept', async () => {
    const { talk, open, running } = await heldTurn();
    const large = await talk.ask('x'.repeat(600_000), {
      ...QUEUE,
      messages: [1, 2].map(() => ({ role: 'user', content: 'x'.repeat(600_000) })),
    });
    expect(large).toMatchObject({ status: 413, body: { code: 'turn.input_too_large' } });
    const asked = Array.from({ length: 12 }, (_, i) => talk.ask(`waiting ${i}`, QUEUE));
    const waiting = (await Promise.all(asked)).filter(({ status }) => status === 202);
    expect(waiting).toHaveLength(10);
    expect((await talk.ask('more', QUEUE)).body).toMatchObject({ code: 'turn.queue_full' });
    await api.database.admin(
      `insert into threadkeep.turn (user_id, id, conversation_id, state, is_waiting, options, input)
       select t.user_id, gen_random_uuid(), t.conversation_id, 'queued', true, t.options, '{}'
         from threadkeep.turn t, generate_series(1, 100) where t.id = $1`,
      [running.id],
    );
    const other = await Talk.begin(api);
    const first = gate();
    standIn.next({ text: ['a', 'b'], hold: { afterDeltas: 1, until: first.until } });
    const held = await other.turn('first');
    expect((await other.ask('more', QUEUE)).body).toMatchObject({
      code: 'turn.queue_full',
      detail: 'At most 100 of a user can wait.',
    });
    await api.database.admin(`delete from threadkeep.turn where input = '{}'`);
    for (const go of [open, first.open]) go();
    for (const [of, turn] of [
      [talk, running],
      [other, held],
    ] as const)
      await of.settled(turn);
    for (const { body } of waiting) await talk.settled(body as Turn);
  });

  it('comes next when it races with the end of the turn before, once', async () => {
    const talk = await Talk.begin(api);
    const turns = await Promise.all(
      Array.from({ length: 8 }, (_, i) => talk.turn(`question ${i}`, QUEUE)),
    );
    for (const turn of turns)
      expect(await talk.settled(turn)).toMatchObject({ state: 'completed' });
    const asked = (await contents(talk)).filter((_, i) => i % 2 === 0);
    expect(asked.toSorted()).toEqual(turns.map((_, i) => `question ${i}`));
  });
});

describe('a turn that interrupts', () => {
  it('ends what runs and what waits, and begins', async () => {
    const { talk, running, open } = await heldTurn();
    const second = await talk.turn('second', QUEUE);
    standIn.next({ text: ['three'] });
    const third = await talk.turn('third', { whenBusy: 'interrupt' });
    expect(await talk.settled(third)).toMatchObject({ state: 'completed' });
    expect(await talk.settled(running)).toMatchObject({ state: 'cancelled' });
    expect(await talk.settled(second)).toMatchObject({ state: 'cancelled', replyId: null });
    expect(await contents(talk)).toEqual(['first', 'one', 'third', 'three']);
    open();
  });

  it('begins at once when the other only waits for tools', async () => {
    const talk = await Talk.begin(api);
    standIn.next(CALL, { text: ['two'] });
    const first = await talk.settled(await talk.turn('first'));
    const second = await talk.turn('second', { whenBusy: 'interrupt' });
    expect(second.replyId).not.toBeNull();
    expect(await talk.settled(second)).toMatchObject({ state: 'completed' });
    expect(await talk.settled(first)).toMatchObject({ state: 'cancelled' });
  });

  it('is not kept waiting by a call of a tool that the other ends with meanwhile', async () => {
    const talk = await Talk.begin(api);
    const { open, until } = gate();
    standIn.next(
      { text: ['one', '!'], ...CALL, hold: { afterDeltas: 1, until } },
      { text: ['two'] },
    );
    const first = await talk.turn('first');
    await talk.stream(`/turns/${first.id}/events`, { enough: (seen) => textOf(seen) === 'one' });
    // As another process does, which does not end the call of this one.
    await api.database.admin(`update threadkeep.turn set cancel_requested = true where id = $1`, [
      first.id,
    ]);
    const second = await talk.turn('second', QUEUE);
    open();
    expect(await talk.settled(second)).toMatchObject({ state: 'completed' });
    expect(await talk.settled(first)).toMatchObject({
      state: 'cancelled',
      error: { code: 'turn.cancelled' },
    });
  });

  it('is one of many that race, and the last one is answered', async () => {
    const { talk, open } = await heldTurn();
    const turns = await Promise.all(
      Array.from({ length: 6 }, (_, i) => talk.turn(`question ${i}`, { whenBusy: 'interrupt' })),
    );
    const ended = await Promise.all(turns.map((turn) => talk.settled(turn)));
    const states = ended.map(({ state }) => state);
    expect(states.filter((state) => state === 'completed').length).toBeGreaterThan(0);
    expect(states.every((state) => ['completed', 'cancelled'].includes(state))).toBe(true);
    open();
  });
});

describe('a turn that waits, when the process is gone', () => {
  it('is taken over when it was next, with its messages', async () => {
    const { talk, running, open } = await heldTurn();
    const second = await talk.turn('second', QUEUE);
    // As if the process had died after the first turn had ended, and before the second had begun.
    await api.database.admin(
      `update threadkeep.turn set state = 'interrupted', worker_id = null, lease_expires_at = null where id = $1`,
      [running.id],
    );
    await api.database.admin(
      `update threadkeep.turn set is_waiting = false, worker_id = gen_random_uuid(), lease_expires_at = now() where id = $1`,
      [second.id],
    );
    await api.database.admin(
      `update threadkeep.job set due_at = now(), wake_at = now() where name = 'turn.take_over_sweep'`,
    );
    expect(await talk.settled(second)).toMatchObject({ state: 'completed' });
    expect((await contents(talk)).slice(-2)).toEqual(['second', 'Hello there.']);
    open();
  });
});
