// Turns by the TypeScript client: the reply arrives whole, however often the connection is cut.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallOptions,
  type Conversation,
  type ConversationEvent,
  Threadkeep,
  type Turn,
  type TurnDelta,
  type TurnRequest,
  type User,
} from '../../../clients/typescript/src/index.js';
import { createTestApp, type TestApp } from '../../support/app.js';
import { FaultyProxy, type ProxyFault } from '../../support/faulty-proxy.js';
import { type ModelStandIn, startModelStandIn } from '../../support/model-stand-in.js';
import { gate, MODEL } from '../../support/talk.js';
import { eventually } from '../../support/wait.js';

let standIn: ModelStandIn;
let api: TestApp;
let proxy: FaultyProxy;
let ada: User;
beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp(standIn.environment);
  proxy = await FaultyProxy.inFrontOf(await api.listen());
  const options = { baseUrl: proxy.url, apiKey: api.serviceKey, maxSilenceMs: 1_000 };
  ada = new Threadkeep(options).user('ada');
});
afterAll(async () => {
  await proxy.close();
  await api.close();
  await standIn.close();
});
beforeEach(() => {
  standIn.forget();
  proxy.forget();
});

const WORDS = Array.from({ length: 150 }, (_, i) => `word ${i}, Grüße 🌉. `);
const WHOLE = WORDS.join('');

const asking = (content: string, fields: TurnRequest = {}): TurnRequest => ({
  messages: [{ role: 'user', content }],
  model: MODEL,
  ...fields,
});
const stored = async (chat: Conversation) =>
  (await chat.messages({ order: 'asc' }).toArray()).map(({ content }) => content);
const textOf = (deltas: TurnDelta[]): string =>
  deltas.map((delta) => (delta.kind === 'text' ? delta.text : '')).join('');
const all = async (turn: Turn): Promise<TurnDelta[]> => {
  const deltas = [];
  for await (const delta of turn) deltas.push(delta);
  return deltas;
};

describe('a turn', () => {
  it('gives the reply while it grows, and then says what became of it', async () => {
    const { open, until } = gate();
    standIn.next({ text: WORDS, hold: { afterDeltas: 20, until } });
    const chat = ada.conversation('key:grows');
    const turn = await chat.turn(asking('Count.'));
    let text = '';
    for await (const delta of turn) {
      expect(delta.kind).toBe('text');
      if (delta.kind === 'text') text += delta.text;
      if (text === WORDS.slice(0, 20).join('')) open();
    }
    expect(text).toBe(WHOLE);
    expect(turn.state).toBe('completed');
    expect(turn.info).toMatchObject({ finishReason: 'stop', model: 'a-model' });
    expect(await stored(chat)).toEqual(['Count.', WHOLE]);
    expect(await turn.text()).toBe(WHOLE);
  });

  const HOWS = ['broken', 'ended', 'silent'] as const;
  it.each(HOWS)('arrives whole when its connection is %s at any place', async (how) => {
    const cuts = [0, 1_300, 1_502, 2_000].map((cutAfterBytes) => ({
      cutAfterBytes,
      how,
    }));
    standIn.next({ text: WORDS, delayMs: 10 });
    const chat = ada.conversation(`key:cut-${how}`);
    const turn = await chat.turn(asking('Count.'));
    proxy.next(...cuts);
    expect([await turn.text(), proxy.pending]).toEqual([WHOLE, 0]);
    expect(await stored(chat)).toEqual(['Count.', WHOLE]);
    // The same when it has ended.
    proxy.next(...cuts);
    expect([await turn.text(), proxy.pending]).toEqual([WHOLE, 0]);
    expect(turn.state).toBe('completed');
    expect(standIn.requests).toHaveLength(1);
  });

  it('arrives whole wherever its connection ends in order, after it has ended itself', async () => {
    standIn.next({ text: WORDS });
    const chat = ada.conversation('key:each-place');
    const turn = await chat.turn(asking('Count.'));
    await turn.text();
    for (let cutAfterBytes = 900; cutAfterBytes < 6_000; cutAfterBytes += 600) {
      const cut: ProxyFault = { cutAfterBytes, how: 'ended' };
      proxy.next(cut);
      expect([cutAfterBytes, await turn.text()]).toEqual([cutAfterBytes, WHOLE]);
    }
  });

  it('fails when nothing comes through any more', async () => {
    standIn.next({ text: WORDS });
    const chat = ada.conversation('key:dead');
    const turn = await chat.turn(asking('Count.'), { maxAttempts: 3 });
    proxy.next(...Array<ProxyFault>(9).fill({ cutAfterBytes: 0, how: 'broken' }));
    await expect(turn.text()).rejects.toMatchObject({ code: 'client.unreachable' });
  });

  it('is made once when the answer to its request is lost', async () => {
    standIn.next({ text: ['One.'] });
    const chat = ada.conversation('key:lost-turn');
    proxy.next('lost');
    expect(await (await chat.turn(asking('Hi'))).text()).toBe('One.');
    expect(standIn.requests).toHaveLength(1);
    expect(await chat.turns()).toHaveLength(1);
  });

  it('goes on when its viewer leaves, is found again, and is whole there', async () => {
    const { open, until } = gate();
    standIn.next({ text: WORDS, hold: { afterDeltas: 20, until } });
    const chat = ada.conversation('key:leaves');
    for await (const delta of await chat.turn(asking('Count.'))) if (delta.kind) break;
    const found = await chat.running();
    expect(found?.state).toBe('running');
    open();
    expect(await found?.text()).toBe(WHOLE);
    expect(await chat.running()).toBe(null);
  });

  it.each(['stop', 'cancel'] as const)('ends by %s, with what was said', async (how) => {
    standIn.next({ text: WORDS, hold: { afterDeltas: 20, until: new Promise(() => {}) } });
    const chat = ada.conversation(`key:${how}`);
    const turn = await chat.turn(asking('Count.'));
    const half = WORDS.slice(0, 20).join('');
    let text = '';
    for await (const delta of turn) {
      if (delta.kind === 'text') text += delta.text;
      if (text === half) await turn[how]();
    }
    expect([text, turn.state]).toEqual([half, 'cancelled']);
    expect(await stored(chat)).toEqual(['Count.', half]);
  });

  it('is watched until the signal is aborted, and goes on', async () => {
    const { open, until } = gate();
    standIn.next({ text: WORDS, hold: { afterDeltas: 20, until } });
    const controller = new AbortController();
    const options: CallOptions = { signal: controller.signal };
    const chat = ada.conversation('key:aborted');
    const turn = await chat.turn(asking('Count.'), options);
    const watched = (async () => {
      for await (const delta of turn) if (delta.kind === 'text') controller.abort();
    })();
    await expect(watched).rejects.toMatchObject({ name: 'AbortError' });
    open();
    await eventually(async () => (await chat.turns())[0]?.state === 'completed');
    expect(await stored(chat)).toEqual(['Count.', WHOLE]);
  });

  it('that waits for another one is watched from before its beginning', async () => {
    const { open, until } = gate();
    standIn.next({ text: ['One.'], hold: { afterDeltas: 0, until } }, { text: ['Two.'] });
    const chat = ada.conversation('key:queue');
    const first = await chat.turn(asking('First?'));
    const second = await chat.turn(asking('Second?', { whenBusy: 'queue' }));
    expect(second.info.queuePosition).toBe(1);
    expect((await chat.running())?.id).toBe(first.id);
    const texts = Promise.all([first.text(), second.text()]);
    open();
    expect(await texts).toEqual(['One.', 'Two.']);
  });

  it('gives the calls of its tools, takes their results, and goes on', async () => {
    standIn.next(
      { toolCalls: [{ id: 'call_1', name: 'find', input: { q: 'hall' } }] },
      { text: ['At the river.'] },
    );
    const chat = ada.conversation('key:tools');
    const turn = await chat.turn(asking('Where?', { tools: [{ name: 'find' }] }));
    const deltas = await all(turn);
    const call = deltas.flatMap((delta) => (delta.kind === 'part' ? [delta.value] : []))[0];
    expect(call).toMatchObject({ type: 'tool-call', toolCallId: 'call_1', toolName: 'find' });
    expect(turn.state).toBe('waiting_for_tools');
    const output = { type: 'text', value: 'river' };
    await turn.giveResults([
      {
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId: 'call_1', toolName: 'find', output }],
      },
    ]);
    expect(textOf(await all(turn))).toBe('At the river.');
    expect(turn.state).toBe('completed');
  });
});

describe('the events of a conversation', () => {
  it('go on after cuts, each message once in its last state', async () => {
    const chat = ada.conversation('key:watched');
    await chat.append({ role: 'user', content: 'Hello.' });
    proxy.forget();
    proxy.next({ cutAfterBytes: 900, how: 'broken' }, { cutAfterBytes: 700, how: 'ended' });
    const seen = new Map<string, unknown>();
    const controller = new AbortController();
    const note = ({ event, data }: ConversationEvent) => {
      if (event === 'message') seen.set(data.id, data.content);
    };
    const watched = (async () => {
      const events = chat.events({ afterSeq: 0 }, { signal: controller.signal });
      for await (const event of events) note(event);
    })();
    await eventually(async () => seen.size === 1);
    for (const content of ['One.', 'Two.', 'Three.']) await chat.append({ role: 'user', content });
    await eventually(async () => seen.size === 4);
    controller.abort();
    await expect(watched).rejects.toMatchObject({ name: 'AbortError' });
    expect([...seen.values()]).toEqual(['Hello.', 'One.', 'Two.', 'Three.']);
  });
});
