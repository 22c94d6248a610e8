// Traces by OpenTelemetry's SDK, sent by OTLP over HTTP. Import it dynamically only: it loads the SDK.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind as SdkKind,
  SpanStatusCode,
  trace,
  type Tracer as SdkTracer,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { VERSION } from '../../config/release.js';
import type { TracingSettings } from '../../config/tracing-settings.js';
import type { RemoteParent, Span, SpanAttributes, SpanKind, Tracer } from './span.js';
import { WatchedExporter } from './watched-exporter.js';

/** Spans of one request or job: a socket that is open for days must not fill its trace. */
const MAX_TRACE_SPANS = 1_000;
/** Characters of an attribute: the name of a model is a user's. */
const MAX_ATTRIBUTE_LENGTH = 256;
const MAX_EXPORT_SPANS = 512;
/** Exports at a time. Each holds its spans until it has ended. */
const MAX_EXPORTS = 4;
/** For the last export, when the process stops. */
const CLOSE_TIMEOUT_MS = 3_000;

const KINDS: Record<SpanKind, SdkKind> = {
  server: SdkKind.SERVER,
  client: SdkKind.CLIENT,
  internal: SdkKind.INTERNAL,
};

/** Registers nothing globally, so that no package begins to trace by itself. */
export class OpenTelemetryTracer implements Tracer {
  private readonly provider: TracerProvider;
  private readonly tracer: SdkTracer;
  private readonly propagator = new W3CTraceContextPropagator();

  constructor(settings: TracingSettings) {
    const own = { 'service.version': VERSION, 'service.instance.id': randomUUID() };
    this.provider = new TracerProvider({
      resource: defaultResource().merge(resourceFromAttributes({ ...own, ...settings.resource })),
      sampler: samplerOf(settings),
      spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_LENGTH },
      spanProcessors: [processorOf(settings)],
    });
    this.tracer = this.provider.getTracer('threadkeep', VERSION);
  }

  root(name: string, kind: SpanKind, attributes: SpanAttributes, remote?: RemoteParent): Span {
    const traceparent = remote?.['traceparent'];
    const parent = traceparent
      ? this.propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter)
      : ROOT_CONTEXT;
    const options = { kind: KINDS[kind], attributes: present(attributes) };
    const span = this.tracer.startSpan(name, options, parent);
    const { traceId } = span.spanContext();
    if (!span.isRecording()) return new LeftOutSpan(traceId);
    return new RecordedSpan(span, { tracer: this.tracer, traceId, left: MAX_TRACE_SPANS - 1 });
  }

  async close(): Promise<void> {
    const closed = this.provider.shutdown().catch(() => undefined);
    await Promise.race([closed, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }
}

/** What the spans of one trace share. */
interface TraceState {
  readonly tracer: SdkTracer;
  readonly traceId: string;
  /** Further spans that the trace may have. */
  left: number;
}

class RecordedSpan implements Span {
  readonly isRecorded = true;
  private readonly context: Context;

  constructor(
    private readonly span: SdkSpan,
    private readonly state: TraceState,
  ) {
    this.context = trace.setSpan(ROOT_CONTEXT, span);
  }

  get traceId(): string {
    return this.state.traceId;
  }

  child(name: string, kind: SpanKind, attributes: SpanAttributes): Span {
    const { state } = this;
    if (state.left === 0) return new LeftOutSpan(state.traceId);
    state.left--;
    const options = { kind: KINDS[kind], attributes: present(attributes) };
    return new RecordedSpan(state.tracer.startSpan(name, options, this.context), state);
  }

  set(attributes: SpanAttributes): void {
    this.span.setAttributes(present(attributes));
  }

  fail(type: string): void {
    this.span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    this.span.end();
  }
}

/** Its children are left out as well. */
class LeftOutSpan implements Span {
  readonly isRecorded = false;

  constructor(readonly traceId: string) {}

  child(): Span {
    return this;
  }
  set(): void {}
  fail(): void {}
  end(): void {}
}

/** The SDK's types know no undefined and no readonly lists. */
const present = (attributes: SpanAttributes): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).filter(([, value]) => value !== undefined),
  ) as Attributes;

function samplerOf({ sampler, samplerRatio }: TracingSettings): Sampler {
  const [, isParentBased, kind] = /^(parentbased_)?(.*)$/.exec(sampler)!;
  const root =
    kind === 'always_off'
      ? new AlwaysOffSampler()
      : kind === 'traceidratio'
        ? new TraceIdRatioBasedSampler(samplerRatio)
        : new AlwaysOnSampler();
  return isParentBased ? new ParentBasedSampler({ root }) : root;
}

/** All limits are given: what is not, the SDK reads from the environment, unchecked. */
function processorOf(settings: TracingSettings): BatchSpanProcessor {
  const { url, headers, compression, timeoutMs, exportIntervalMs, maxQueuedSpans } = settings;
  const exporter = new OTLPTraceExporter({
    url,
    headers,
    // The enumeration is not exported by this package; its values are these words.
    compression: compression as never,
    timeoutMillis: timeoutMs,
    concurrencyLimit: MAX_EXPORTS,
    keepAlive: true,
  });
  return new BatchSpanProcessor({
    exporter: new WatchedExporter(exporter, timeoutMs),
    maxQueueSize: maxQueuedSpans,
    maxExportBatchSize: Math.min(MAX_EXPORT_SPANS, maxQueuedSpans),
    scheduledDelayMillis: exportIntervalMs,
    exportTimeoutMillis: 2 * timeoutMs,
  });
}
