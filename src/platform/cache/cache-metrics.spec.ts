import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Registry } from 'prom-client';
import { loadConfig } from '../config/config.js';
import { CacheMetrics } from './cache-metrics.js';

describe('the counts of the cache', () => {
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  function metricsAt(level: string) {
    const lines: string[] = [];
    for (const method of ['debug', 'warn'] as const) {
      jest
        .spyOn(Logger.prototype, method)
        .mockImplementation(
          (message: unknown) => void lines.push(`${method} ${JSON.stringify(message)}`),
        );
    }
    const registry = new Registry();
    return {
      registry,
      lines,
      metrics: new CacheMetrics(registry, loadConfig({ LOG_LEVEL: level })),
    };
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

  it('warn of entries that could not be used: of the first at once, of others once a minute, by number', () => {
    jest.useFakeTimers();
    const { lines, metrics } = metricsAt('info');
    const line = (entries: Record<string, number>) =>
      `warn ${JSON.stringify({ msg: 'entries of the cache in Redis could not be used', entries })}`;
    metrics.warnOfEntry('context');
    expect(lines).toEqual([line({ context: 1 })]);
    for (let i = 0; i < 1_000; i++) metrics.warnOfEntry('context');
    metrics.warnOfEntry('agentConfig');
    expect(lines).toHaveLength(1);
    jest.advanceTimersByTime(60_000);
    expect(lines.slice(1)).toEqual([line({ context: 1_000, agentConfig: 1 })]);
    jest.advanceTimersByTime(120_000);
    expect(lines).toHaveLength(2);
    metrics.warnOfEntry('context');
    expect(lines.slice(2)).toEqual([line({ context: 1 })]);
    metrics.onApplicationShutdown();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('warn of no lookup: without Redis each one fails', () => {
    const { lines, metrics } = metricsAt('info');
    for (const result of ['hit', 'stale', 'unverified', 'error', 'write_error'] as const)
      metrics.count('context', result);
    expect(lines).toEqual([]);
  });
});
