// Traces of a whole process: what it loads, what it logs of its collector, and what it sends at its end.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { packagesLoaded } from '../support/loaded-packages.js';
import { OtlpCollector } from '../support/otlp-collector.js';
import { freePort, Started } from '../support/processes.js';
import { eventually } from '../support/wait.js';

describe('a process that starts', () => {
  let database: TestDatabase;
  const started: Started[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const one of started.splice(0)) if (!one.ended) await one.kill('SIGKILL');
  });
  afterAll(() => database.drop());

  const settings = (own: Record<string, string>) => ({
    DATABASE_URL: database.adminUrl,
    ...database.logins,
    JOB_CONCURRENCY: '0',
    LOG_LEVEL: 'info',
    ...own,
  });
  function run(environment: Record<string, string>): Started {
    const one = Started.run(settings(environment));
    started.push(one);
    return one;
  }

  /** Packages of OpenTelemetry that a process has loaded by its end, after a request. */
  async function telemetryLoaded(environment: Record<string, string>): Promise<string[]> {
    const all = await packagesLoaded(settings(environment), (url) => fetch(`${url}/v1/users`));
    return [...all].filter((name) => name.startsWith('@opentelemetry/')).sort();
  }

  it('without a collector loads nothing of the SDK: only the interface that prom-client asks for', async () => {
    expect(await telemetryLoaded({ OTEL_SERVICE_NAME: 'memory' })).toEqual(['@opentelemetry/api']);
    const loaded = await telemetryLoaded({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    expect(loaded).toEqual(
      expect.arrayContaining([
        '@opentelemetry/exporter-trace-otlp-proto',
        '@opentelemetry/sdk-trace',
      ]),
    );
  });

  it('serves without its collector, logs once that it is away and once that it is there, and sends the rest at its end', async () => {
    const port = await freePort();
    const one = run({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      OTEL_BSP_SCHEDULE_DELAY: '20',
    });
    const url = await one.url();
    const ask = async () => expect((await fetch(`${url}/v1/users`)).status).toBe(401);
    const linesWith = (text: string) =>
      one.errors.split('\n').filter((line) => line.includes(text));
    await eventually(async () => {
      await ask();
      return linesWith('does not take traces').length > 0;
    });
    await ask();
    const collector = await OtlpCollector.start(port);
    await eventually(async () => {
      await ask();
      return linesWith('takes traces again').length > 0;
    });
    expect(linesWith('does not take traces')).toHaveLength(1);
    expect(JSON.parse(linesWith('does not take traces')[0]!)).toMatchObject({
      level: 'warn',
      context: 'Traces',
      reason: 'ECONNREFUSED',
    });
    collector.spans.length = 0;
    const last = await fetch(`${url}/v1/conversations`);
    expect(last.status).toBe(401);
    expect(await one.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(collector.spans.map(({ name }) => name)).toContain('GET /v1/conversations');
    await collector.close();
  });
});
