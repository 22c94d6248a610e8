// Ends exports that take too long, and logs once when the collector goes and once when it is back.
import { Logger } from '@nestjs/common';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/**
 * The exporter's own timeout counts from the last byte, so that a collector which answers a byte at a
 * time would hold the export.
 */
export class WatchedExporter implements SpanExporter {
  private readonly logger = new Logger('Traces');
  private isAway = false;
  private lostSpans = 0;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly timeoutMs: number,
  ) {}

  /** A failure is logged here, so the processor is told that all went well. */
  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    let isOver = false;
    const settle = (reason: string | null): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      this.note(reason, spans.length);
      done({ code: ExportResultCode.SUCCESS });
    };
    const timer = setTimeout(() => settle('timeout'), this.timeoutMs).unref();
    this.exporter.export(spans, ({ code, error }) =>
      settle(code === ExportResultCode.SUCCESS ? null : reasonOf(error)),
    );
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  private note(reason: string | null, spans: number): void {
    if (reason !== null) {
      this.lostSpans += spans;
      if (this.isAway) return;
      this.isAway = true;
      this.logger.warn({
        msg: 'the collector does not take traces: spans are dropped until it does',
        reason,
      });
    } else if (this.isAway) {
      this.logger.log({ msg: 'the collector takes traces again', lostSpans: this.lostSpans });
      this.isAway = false;
      this.lostSpans = 0;
    }
  }
}

/** A status or a system's code. A message may quote what the collector said. */
function reasonOf(error: (Error & { code?: unknown }) | undefined): string {
  const { code } = error ?? {};
  return typeof code === 'string' || typeof code === 'number' ? String(code) : 'unavailable';
}
