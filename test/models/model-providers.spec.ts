import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import {
  MAX_CONSECUTIVE_FAILURES,
  OPEN_CIRCUIT_MS,
} from '../../src/chat/models/call/provider-breakers.js';
import { ModelCalls, ModelsModule } from '../../src/chat/models/index.js';
import { Config, loadConfig } from '../../src/platform/config/config.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { RedisConnection } from '../../src/platform/redis/index.js';
import { SigningKeys } from '../../src/platform/signing/index.js';
import { Tracing } from '../../src/platform/telemetry/tracing/tracing.js';
import { callOf, modelCallsWith, outcomeOf, type TestModelCalls } from '../support/model-calls.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Registry } from 'prom-client';

describe('without a model provider', () => {
  it('a call tells which settings are missing', async () => {
    const { calls } = modelCallsWith({});
    expect(calls.providers).toEqual([]);
    const { events, error } = await outcomeOf(calls, callOf('openai'));
    expect(events).toEqual([]);
    expect(error).toMatchObject({ code: 'model.not_configured', retryable: false });
    expect(error!.message).toMatch(/OPENAI_API_KEY.*ANTHROPIC_API_KEY.*MODEL_PROVIDERS/);
    await calls.onApplicationShutdown();
  });

  it('a call of another provider tells which there are', async () => {
    const { calls } = modelCallsWith({ ANTHROPIC_API_KEY: 'a-key', OPENAI_API_KEY: 'a-key' });
    const { error } = await outcomeOf(calls, callOf('constructor'));
    expect(error).toMatchObject({ code: 'model.not_configured' });
    expect(error!.message).toContain('anthropic, openai');
    await calls.onApplicationShutdown();
  });
});

describe('the module of model calls', () => {
  it('gives the port with what the process has', async () => {
    @Global()
    @Module({
      providers: [
        { provide: Config, useValue: loadConfig({ OPENAI_API_KEY: 'a-key' }) },
        { provide: Registry, useValue: new Registry() },
        { provide: Tracing, useValue: new Tracing(undefined) },
        { provide: RedisConnection, useValue: new RedisConnection(loadConfig({})) },
        { provide: SigningKeys, useValue: {} },
        RequestContexts,
      ],
      exports: [Config, Registry, RequestContexts, Tracing, RedisConnection, SigningKeys],
    })
    class ProcessModule {}
    const app = await Test.createTestingModule({
      imports: [ProcessModule, ModelsModule],
    }).compile();
    expect(app.get(ModelCalls).providers).toEqual(['openai']);
    await app.close();
  });
});

describe('the circuit breaker of a provider', () => {
  let standIn: ModelStandIn;
  let models: TestModelCalls;
  let now: number;

  const fails = (status: number, times: number) =>
    standIn.next(
      ...Array.from({ length: times }, () => ({ status, headers: { 'x-should-retry': 'false' } })),
    );
  const outcome = async (provider: string, apiKey?: string) => {
    const call = callOf(provider, apiKey === undefined ? {} : { apiKey });
    return (await outcomeOf(models.calls, call)).error?.code ?? 'finished';
  };
  const outcomes = async (provider: string, times: number) => {
    const codes: string[] = [];
    for (let i = 0; i < times; i++) codes.push(await outcome(provider));
    return codes;
  };
  const open = async (provider: string) => {
    fails(500, MAX_CONSECUTIVE_FAILURES);
    await outcomes(provider, MAX_CONSECUTIVE_FAILURES);
    standIn.requests.length = 0;
  };

  beforeAll(async () => {
    standIn = await startModelStandIn();
  });
  afterAll(() => standIn.close());
  beforeEach(() => {
    standIn.requests.length = 0;
    models = modelCallsWith(standIn.environment);
    now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => now);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await models.calls.onApplicationShutdown();
  });

  it('opens after consecutive failures, for this provider alone', async () => {
    await open('stand-in');
    const { error } = await outcomeOf(models.calls, callOf('stand-in'));
    expect(error).toMatchObject({ code: 'model.unavailable', retryAfterSeconds: 10 });
    expect(standIn.requests).toEqual([]);
    expect(await outcome('gemini')).toBe('finished');
  });

  it('stays closed when an answer comes between the failures', async () => {
    fails(500, MAX_CONSECUTIVE_FAILURES - 1);
    await outcomes('stand-in', MAX_CONSECUTIVE_FAILURES - 1);
    expect(await outcome('stand-in')).toBe('finished');
    fails(500, MAX_CONSECUTIVE_FAILURES - 1);
    await outcomes('stand-in', MAX_CONSECUTIVE_FAILURES - 1);
    expect(await outcome('stand-in')).toBe('finished');
  });

  it.each([400, 401, 403, 404, 429])(
    'stays closed when one user gets %d again and again',
    async (status) => {
      fails(status, MAX_CONSECUTIVE_FAILURES + 5);
      for (let i = 0; i < MAX_CONSECUTIVE_FAILURES + 5; i++) await outcome('stand-in', 'a-bad-key');
      expect(await outcome('stand-in')).toBe('finished');
    },
  );

  it('stays closed when requests cannot even be written', async () => {
    const parameters = { type: 'object', properties: { size: { enum: [1, 'large'] } } };
    const call = callOf('gemini', { tools: [{ name: 'order', parameters }] });
    for (let i = 0; i <= MAX_CONSECUTIVE_FAILURES; i++)
      expect((await outcomeOf(models.calls, call)).error?.code).toBe('model.refused');
    expect(await outcome('claude')).toBe('finished');
  });

  it('lets one call through after a time, and closes when it is answered', async () => {
    await open('stand-in');
    now += OPEN_CIRCUIT_MS;
    let goOn = (): void => {};
    const until = new Promise<void>((resolve) => (goOn = resolve));
    standIn.next({ text: ['a'], hold: { afterDeltas: 0, until } });
    const probe = outcome('stand-in');
    await standIn.requested(1);
    expect(await outcome('stand-in')).toBe('model.unavailable');
    goOn();
    expect(await probe).toBe('finished');
    expect(await outcome('stand-in')).toBe('finished');
  });

  it('stays open when that call fails, or is aborted', async () => {
    await open('stand-in');
    now += OPEN_CIRCUIT_MS;
    fails(503, 1);
    expect(await outcome('stand-in')).toBe('model.unavailable');
    now += OPEN_CIRCUIT_MS;
    const controller = new AbortController();
    standIn.next({ headDelayMs: 60_000 });
    const probe = outcomeOf(models.calls, callOf('stand-in', { signal: controller.signal }));
    await standIn.requested(2);
    controller.abort();
    expect((await probe).error).toMatchObject({ code: 'model.aborted' });
    expect(await outcome('stand-in')).toBe('model.unavailable');
    expect(standIn.requests).toHaveLength(2);
  });
});
