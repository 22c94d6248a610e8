import { describe, expect, it } from '@jest/globals';
import { problemsOf } from '../../../test/support/config-problems.js';
import { loadConfig } from './config.js';

const providersOf = (env: Record<string, string>) =>
  Object.fromEntries(loadConfig(env).models.providers);
const json = (value: object) => ({ MODEL_PROVIDERS: JSON.stringify(value) });

describe('model providers', () => {
  it('are none by default', () => {
    expect(loadConfig({}).models).toEqual({
      providers: new Map(),
      prices: new Map(),
      title: 'auto',
      summary: 'auto',
      headTimeoutMs: 60_000,
      silenceTimeoutMs: 120_000,
      totalTimeoutMs: 600_000,
      maxRetryWaitMs: 30_000,
      maxQueueWaitMs: 30_000,
    });
  });

  it.each([
    ['openai', 'OPENAI_API_KEY', 'openai-chat', 'https://api.openai.com/v1'],
    ['anthropic', 'ANTHROPIC_API_KEY', 'anthropic', 'https://api.anthropic.com/v1'],
    [
      'google',
      'GOOGLE_GENERATIVE_AI_API_KEY',
      'google',
      'https://generativelanguage.googleapis.com/v1beta',
    ],
  ])('are %s with %s alone', (name, variable, api, baseUrl) => {
    expect(providersOf({ [variable]: 'a-key' })).toEqual({
      [name]: { name, api, baseUrl, apiKey: 'a-key' },
    });
  });

  it('are openai without a key, when its URL is another server', () => {
    expect(providersOf({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1/' })).toEqual({
      openai: { name: 'openai', api: 'openai-compatible', baseUrl: 'http://127.0.0.1:11434/v1' },
    });
  });

  it('are those of MODEL_PROVIDERS, with the URL of their API where it has one', () => {
    const env = json({
      ollama: { baseUrl: 'http://127.0.0.1:11434/v1' },
      claude: { api: 'anthropic', apiKey: 'a-key' },
      anthropic: {},
    });
    expect(providersOf(env)).toEqual({
      ollama: { name: 'ollama', api: 'openai-compatible', baseUrl: 'http://127.0.0.1:11434/v1' },
      claude: {
        name: 'claude',
        api: 'anthropic',
        baseUrl: 'https://api.anthropic.com/v1',
        apiKey: 'a-key',
      },
      anthropic: {
        name: 'anthropic',
        api: 'anthropic',
        baseUrl: 'https://api.anthropic.com/v1',
      },
    });
  });

  it('have what MODEL_PROVIDERS adds to their variables', () => {
    const env = { OPENAI_API_KEY: 'a-key', ...json({ openai: { api: 'openai-responses' } }) };
    expect(providersOf(env)['openai']).toEqual({
      name: 'openai',
      api: 'openai-responses',
      baseUrl: 'https://api.openai.com/v1',
      apiKey: 'a-key',
    });
  });

  it.each([
    ['MODEL_PROVIDERS', 'secret-key'],
    ['MODEL_PROVIDERS', '["secret-key"]'],
    ['MODEL_PROVIDERS', '{"Big":{"baseUrl":"http://secret-key"}}'],
    ['MODEL_PROVIDERS', '{"a.b":{"baseUrl":"http://secret-key"}}'],
    ['MODEL_PROVIDERS', '{"a":{"baseUrl":"http://user@secret-key"}}'],
    ['MODEL_PROVIDERS', '{"a":{"baseUrl":"ftp://secret-key"}}'],
    ['MODEL_PROVIDERS', '{"a":{"baseUrl":"http://secret-key:99999"}}'],
    ['MODEL_PROVIDERS', '{"a":{"baseUrl":"http://x","apiKey":"secret-key\\n"}}'],
    ['MODEL_PROVIDERS', '{"a":{"baseUrl":"http://x","api":"secret-key"}}'],
    ['MODEL_PROVIDERS', '{"a":{"baseUrl":"http://x","secret-key":1}}'],
    ['MODEL_PROVIDERS', '{"a":{"apiKey":"secret-key"}}'],
    ['MODEL_PROVIDERS', '{"a":{"baseUrl":"http://x","concurrency":0}}'],
    ['MODEL_PROVIDERS', '{"a":{"baseUrl":"http://x","requestsPerMinute":1.5}}'],
    ['MODEL_PRICES', '{"gpt-5":{"input":1,"output":2}}'],
    ['MODEL_PRICES', '{"openai/gpt-5":{"input":1}}'],
    ['MODEL_PRICES', '{"openai/gpt-5":{"input":-1,"output":2}}'],
    ['MODEL_PRICES', '{"openai/gpt-5":{"input":"1","output":2}}'],
    ['TITLE_MODEL', 'on'],
    ['SUMMARY_MODEL', 'openai/'],
    ['ANTHROPIC_BASE_URL', 'https://user:secret-key@x'],
    ['ANTHROPIC_API_KEY', 'secret-key secret-key'],
    ['GOOGLE_GENERATIVE_AI_BASE_URL', 'secret-key'],
    ['MODEL_HEAD_TIMEOUT_MS', '0'],
    ['MODEL_TOTAL_TIMEOUT_MS', '1.5'],
  ])('refuse %s=%s without showing it', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toContain(`  ${name}: `);
    expect(problems).not.toContain('secret-key');
  });

  it('have prices by provider and model', () => {
    const prices = { 'openai/gpt-5': { input: 1.25, output: 10, cachedInput: 0.125 } };
    const { models } = loadConfig({ MODEL_PRICES: JSON.stringify(prices) });
    expect(Object.fromEntries(models.prices)).toEqual(prices);
  });

  it('have limits of time', () => {
    const { models } = loadConfig({
      MODEL_HEAD_TIMEOUT_MS: '1',
      MODEL_SILENCE_TIMEOUT_MS: '2',
      MODEL_TOTAL_TIMEOUT_MS: '3',
      MODEL_MAX_RETRY_WAIT_MS: '4',
    });
    expect(models).toMatchObject({
      headTimeoutMs: 1,
      silenceTimeoutMs: 2,
      totalTimeoutMs: 3,
      maxRetryWaitMs: 4,
    });
  });

  it('have limits of providers, and of calls in the background', () => {
    const limits = { concurrency: 4, requestsPerMinute: 60 };
    const { models, modelCallConcurrency, quotas } = loadConfig({
      MODEL_PROVIDERS: JSON.stringify({ openai: limits }),
      OPENAI_API_KEY: 'a-key',
      MODEL_CALL_CONCURRENCY: '0',
      QUOTA_MODEL_CALLS: '1',
      QUOTA_MODEL_CALL_BYTES: '2',
    });
    expect(models.providers.get('openai')).toMatchObject({ api: 'openai-chat', ...limits });
    expect(modelCallConcurrency).toBe(0);
    expect(quotas).toMatchObject({ modelCalls: 1, modelCallBytes: 2 });
  });
});
