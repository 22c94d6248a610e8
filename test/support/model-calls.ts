// Calls models of the stand-in, as the service does.
import { Registry } from 'prom-client';
import { AiSdkModelCalls } from '../../src/chat/models/ai-sdk-model-calls.js';
import { ProviderBreakers } from '../../src/chat/models/call/provider-breakers.js';
import {
  ModelCallError,
  type ModelCall,
  type ModelCalls,
  type ModelEvent,
} from '../../src/chat/models/index.js';
import { ModelMetrics } from '../../src/chat/models/model-metrics.js';
import { ProviderPlaces } from '../../src/chat/models/places/provider-places.js';
import { loadConfig } from '../../src/platform/config/config.js';
import { RedisConnection } from '../../src/platform/redis/index.js';
import type { SigningKeys } from '../../src/platform/signing/index.js';

export interface TestModelCalls {
  calls: AiSdkModelCalls;
  registry: Registry;
}

/** Without Redis nothing is signed. */
const unusedKeys = {} as SigningKeys;

export function modelCallsWith(environment: Record<string, string>): TestModelCalls {
  const registry = new Registry();
  const metrics = new ModelMetrics(registry);
  const config = loadConfig(environment);
  const places = new ProviderPlaces(config, new RedisConnection(config), unusedKeys);
  const calls = new AiSdkModelCalls(config, new ProviderBreakers(), metrics, places);
  return { calls, registry };
}

/** A call of a provider of the stand-in that asks `Hi`. */
export const callOf = (provider: string, fields: Partial<ModelCall> = {}): ModelCall => ({
  model: { provider, name: 'a-model' },
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  signal: new AbortController().signal,
  ...fields,
});

export interface Outcome {
  events: ModelEvent[];
  error: ModelCallError | null;
}

/** Reads a call to its end, with what came before an error. */
export async function outcomeOf(calls: ModelCalls, call: ModelCall): Promise<Outcome> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of calls.stream(call)) events.push(event);
    return { events, error: null };
  } catch (error) {
    if (error instanceof ModelCallError) return { events, error };
    throw error;
  }
}

/** The text of an answer. */
export const textIn = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.type === 'text-delta' ? event.delta : '')).join('');

export const typesIn = (events: readonly ModelEvent[]): string[] => events.map(({ type }) => type);
