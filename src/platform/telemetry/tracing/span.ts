// The port to traces: what the rest of the code knows of them. It depends on no package.

export type SpanKind = 'server' | 'client' | 'internal';

/**
 * Names by OpenTelemetry's semantic conventions, or with the prefix `threadkeep.`. Never content,
 * values of a query, addresses of users, keys or parameters of SQL. Undefined values are left out.
 */
export type SpanAttributes = Readonly<
  Record<string, string | number | readonly string[] | undefined>
>;

/** A timed piece of work within a trace. */
export interface Span {
  /** False when the sampler, or the bound on spans of one trace, leaves it out. */
  readonly isRecorded: boolean;
  /** The id of the trace that the span is in: 32 hexadecimal digits. */
  readonly traceId: string;
  /** Begins a piece of work within this one, which may end later than this one. */
  child(name: string, kind: SpanKind, attributes: SpanAttributes): Span;
  set(attributes: SpanAttributes): void;
  /** Marks the work as failed. @param type a code of few different values, never a message */
  fail(type: string): void;
  /** Ends the work now. Call it once. */
  end(): void;
}

/**
 * Headers of a request, of which `traceparent` (W3C Trace Context) is read. Its `tracestate` is any
 * text of the client's, so it goes nowhere.
 */
export type RemoteParent = Readonly<Record<string, string | string[] | undefined>>;

export interface Tracer {
  /**
   * Begins a trace, or the part of a trace that another service has begun.
   * @param remote headers that are not valid are ignored
   */
  root(name: string, kind: SpanKind, attributes: SpanAttributes, remote?: RemoteParent): Span;
  /** Sends what was recorded, for a bounded time. Never rejects. */
  close(): Promise<void>;
}
