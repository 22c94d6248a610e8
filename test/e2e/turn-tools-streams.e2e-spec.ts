// Turns with rounds of tools: as viewers see them, as the cache of replies has them, and when the
// process that ran them is gone.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { McpScripts } from '../support/mcp-scripts.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { gate, MODEL, type StreamEvent, type Talk, textOf, type Turn } from '../support/talk.js';
import { call, calling, ended, resultsIn, talkWith } from '../support/tool-talks.js';

const scripts = new McpScripts();
const echo = scripts.add(`
  answerWith((params) => params?.name === undefined
    ? { tools: [{ name: 'say', inputSchema: { type: 'object' } },
                { name: 'fail', inputSchema: { type: 'object' } }] }
    : { content: [{ type: 'text', text: 'said ' + params.arguments.n }], isError: params.name === 'fail' });`);

let standIn: ModelStandIn;
let api: TestApp;
beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp({
    ...standIn.environment,
    JOB_CONCURRENCY: '2',
    MCP_STDIO_COMMANDS: JSON.stringify(scripts.commands),
    MCP_CHECK_TIMEOUT: '30',
  });
  await api.listen();
});
afterAll(async () => {
  await api.close();
  await standIn.close();
  scripts.remove();
});
beforeEach(() => standIn.forget());

const ROUNDS = [
  { text: ['Öne ', 'moment.'], ...calling(call('e__say', { n: 1 })) },
  { text: ['And ', 'more.'], ...calling(call('e__fail', { n: 2 }, 'call_2')) },
  { text: ['All ', 'said.'] },
];
const BODY = { messages: [{ role: 'user', content: 'Hi' }], model: MODEL };

const partsIn = (events: StreamEvent[]) =>
  events
    .filter(({ event }) => event === 'part')
    .map(({ data }) => (JSON.parse(data) as { value: { type: string } }).value);
/** What a viewer was told of a turn with the rounds. */
const told = (events: StreamEvent[]) => [textOf(events), partsIn(events).map(({ type }) => type)];
const WHOLE = [
  'Öne moment.And more.All said.',
  ['tool-call', 'tool-result', 'tool-call', 'tool-result'],
];

describe('a stream of a turn with rounds of tools', () => {
  it('has the replies, the calls and the results in order, live and later', async () => {
    const talk = await talkWith(api, 'streams', { e: echo });
    standIn.next(...ROUNDS);
    const live = await talk.stream('/turns', { body: BODY });
    expect(told(live.events)).toEqual(WHOLE);
    const turn = JSON.parse(live.events.at(-1)!.data) as Turn;
    expect(turn).toMatchObject({ state: 'completed', replySeq: 6 });
    const later = await talk.stream(`/turns/${turn.id}/events?stream=threadkeep`);
    expect(told(later.events)).toEqual(WHOLE);
    const seqs = later.events.flatMap(({ id }) =>
      id === undefined ? [] : [Number(id.split('.')[0])],
    );
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    expect([...new Set(seqs)]).toEqual([2, 3, 4, 5, 6]);
  });

  it('goes on after any of its events', async () => {
    const talk = await talkWith(api, 'goes on', { e: echo });
    standIn.next(...ROUNDS);
    const { id } = await ended(talk, 'Hi');
    const path = `/turns/${id}/events?stream=threadkeep`;
    const { events } = await talk.stream(path);
    for (const [at, { id: last }] of events.entries()) {
      if (last === undefined) continue;
      const rest = await talk.stream(path, { headers: { 'last-event-id': last } });
      const both = [...events.slice(0, at + 1), ...rest.events];
      expect(told(both)).toEqual(WHOLE);
    }
  });

  it('is seen whole by viewers who come and go while it runs', async () => {
    const talk = await talkWith(api, 'viewers', { e: echo });
    standIn.next(...ROUNDS.map((round) => ({ ...round, delayMs: 60 })));
    const { id } = await talk.turn('Hi');
    const watch = async (every: number) => {
      const all: StreamEvent[] = [];
      for (let last: string | undefined, cuts = 0; ; cuts++) {
        const { events } = await talk.stream(`/turns/${id}/events?stream=threadkeep`, {
          headers: last === undefined ? {} : { 'last-event-id': last },
          enough: (seen) => cuts < 6 && seen.length > every,
        });
        all.push(...events);
        last = events.findLast((event) => event.id !== undefined)?.id ?? last;
        const end = events.at(-1)!;
        if (end.event === 'turn' && (JSON.parse(end.data) as Turn).state === 'completed')
          return told(all);
      }
    };
    for (const seen of await Promise.all([1, 2, 3, 4].map(watch))) expect(seen).toEqual(WHOLE);
  });

  it('is one message with steps in the form of the AI SDK', async () => {
    const talk = await talkWith(api, 'sdk', { e: echo });
    standIn.next(...ROUNDS);
    const { events } = await talk.stream('/turns?stream=ai-sdk', { body: BODY });
    const chunks = events
      .slice(0, -1)
      .map(({ data }) => JSON.parse(data) as Record<string, unknown>);
    const types = chunks.map(({ type }) => type);
    const step = (output: string) => [
      ...['start-step', 'text-start', 'text-delta', 'text-end', 'tool-input-start'],
      ...['tool-input-available', output, 'finish-step'],
    ];
    expect(types.filter((type, i) => type !== types[i - 1])).toEqual([
      ...['start', ...step('tool-output-available'), ...step('tool-output-error')],
      ...['start-step', 'text-start', 'text-delta', 'text-end', 'finish-step', 'finish'],
    ]);
    const [, reply] = (await talk.messages()) as unknown as { id: string }[];
    expect(chunks[0]).toMatchObject({ messageId: reply!.id });
    expect(chunks).toContainEqual({
      type: 'tool-output-available',
      toolCallId: 'call_1',
      output: 'said 1',
    });
    expect(chunks).toContainEqual({
      type: 'tool-output-error',
      toolCallId: 'call_2',
      errorText: 'said 2',
    });
  });
});

describe('the cache of replies', () => {
  it('takes each reply of a turn for itself, and tools are run each time', async () => {
    const cached = { replyCache: { ttlSeconds: 600 } };
    const askTwice = async (question: string) => {
      standIn.forget();
      const talk = await talkWith(api, `caches ${question}`, { e: echo });
      const { body } = await talk.user.get(talk.path).expect(200);
      standIn.next(...ROUNDS);
      expect(await ended(talk, question, cached)).toMatchObject({ replyCache: { hit: false } });
      const agentConfigId = body.agentConfigId as string;
      const begin = (talk.constructor as typeof Talk).begin.bind(talk.constructor);
      const other = await begin(api, `caches ${question}`, { agentConfigId });
      return { other, turn: await ended(other, question, cached) };
    };
    let { other, turn } = await askTwice('Hi');
    // Replies of one user may share one of 256 places.
    for (const question of ['Hello', 'Good day'])
      if (turn.replyCache?.hit !== true) ({ other, turn } = await askTwice(question));
    expect(turn).toMatchObject({ state: 'completed', replyCache: { hit: true, savedTokens: 45 } });
    expect(turn.usage).toBeNull();
    expect(standIn.requests).toHaveLength(3);
    expect((await resultsIn(other)).map(({ output }) => output.value)).toEqual([
      'said 1',
      'said 2',
    ]);
  });
});

describe('a process that is gone while tools run', () => {
  /** A turn whose process stored the reply with calls, and then was killed. */
  async function orphan(user: string, onCrash: string): Promise<[Talk, Turn]> {
    const talk = await talkWith(api, user, { e: echo });
    const { until, open } = gate();
    standIn.next({ text: ['x'], hold: { afterDeltas: 0, until } });
    const turn = await talk.turn('Hi', { onCrash });
    // A turn that has ended keeps none.
    const { rows } = await api.database.admin('select options from threadkeep.turn where id = $1', [
      turn.id,
    ]);
    await talk.user.post(`${talk.path}/turns/${turn.id}/cancel`).expect(202);
    await talk.settled(turn);
    open();
    const said = [{ type: 'tool-call', toolCallId: 'call_1', toolName: 'e__say', input: { n: 7 } }];
    await api.database.admin(
      `update threadkeep.message set status = null, content_is_json = true, content = $2
        where id = $1`,
      [turn.replyId, JSON.stringify(said)],
    );
    await api.database.admin(
      `update threadkeep.turn set state = 'running', attempts = 1, cancel_requested = false,
         finished_at = null, error = null, worker_id = gen_random_uuid(), lease_expires_at = now(),
         options = $2
        where id = $1`,
      [turn.id, rows[0]!['options']],
    );
    await api.database.admin(
      `update threadkeep.job set due_at = now(), wake_at = now()
        where name = 'turn.take_over_sweep'`,
    );
    standIn.forget();
    return [talk, turn];
  }

  it('has them run again, and the turn goes on, as asked', async () => {
    const [talk, turn] = await orphan('crash retries', 'retry');
    standIn.next({ text: ['Seven.'] });
    expect(await talk.settled(turn)).toMatchObject({ state: 'completed', replySeq: 4 });
    const messages = await talk.messages();
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
    expect((await resultsIn(talk))[0]!.output.value).toBe('said 7');
    expect(standIn.requests).toHaveLength(1);
  });

  it('leaves an interrupted turn with the whole reply, otherwise', async () => {
    const [talk, turn] = await orphan('crash ends', 'interrupt');
    expect(await talk.settled(turn)).toMatchObject({
      state: 'interrupted',
      error: { code: 'turn.lost' },
    });
    expect(await talk.messages()).toHaveLength(2);
    expect(await ended(talk, 'Again')).toMatchObject({ state: 'completed' });
  });
});
