// Calls models through the AI SDK's packages of providers, each driven by its own stream.
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import {
  type ModelProvider,
  type ModelSettings,
  serviceKey,
} from '../../platform/config/model-settings.js';
import { ModelAnswer } from './answer/model-answer.js';
import { callOptionsOf } from './call/call-options.js';
import { CallSpan } from './call/call-span.js';
import { ProviderBreakers } from './call/provider-breakers.js';
import { waitBeforeRetry } from './call/retries.js';
import { failureOf } from './failures/failure-of.js';
import { ModelCallError } from './model-call-error.js';
import { type ModelCall, ModelCalls, type ModelEvent } from './model-call.js';
import { ModelMetrics } from './model-metrics.js';
import { type Place, ProviderPlaces } from './places/provider-places.js';
import { loadModel } from './providers/load-model.js';
import { ModelFetch } from './providers/model-fetch.js';

@Injectable()
export class AiSdkModelCalls extends ModelCalls implements OnApplicationShutdown {
  readonly providers: readonly string[];
  private readonly settings: ModelSettings;
  private readonly fetch: ModelFetch;

  constructor(
    config: Config,
    private readonly breakers: ProviderBreakers,
    private readonly metrics: ModelMetrics,
    private readonly places: ProviderPlaces,
  ) {
    super();
    this.settings = config.models;
    this.providers = [...this.settings.providers.keys()].sort();
    this.fetch = new ModelFetch(this.settings);
  }

  onApplicationShutdown(): Promise<void> {
    return this.fetch.close();
  }

  async *stream(call: ModelCall): AsyncGenerator<ModelEvent, void, undefined> {
    const provider = this.configured(call.model.provider);
    this.checkKey(call);
    const place = await this.enter(call, provider);
    try {
      yield* this.answer(call, provider, place);
    } finally {
      place.leave();
    }
  }

  /** Waits for a place. This time does not count as that of the call. */
  private async enter(call: ModelCall, { name }: ModelProvider): Promise<Place> {
    try {
      return await this.places.enter(name, call);
    } catch (error) {
      if (error instanceof ModelCallError) this.metrics.ended(name, error.code);
      throw error;
    }
  }

  private async *answer(
    call: ModelCall,
    provider: ModelProvider,
    place: Place,
  ): AsyncGenerator<ModelEvent, void, undefined> {
    const span = new CallSpan(call.signal, this.settings.totalTimeoutMs);
    let outcome = 'left';
    try {
      const answer = await this.begin(call, provider, place, span);
      this.metrics.began(provider.name, span.elapsedMs / 1_000);
      yield answer.started;
      for (;;) {
        for (const event of await answer.next()) {
          if (event.type === 'finish') {
            outcome = 'finished';
            this.metrics.used(provider.name, event.usage);
          }
          yield event;
          if (event.type === 'finish') return void (await answer.drain(span));
        }
      }
    } catch (error) {
      const failure = span.toldFailure() ?? failureOf(error, stateOf(call, provider));
      outcome = failure.code;
      throw failure;
    } finally {
      span.close();
      this.metrics.ended(provider.name, outcome);
    }
  }

  /** Asks the provider until it begins to answer, or there is no use in another try. */
  private async begin(
    call: ModelCall,
    provider: ModelProvider,
    place: Place,
    span: CallSpan,
  ): Promise<ModelAnswer> {
    for (let tries = 1; ; tries++) {
      try {
        const answer = await this.breakers.run(provider.name, () => this.ask(call, provider, span));
        span.answered();
        return answer;
      } catch (error) {
        const failure = failureOf(error, stateOf(call, provider));
        const waitMs = waitBeforeRetry(failure, tries);
        if (waitMs === null || !this.mayWait(waitMs, span)) throw failure;
        span.tryAgainAfter(failure);
        await span.wait(waitMs);
        await span.wait(await place.reserve());
      }
    }
  }

  private mayWait(milliseconds: number, span: CallSpan): boolean {
    return milliseconds <= this.settings.maxRetryWaitMs && span.hasTimeFor(milliseconds);
  }

  private async ask(
    call: ModelCall,
    provider: ModelProvider,
    span: CallSpan,
  ): Promise<ModelAnswer> {
    const { api, baseUrl: baseURL } = provider;
    const state = stateOf(call, provider);
    const { options, extra } = callOptionsOf(call, api, span.signal);
    const access = {
      baseURL,
      apiKey: state.apiKey ?? '',
      fetch: this.fetch.for(provider, extra, () => (state.wasSent = true)),
    };
    const load = () => loadModel(api, access, call.model.name);
    const price = this.settings.prices.get(`${provider.name}/${call.model.name}`);
    // An abort is not a failure of the provider: the breaker must see it as what it is.
    return ModelAnswer.begin(load, options, state, price).catch((error: unknown) => {
      throw span.failure() ?? error;
    });
  }

  /** A key that no header can have would be quoted by fetch. */
  private checkKey({ apiKey }: ModelCall): void {
    if (apiKey !== undefined && !serviceKey.safeParse(apiKey).success)
      throw new ModelCallError('model.refused', 'The key must be printable ASCII without spaces.');
  }

  private configured(name: string): ModelProvider {
    const provider = this.settings.providers.get(name);
    if (provider) return provider;
    throw new ModelCallError(
      'model.not_configured',
      this.providers.length === 0
        ? 'No model provider is configured. The operator must set OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_GENERATIVE_AI_API_KEY or MODEL_PROVIDERS.'
        : `The model provider ${JSON.stringify(String(name).slice(0, 100))} is not configured. Configured: ${this.providers.join(', ')}. The operator can add it with MODEL_PROVIDERS.`,
    );
  }
}

const stateOf = (call: ModelCall, provider: ModelProvider) => ({
  provider: provider.name,
  apiKey: call.apiKey ?? provider.apiKey,
  wasSent: false,
  hasBegun: false,
});
