// Calls of models, through one port.
import { Module } from '@nestjs/common';
import { AiSdkModelCalls } from './ai-sdk-model-calls.js';
import { ProviderBreakers } from './call/provider-breakers.js';
import { ModelCalls } from './model-call.js';
import { ModelMetrics } from './model-metrics.js';
import { ProviderPlaces } from './places/provider-places.js';

/** Needs the global Config and the metrics' Registry. */
@Module({
  providers: [
    ModelMetrics,
    ProviderBreakers,
    ProviderPlaces,
    { provide: ModelCalls, useClass: AiSdkModelCalls },
  ],
  exports: [ModelCalls, ProviderPlaces],
})
export class ModelsModule {}
