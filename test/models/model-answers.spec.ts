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
const PRICES = {
  'stand-in/a-model': { input: 2, cachedInput: 0.5, output: 8 },
  'claude/a-model': { input: 3, output: 15 },
};

const finishIn = (events: ModelEvent[]) =>
  events.find((event): event is Extract<ModelEvent, { type: 'finish' }> => event.type === 'finish');

describe('an answer of a model', () => {
  let standIn: ModelStandIn;
  let models: TestModelCalls;

  beforeAll(async () => {
    standIn = await startModelStandIn();
  });
  afterAll(() => standIn.close());
  beforeEach(() => {
    standIn.requests.length = 0;
    models = modelCallsWith({ ...standIn.environment, MODEL_PRICES: JSON.stringify(PRICES) });
  });

  afterEach(() => models.calls.onApplicationShutdown());

  it.each(APIS)('of %s is started, text and finish', async (provider) => {
    standIn.next({ text: ['Hel', 'lo'], headers: { 'x-request-id': 'req-7' } });
    const { events, error } = await outcomeOf(models.calls, callOf(provider));
    expect(error).toBeNull();
    expect(typesIn(events)).toEqual([
      'started',
      'text-start',
      'text-delta',
      'text-delta',
      'text-end',
      'finish',
    ]);
    expect(textIn(events)).toBe('Hello');
    expect(events[0]).toMatchObject({ requestId: 'req-7' });
    expect(finishIn(events)).toMatchObject({ reason: 'stop' });
  });

  it.each(['stand-in', 'claude'])('of %s keeps reasoning apart from text', async (provider) => {
    standIn.next({ reasoning: ['Hm', 'm.'], text: ['Yes.'] });
    const { events } = await outcomeOf(models.calls, callOf(provider));
    expect(typesIn(events)).toEqual([
      ...['started', 'reasoning-start', 'reasoning-delta', 'reasoning-delta', 'reasoning-end'],
      ...['text-start', 'text-delta', 'text-end', 'finish'],
    ]);
    expect(textIn(events)).toBe('Yes.');
  });

  it('gives ids of calls that an application can send back', async () => {
    standIn.next({ toolCalls: [{ id: 'a\0b', name: 'find', input: {} }] });
    const { events } = await outcomeOf(models.calls, callOf('stand-in'));
    expect(events).toContainEqual(expect.objectContaining({ toolCallId: 'a\uFFFDb' }));
  });

  it('carries the signature of reasoning, which comes without a text', async () => {
    standIn.next({ reasoning: ['Hm.'], signature: 'c2lnbmVk', text: ['Yes.'] });
    const { events } = await outcomeOf(models.calls, callOf('claude'));
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'reasoning-delta',
        delta: '',
        providerMetadata: { anthropic: { signature: 'c2lnbmVk' } },
      }),
    );
  });

  const toolCalls = [
    { id: 'call-a', name: 'get_weather', input: { city: 'Oslo' } },
    { id: 'call-b', name: 'get_time', input: ['{"zone"', ':"UTC"}'] },
  ];

  it.each(['stand-in', 'chat', 'claude'])(
    'of %s has calls of tools by their ids',
    async (provider) => {
      standIn.next({ toolCalls });
      const { events } = await outcomeOf(models.calls, callOf(provider));
      const calls = events.filter(({ type }) => type === 'tool-call');
      expect(calls).toMatchObject([
        { toolCallId: 'call-a', toolName: 'get_weather', input: '{"city":"Oslo"}', isValid: true },
        { toolCallId: 'call-b', toolName: 'get_time', input: '{"zone":"UTC"}', isValid: true },
      ]);
      const written = events.filter(
        (event) => event.type === 'tool-input-delta' && event.id === 'call-b',
      );
      expect(written.map((event) => ('delta' in event ? event.delta : '')).join('')).toBe(
        '{"zone":"UTC"}',
      );
      expect(finishIn(events)).toMatchObject({ reason: 'tool-calls' });
    },
  );

  it('tells that the arguments of a call are broken', async () => {
    standIn.next({ toolCalls: [{ id: 'c', name: 'f', input: ['{"city":'] }], finish: 'length' });
    const { events } = await outcomeOf(models.calls, callOf('stand-in'));
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'tool-call', input: '{"city":', isValid: false }),
    );
    expect(finishIn(events)).toMatchObject({ reason: 'length', rawReason: 'length' });
  });

  it('counts tokens and cost, and keeps what the provider tells besides', async () => {
    standIn.next({ usage: { input: 1_000, output: 200, cached: 400, reasoning: 50 }, text: ['a'] });
    const { events } = await outcomeOf(models.calls, callOf('stand-in'));
    expect(finishIn(events)).toMatchObject({
      usage: {
        inputTokens: 1_000,
        cachedInputTokens: 400,
        outputTokens: 200,
        reasoningTokens: 50,
        raw: { total_tokens: 1_200 },
      },
      // 600 x 2 + 400 x 0.5 + 200 x 8 dollars for a million
      costUsd: 0.003,
    });
  });

  it('has no usage and no cost when the provider tells none', async () => {
    standIn.next({ usage: null, text: ['a'] });
    const { events } = await outcomeOf(models.calls, callOf('stand-in'));
    expect(finishIn(events)).toMatchObject({
      usage: { inputTokens: null, outputTokens: null, raw: null },
      costUsd: null,
    });
  });

  it('has no cost for a model without a price', async () => {
    const { events } = await outcomeOf(models.calls, callOf('chat'));
    expect(finishIn(events)).toMatchObject({ usage: { inputTokens: 10 }, costUsd: null });
  });

  it.each(APIS)(
    'of %s has whole characters when the bytes of them come apart',
    async (provider) => {
      const text = ['Zoë ', '日本', '👋🏽', ' ok'];
      standIn.next({ text, byteByByte: true });
      const { events } = await outcomeOf(models.calls, callOf(provider));
      expect(textIn(events)).toBe(text.join(''));
    },
  );

  it.each(APIS)('of %s has no half character in any delta', async (provider) => {
    standIn.next({ text: ['a\ud83d', '\ude00b\ud83d', '', '\ude00'] });
    const { events } = await outcomeOf(models.calls, callOf(provider));
    const deltas = events.flatMap((event) => (event.type === 'text-delta' ? [event.delta] : []));
    expect(deltas.filter((delta) => !delta.isWellFormed())).toEqual([]);
    expect(deltas.join('')).toBe('a😀b😀');
  });

  it('has U+FFFD for U+0000, and for half a character at the end', async () => {
    standIn.next({ text: ['a\0b', 'c\ud83d'] });
    const { events } = await outcomeOf(models.calls, callOf('stand-in'));
    expect(textIn(events)).toBe('a\uFFFDbc\uFFFD');
  });

  it('is counted by provider, with its tokens', async () => {
    standIn.next({ usage: { input: 30, output: 7, cached: 10 }, text: ['a'] });
    await outcomeOf(models.calls, callOf('stand-in'));
    standIn.next({ status: 401, body: '{"error":{"message":"bad key"}}' });
    await outcomeOf(models.calls, callOf('stand-in'));
    const text = await models.registry.metrics();
    expect(text).toContain(
      'threadkeep_model_calls_total{provider="stand-in",outcome="finished"} 1',
    );
    expect(text).toContain(
      'threadkeep_model_calls_total{provider="stand-in",outcome="model.refused"} 1',
    );
    expect(text).toContain('threadkeep_model_tokens_total{provider="stand-in",kind="input"} 30');
    expect(text).toContain(
      'threadkeep_model_tokens_total{provider="stand-in",kind="cached_input"} 10',
    );
    expect(text).toContain('threadkeep_model_tokens_total{provider="stand-in",kind="output"} 7');
    expect(text).not.toContain('a-model');
  });
});
