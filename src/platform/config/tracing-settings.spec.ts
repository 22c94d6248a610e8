import { describe, expect, it } from '@jest/globals';
import { problemsOf } from '../../../test/support/config-problems.js';
import { loadConfig } from './config.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
const tracingOf = (env: Record<string, string>) => loadConfig(env).tracing;

describe('the configuration of traces', () => {
  it('is off without an endpoint, and with one that is switched off', () => {
    expect(tracingOf({ OTEL_SERVICE_NAME: 'memory' })).toBeUndefined();
    expect(tracingOf({ ...ENDPOINT, OTEL_SDK_DISABLED: 'True' })).toBeUndefined();
    expect(tracingOf({ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' })).toBeUndefined();
    // For the other services of a cluster.
    const others = {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER: 'xray',
      OTEL_EXPORTER_OTLP_HEADERS: 'a',
    };
    expect(tracingOf(others)).toBeUndefined();
    expect(tracingOf({ ...others, ...ENDPOINT, OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
  });

  it('has the defaults of the standard with an endpoint alone', () => {
    expect(tracingOf(ENDPOINT)).toEqual({
      url: 'http://collector:4318/v1/traces',
      headers: {},
      compression: 'none',
      timeoutMs: 10_000,
      resource: { 'service.name': 'threadkeep' },
      sampler: 'parentbased_always_on',
      samplerRatio: 1,
      exportIntervalMs: 5_000,
      maxQueuedSpans: 2_048,
    });
  });

  it('takes what is set for traces before what is set for all signals', () => {
    expect(
      tracingOf({
        ...ENDPOINT,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example.com/in',
        OTEL_EXPORTER_OTLP_HEADERS: 'a=1, b = x%2Cy, ',
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=2',
        OTEL_EXPORTER_OTLP_TIMEOUT: '1',
        OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2000',
        OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'gzip',
        OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment.name=test',
        OTEL_SERVICE_NAME: 'memory',
        OTEL_TRACES_SAMPLER: 'traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
      }),
    ).toMatchObject({
      url: 'https://traces.example.com/in',
      headers: { a: '2', b: 'x,y' },
      compression: 'gzip',
      timeoutMs: 2_000,
      resource: { 'service.name': 'memory', 'deployment.environment.name': 'test' },
      sampler: 'traceidratio',
      samplerRatio: 0.25,
    });
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'must be an http:// or https:// URL'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'https://u:canary@host', 'without credentials'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'must be http/protobuf'],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'http/json', 'port 4318'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'canary', 'name=value with commas'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=canary%0d', 'percent-encoded ASCII'],
    ['OTEL_EXPORTER_OTLP_HEADERS', '=canary', 'name=value with commas'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%canary', 'name=value with commas'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=1,'.repeat(10_000), 'name=value with commas'],
    ['OTEL_RESOURCE_ATTRIBUTES', `a=${'x'.repeat(300)}`, 'at most 255 characters'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zip', 'gzip'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '0', 'at least 1'],
    ['OTEL_TRACES_EXPORTER', 'console', 'must be otlp, the only exporter here, or none'],
    ['OTEL_TRACES_SAMPLER', 'xray', 'must be one of always_on'],
    ['OTEL_TRACES_SAMPLER_ARG', '10%', 'must be a ratio from 0 to 1'],
    ['OTEL_TRACES_SAMPLER_ARG', '2', 'must be a ratio from 0 to 1'],
    ['OTEL_SDK_DISABLED', 'yes', 'true'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '0', 'at least 1'],
  ])('is refused with %s=%s, in one line that shows no value', (name, value, reason) => {
    const lines = problemsOf({ ...ENDPOINT, [name]: value })
      .split('\n')
      .slice(1);
    expect(lines).toEqual([expect.stringContaining(`  ${name}: `)]);
    expect(lines[0]).toContain(reason);
    expect(lines[0]).not.toContain('canary');
  });
});
