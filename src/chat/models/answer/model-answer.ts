// Reads one answer of a provider: until it begins, and then to its end.
import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3FinishReason,
  LanguageModelV3StreamPart,
} from '@ai-sdk/provider';
import type { ModelPrice } from '../../../platform/config/model-settings.js';
import type { CallSpan } from '../call/call-span.js';
import { type CallState, failureInStream, failureOf } from '../failures/failure-of.js';
import { type ModelCallError } from '../model-call-error.js';
import type { ModelEvent } from '../model-call.js';
import { ModelEvents } from './model-events.js';

/** A provider that keeps the connection open behind its answer loses it. */
const DRAIN_MS = 1_000;
const REQUEST_ID_HEADERS = ['x-request-id', 'request-id', 'x-goog-request-id', 'cf-ray'];

export class ModelAnswer {
  private readonly events: ModelEvents;
  private readonly reader: ReadableStreamDefaultReader<LanguageModelV3StreamPart>;
  /** The first events, without `started`. */
  private first: ModelEvent[] = [];
  private model: string | null = null;
  private requestId: string | undefined;

  private constructor(
    stream: ReadableStream<LanguageModelV3StreamPart>,
    private readonly state: CallState,
    price: ModelPrice | undefined,
  ) {
    this.events = new ModelEvents(price);
    this.reader = stream.getReader();
  }

  /**
   * Sends the request, and reads until the model begins to answer.
   * @throws ModelCallError
   */
  static async begin(
    load: () => Promise<LanguageModelV3>,
    options: LanguageModelV3CallOptions,
    state: CallState,
    price: ModelPrice | undefined,
  ): Promise<ModelAnswer> {
    try {
      const { stream, response } = await (await load()).doStream(options);
      const answer = new ModelAnswer(stream, state, price);
      answer.nameRequest(requestIdIn(response?.headers));
      answer.first = await answer.read();
      state.hasBegun = true;
      return answer;
    } catch (error) {
      throw failureOf(error, state);
    }
  }

  get started(): ModelEvent {
    return { type: 'started', requestId: this.requestId ?? null, model: this.model };
  }

  /**
   * Returns the next events after `started`: at least one. The last event is `finish`.
   * @throws ModelCallError
   */
  async next(): Promise<ModelEvent[]> {
    const { first } = this;
    if (first.length === 0)
      return this.read().catch((error: unknown) => {
        throw failureOf(error, this.state);
      });
    this.first = [];
    return first;
  }

  /** Reads what follows `finish`, so that the connection can be used again. */
  async drain(span: CallSpan): Promise<void> {
    const end = this.reader.read().catch(() => {});
    await Promise.race([end, span.wait(DRAIN_MS).catch(() => {})]);
  }

  private async read(): Promise<ModelEvent[]> {
    for (;;) {
      const { done, value } = await this.reader.read();
      if (done) throw this.ended();
      if (value.type === 'error') throw failureInStream(value.error, this.state);
      if (value.type === 'response-metadata') this.describe(value);
      if (value.type === 'finish' && isNone(value.finishReason)) throw this.ended();
      const events = this.events.of(value);
      if (events.length > 0) return events;
    }
  }

  private describe({ id, modelId }: { id?: string; modelId?: string }): void {
    this.model = modelId ?? this.model;
    if (this.requestId === undefined) this.nameRequest(id);
  }

  private nameRequest(id: string | undefined): void {
    this.requestId = id;
    this.state.requestId = id;
  }

  private ended(): ModelCallError {
    return failureOf(new Error('The stream ended without a finish.'), this.state);
  }
}

/** Some packages report a stream that just ends as one that finished for another reason. */
const isNone = ({ unified, raw }: LanguageModelV3FinishReason): boolean =>
  unified === 'other' && raw === undefined;

function requestIdIn(headers: Record<string, string> | undefined): string | undefined {
  const name = REQUEST_ID_HEADERS.find((one) => headers?.[one] !== undefined);
  return name === undefined ? undefined : headers![name]!.slice(0, 200);
}
