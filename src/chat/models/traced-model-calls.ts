// Traces calls of models: provider, model and tokens, never content.
import type { OnApplicationShutdown } from '@nestjs/common';
import type { RequestContexts } from '../../platform/context/index.js';
import { errorTypeOf } from '../../platform/telemetry/tracing/error-type.js';
import type { Span, SpanAttributes, Tracer } from '../../platform/telemetry/tracing/span.js';
import type { AiSdkModelCalls } from './ai-sdk-model-calls.js';
import { ModelCallError } from './model-call-error.js';
import { type ModelCall, ModelCalls, type ModelEvent } from './model-call.js';

export class TracedModelCalls extends ModelCalls implements OnApplicationShutdown {
  constructor(
    private readonly calls: AiSdkModelCalls,
    private readonly tracer: Tracer,
    private readonly contexts: RequestContexts,
  ) {
    super();
  }

  get providers(): readonly string[] {
    return this.calls.providers;
  }

  onApplicationShutdown(): Promise<void> {
    return this.calls.onApplicationShutdown();
  }

  /** The time includes the wait for a place of the provider, and all tries. */
  async *stream(call: ModelCall): AsyncGenerator<ModelEvent, void, undefined> {
    const span = this.begin(call);
    try {
      for await (const event of this.calls.stream(call)) {
        const told = attributesOf(event);
        if (told) span.set(told);
        yield event;
      }
    } catch (error) {
      span.fail(error instanceof ModelCallError ? error.code : errorTypeOf(error));
      throw error;
    } finally {
      span.end();
    }
  }

  /** A call that nothing else is traced for is a trace of its own. */
  private begin({ model }: ModelCall): Span {
    const parent = this.contexts.current()?.span;
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': model.provider,
      'gen_ai.request.model': model.name,
    };
    const name = `chat ${model.name}`;
    return parent
      ? parent.child(name, 'client', attributes)
      : this.tracer.root(name, 'client', attributes);
  }
}

function attributesOf(event: ModelEvent): SpanAttributes | null {
  if (event.type === 'started') return { 'gen_ai.response.model': event.model ?? undefined };
  if (event.type !== 'finish') return null;
  const { usage } = event;
  return {
    'gen_ai.response.finish_reasons': [event.reason],
    'gen_ai.usage.input_tokens': usage.inputTokens ?? undefined,
    'gen_ai.usage.output_tokens': usage.outputTokens ?? undefined,
    'gen_ai.usage.cache_read.input_tokens': usage.cachedInputTokens ?? undefined,
    'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens ?? undefined,
  };
}
