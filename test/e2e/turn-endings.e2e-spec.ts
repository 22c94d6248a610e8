// Turns that end in another way than with a whole reply: what becomes of the turn and of its reply is
// stored together.
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TurnsRepository } from '../../src/chat/turns/turns.repository.js';
import { UnfinishedMessages } from '../../src/conversations/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { gate, MODEL, Talk, type Turn } from '../support/talk.js';
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

const isFinal = ({ state }: { state: string }) => !['queued', 'running'].includes(state);
const sweep = () =>
  api.database.admin(
    `update threadkeep.job set due_at = now(), wake_at = now() where name like 'turn.take_over%'`,
  );
/** As if the process that runs the turn were gone. */
const abandon = async ({ id }: Turn) => {
  await api.database.admin(
    `update threadkeep.turn set worker_id = gen_random_uuid(), lease_expires_at = now() where id = $1`,
    [id],
  );
  await sweep();
};

/** A turn whose model has said two words, which are stored, and waits. */
async function begun(app = api) {
  const talk = await Talk.begin(app);
  const { open, until } = gate();
  standIn.next({ text: ['one ', 'two ', 'three'], hold: { afterDeltas: 2, until } });
  const turn = await talk.turn('Hi');
  await eventually(async () => (await talk.messages())[1]?.content === 'one two ');
  return { talk, turn, open };
}

describe('a reply that is longer than may be stored', () => {
  const huge = { toolCalls: [{ id: 'a', name: 'find', input: { q: 'x'.repeat(5_000_000) } }] };

  it('ends its turn with the reason, and keeps what was said before', async () => {
    const talk = await Talk.begin(api);
    standIn.next({ text: ['Let me look.'], ...huge });
    const turn = await talk.settled(await talk.turn('Hi'));
    expect(turn).toMatchObject({ state: 'interrupted', error: { code: 'model.bad_answer' } });
    expect((await talk.messages())[1]).toMatchObject({
      content: 'Let me look.',
      status: 'interrupted',
    });
  });

  it('ends its model call with the reason, at once', async () => {
    const user = api.actingFor('ada');
    standIn.next(huge);
    const asked = { messages: [{ role: 'user', content: 'Hi' }], model: MODEL, onCrash: 'retry' };
    const { body } = await user.post('/v1/model-calls', asked).expect(202);
    const path = `/v1/model-calls/${body.id as string}`;
    await eventually(async () => isFinal((await user.get(path)).body));
    const { body: call } = await user.get(path).expect(200);
    expect(call).toMatchObject({ state: 'failed', error: { code: 'model.bad_answer' } });
    expect(standIn.requests).toHaveLength(1);
  });
});

describe('a turn of a conversation that is deleted meanwhile', () => {
  it('leaves the reply with what was said, for when the conversation is restored', async () => {
    const { talk, turn, open } = await begun();
    await talk.user.delete(talk.path).expect(204);
    open();
    await eventually(async () => {
      const query = `select state from threadkeep.turn where id = $1`;
      const { rows } = await api.database.admin(query, [turn.id]);
      return isFinal(rows[0] as { state: string });
    });
    await talk.user.post(`${talk.path}/restore`).expect(200);
    expect((await talk.messages())[1]).toMatchObject({
      content: 'one two ',
      status: 'interrupted',
    });
  });
});

describe('a message that is removed', () => {
  const PLANTED = 'planted-words-7';
  const rowOf = async ({ id }: Turn) => {
    const { rows } = await api.database.admin(
      `select t::text as text from threadkeep.turn t where id = $1`,
      [id],
    );
    return rows[0]!['text'] as string;
  };
  const asked = { context: { query: PLANTED } };

  it.each<[string, (talk: Talk) => Promise<Turn>]>([
    [
      'failed',
      async (talk) => {
        const body = JSON.stringify({ error: { message: `Bad words: ${PLANTED}` } });
        standIn.next({ status: 400, body });
        const turn = await talk.settled(await talk.turn(PLANTED, asked));
        expect(JSON.stringify(turn.error)).toContain(PLANTED);
        return turn;
      },
    ],
    ['completed', async (talk) => talk.settled(await talk.turn(PLANTED, asked))],
    [
      'cancelled',
      async (talk) => {
        standIn.next({ toolCalls: [{ id: 'a', name: 'find', input: {} }] });
        const tools = [{ name: 'find' }];
        const turn = await talk.settled(await talk.turn(PLANTED, { ...asked, tools }));
        await talk.user.post(`${talk.path}/turns/${turn.id}/cancel`).expect(202);
        return turn;
      },
    ],
  ])('leaves no words with a turn that has %s', async (state, end) => {
    const talk = await Talk.begin(api);
    const turn = await end(talk);
    const [message] = (await talk.messages()) as unknown as { id: string }[];
    await talk.user.delete(`${talk.path}/messages/${message!.id}`).expect(200);
    expect(await talk.settled(turn)).toMatchObject({ state });
    expect(await rowOf(turn)).not.toContain(PLANTED);
  });
});

describe('the end of a turn whose process is gone', () => {
  it('is stored with the end of its reply, or not at all', async () => {
    const other = await createTestApp({ ...standIn.environment }, api.database);
    await other.listen();
    const { talk, turn } = await begun(other);
    const endAsIs = jest
      .spyOn(api.app.get(UnfinishedMessages), 'endAsIs')
      .mockRejectedValueOnce(new Error('the connection is lost'));
    await abandon(turn);
    await eventually(async () => endAsIs.mock.calls.length === 1);
    const { body } = await talk.user.get(`${talk.path}/turns/${turn.id}`).expect(200);
    expect(body).toMatchObject({ state: 'running' });
    await eventually(async () => {
      await sweep();
      return endAsIs.mock.calls.length > 1;
    });
    expect(await talk.settled(turn)).toMatchObject({ state: 'interrupted' });
    expect((await talk.messages())[1]).toMatchObject({
      content: 'one two ',
      status: 'interrupted',
    });
    endAsIs.mockRestore();
    await other.close();
  });
});

describe('a turn that this process cannot begin', () => {
  it.each([
    ['because another one holds it', () => Promise.resolve(null)],
    ['because the database does not say so', () => Promise.reject(new Error('no connection'))],
  ])('asks no model and stays as it is, %s', async (_, answer) => {
    const begin = jest.spyOn(api.app.get(TurnsRepository), 'begin').mockImplementationOnce(answer);
    const talk = await Talk.begin(api);
    standIn.next({ text: ['Here I am.'] });
    const turn = await talk.turn('Hi', { onCrash: 'retry' });
    await eventually(async () => begin.mock.calls.length === 1);
    begin.mockRestore();
    expect((await talk.messages())[1]).toMatchObject({ content: '', status: 'in_progress' });
    expect(standIn.requests).toEqual([]);
    await abandon(turn);
    expect(await talk.settled(turn)).toMatchObject({ state: 'completed' });
    expect(standIn.requests).toHaveLength(1);
  });

  it('reads nothing for the model when it was cancelled while it waited for a place', async () => {
    const small = await createTestApp(
      { ...standIn.environment, TURN_CONCURRENCY: '1', JOB_CONCURRENCY: '0' },
      api.database,
    );
    await small.listen();
    const { talk: first, open } = await begun(small);
    const second = await Talk.begin(small);
    const waiting = await second.turn('And?');
    await second.user.post(`${second.path}/turns/${waiting.id}/cancel`).expect(202);
    expect(await second.settled(waiting)).toMatchObject({ state: 'cancelled' });
    const { rows } = await api.database.admin(
      'select conversation_id as id from threadkeep.context_manifest where conversation_id = any($1)',
      [[first, second].map(({ path }) => path.split('/').at(-1))],
    );
    expect(rows).toEqual([{ id: first.path.split('/').at(-1) }]);
    open();
    await small.close();
  });
});

describe('a turn of a process that stops', () => {
  /** Stops a process while the model has said nothing. @returns the turn as another process ends it */
  async function stopped(fields: object): Promise<{ talk: Talk; turn: Turn }> {
    const first = await createTestApp({ ...standIn.environment }, api.database);
    await first.listen();
    const { until } = gate();
    standIn.next({ text: ['never'], hold: { afterDeltas: 0, until } }, { text: ['Here I am.'] });
    const there = await Talk.begin(first);
    const turn = await there.turn('Hi', fields);
    await standIn.requested(1);
    await first.close();
    await sweep();
    const talk = await Talk.at(api, there.path);
    return { talk, turn: await talk.settled(turn) };
  }

  it('goes on in another one when it asks for that and nothing was said', async () => {
    const { talk, turn } = await stopped({ onCrash: 'retry' });
    expect(turn).toMatchObject({ state: 'completed' });
    expect((await talk.messages())[1]).toMatchObject({ content: 'Here I am.' });
  });

  it('is interrupted otherwise', async () => {
    const { turn } = await stopped({});
    expect(turn).toMatchObject({ state: 'interrupted', error: { code: 'turn.stopped' } });
    expect(standIn.requests).toHaveLength(1);
  });
});
