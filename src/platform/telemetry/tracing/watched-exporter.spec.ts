import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { WatchedExporter } from './watched-exporter.js';

const { SUCCESS, FAILED } = ExportResultCode;
const TIMEOUT_MS = 1_000;

/** Ends exports when it is told how. */
class ScriptedExporter implements SpanExporter {
  private readonly waiting: ((result: ExportResult) => void)[] = [];

  export(_spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.waiting.push(done);
  }
  end(result: ExportResult): void {
    this.waiting.shift()!(result);
  }
  shutdown = () => Promise.resolve();
}

describe('the exporter of traces', () => {
  const lines: object[] = [];
  let scripted: ScriptedExporter;
  let exporter: WatchedExporter;
  beforeEach(() => {
    jest.useFakeTimers();
    lines.length = 0;
    const write = (line: object) => void lines.push(line);
    Logger.overrideLogger({ log: write, warn: write, error: write });
    scripted = new ScriptedExporter();
    exporter = new WatchedExporter(scripted, TIMEOUT_MS);
  });
  afterEach(() => {
    jest.useRealTimers();
    Logger.overrideLogger(false);
  });

  /** Begins an export of two spans. @returns what the processor was told */
  function begin(): ExportResult[] {
    const told: ExportResult[] = [];
    exporter.export([{}, {}] as ReadableSpan[], (result) => told.push(result));
    return told;
  }
  const failure = (fields: object): ExportResult => ({
    code: FAILED,
    error: Object.assign(new Error('it said canary'), fields),
  });

  it('logs once that the collector is away, and once that it is back', () => {
    for (const result of [
      { code: SUCCESS },
      failure({ code: 'ECONNREFUSED' }),
      failure({ code: 503 }),
      { code: SUCCESS },
      { code: SUCCESS },
    ]) {
      expect(begin()).toEqual([]);
      scripted.end(result);
    }
    expect(lines).toEqual([
      {
        msg: 'the collector does not take traces: spans are dropped until it does',
        reason: 'ECONNREFUSED',
      },
      { msg: 'the collector takes traces again', lostSpans: 4 },
    ]);
  });

  it('says no word of what the collector answered', () => {
    begin();
    scripted.end(failure({ data: 'canary' }));
    expect(lines).toMatchObject([{ reason: 'unavailable' }]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  it('ends an export that takes too long, once', () => {
    const told = begin();
    jest.advanceTimersByTime(TIMEOUT_MS);
    expect(told).toEqual([{ code: SUCCESS }]);
    scripted.end({ code: SUCCESS });
    expect(told).toHaveLength(1);
    expect(lines).toMatchObject([{ reason: 'timeout' }]);
  });
});
