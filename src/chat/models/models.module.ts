// Calls of models, through one port.
import { Module } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';
import { Tracing } from '../../platform/telemetry/tracing/tracing.js';
import { AiSdkModelCalls } from './ai-sdk-model-calls.js';
import { ProviderBreakers } from './call/provider-breakers.js';
import { ModelCalls } from './model-call.js';
import { ModelMetrics } from './model-metrics.js';
import { ProviderPlaces } from './places/provider-places.js';
import { TracedModelCalls } from './traced-model-calls.js';

function createModelCalls(
  config: Config,
  breakers: ProviderBreakers,
  metrics: ModelMetrics,
  places: ProviderPlaces,
  contexts: RequestContexts,
  { tracer }: Tracing,
): ModelCalls {
  const calls = new AiSdkModelCalls(config, breakers, metrics, places);
  return tracer ? new TracedModelCalls(calls, tracer, contexts) : calls;
}

/** Needs the global Config, request contexts, tracing and the metrics' Registry. */
@Module({
  providers: [
    ModelMetrics,
    ProviderBreakers,
    ProviderPlaces,
    {
      provide: ModelCalls,
      inject: [Config, ProviderBreakers, ModelMetrics, ProviderPlaces, RequestContexts, Tracing],
      useFactory: createModelCalls,
    },
  ],
  exports: [ModelCalls, ProviderPlaces],
})
export class ModelsModule {}
