import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Registry } from 'prom-client';
import { loadConfig } from '../config/config.js';
import { CacheMetrics } from './cache-metrics.js';

describe('the counts of the cache', () => {
  afterEach(() => void jest.restoreAllMocks());

  function metricsAt(level: string) {
    const lines: string[] = [];
    for (const method of ['debug', 'warn'] as const) {
      jest.spyOn(Logger.prototype, method).mockImplementation((message: unknown) => void lines.push(`${method} ${JSON.stringify(message)}`));
    }
    const registry = new Registry();
    return { registry, lines, metrics: new CacheMetrics(registry, loadConfig({ LOG_LEVEL: level })) };
  }

  it('are kept by kind and result', async () => {
    const { registry, metrics } = metricsAt('info');
    metrics.count('context', 'hit');
    metrics.count('context', 'hit');
    metrics.count('context', 'build');
    const text = await registry.metrics();
    expect(text).toContain('threadkeep_cache_requests_total{kind="context",result="hit"} 2\n');
    expect(text).toContain('threadkeep_cache_requests_total{kind="context",result="build"} 1\n');
  });

  it('are logged one by one only while debugging', () => {
    const { lines, metrics } = metricsAt('info');
    metrics.count('context', 'miss');
    expect(lines).toEqual([]);
    const debugging = metricsAt('debug');
    debugging.metrics.count('context', 'miss');
    expect(debugging.lines).toEqual(['debug {"msg":"cache","kind":"context","result":"miss"}']);
  });

  it('warn of an entry that could not be used, and of no lookup: without Redis each one fails', () => {
    const { lines, metrics } = metricsAt('info');
    for (const result of ['hit', 'stale', 'error', 'write_error'] as const) metrics.count('context', result);
    metrics.warnOfEntry('context');
    expect(lines).toEqual(['warn {"msg":"an entry of the cache could not be used","kind":"context"}']);
  });
});
