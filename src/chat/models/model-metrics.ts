// Counts calls of models and their tokens. Nothing names a user or a model, which users choose.
import { Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';
import type { ModelUsage } from './model-call.js';

const BEGIN_BUCKETS_SECONDS = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64];

@Injectable()
export class ModelMetrics {
  private readonly calls: Counter;
  private readonly beginnings: Histogram;
  private readonly tokens: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.calls = new Counter({
      name: 'threadkeep_model_calls_total',
      help: 'Calls of models by provider and outcome: finished, left (by the reader), or the code of the error.',
      labelNames: ['provider', 'outcome'],
      registers,
    });
    this.beginnings = new Histogram({
      name: 'threadkeep_model_begin_seconds',
      help: 'Seconds from the call of a model, with all tries, until its answer begins.',
      labelNames: ['provider'],
      buckets: BEGIN_BUCKETS_SECONDS,
      registers,
    });
    this.tokens = new Counter({
      name: 'threadkeep_model_tokens_total',
      help: 'Tokens that providers told: input, cached_input (of the input), output, reasoning (of the output).',
      labelNames: ['provider', 'kind'],
      registers,
    });
  }

  ended(provider: string, outcome: string): void {
    this.calls.inc({ provider, outcome });
  }

  began(provider: string, seconds: number): void {
    this.beginnings.observe({ provider }, seconds);
  }

  used(provider: string, usage: ModelUsage): void {
    const kinds = [
      ['input', usage.inputTokens],
      ['cached_input', usage.cachedInputTokens],
      ['output', usage.outputTokens],
      ['reasoning', usage.reasoningTokens],
    ] as const;
    for (const [kind, tokens] of kinds) this.tokens.inc({ provider, kind }, tokens ?? 0);
  }
}
