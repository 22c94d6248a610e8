// What operators see of requests and of the process, and what deploy/ asks of it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { Registry } from 'prom-client';
import { VERSION } from '../../src/platform/config/release.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { PROJECT } from '../support/npm.js';
import { SocketClient } from '../support/socket-client.js';
import { eventually } from '../support/wait.js';

const read = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');
let app: TestApp;

beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const metrics = async (): Promise<string[]> =>
  (await app.anonymous.get('/metrics').expect(200)).text.split('\n');

/** The value of the series with exactly these labels; 0 when there is none. */
async function valueOf(series: string): Promise<number> {
  const line = (await metrics()).find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}

describe('metrics of requests', () => {
  it('count and measure by method, route template and status, and name no path', async () => {
    const ada = app.actingFor('ada');
    const created = await ada.post('/v1/conversations', { title: 'x' }).expect(201);
    const { id } = created.body as { id: string };
    for (let i = 0; i < 3; i += 1) await ada.get(`/v1/conversations/${id}`).expect(200);
    const route = 'method="GET",route="/v1/conversations/:id"';
    expect(await valueOf(`threadkeep_http_requests_total{${route},status="200"}`)).toBe(3);
    expect(await valueOf(`threadkeep_http_request_seconds_count{${route}}`)).toBe(3);
    expect((await metrics()).join('\n')).not.toContain(id);
  });

  it('count a WebSocket once, when it is closed', async () => {
    const series = 'threadkeep_http_requests_total{method="GET",route="/v1/stream",status="101"}';
    await app.listen();
    const ada = app.actingFor('ada');
    await ada.post('/v1/conversations', {}).expect(201);
    const client = await SocketClient.open(app, { headers: ada.headers });
    expect(await valueOf(series)).toBe(0);
    client.cut();
    await eventually(async () => (await valueOf(series)) > 0);
    expect(await valueOf(series)).toBe(1);
  });

  it('count a stream whose client leaves, once', async () => {
    const ada = app.actingFor('ada');
    const { body } = await ada.post('/v1/conversations', {}).expect(201);
    const series =
      'threadkeep_http_requests_total{method="GET",route="/v1/conversations/:id/events",status="200"}';
    const leaving = new AbortController();
    const { id } = body as { id: string };
    const { signal } = leaving;
    const answer = await fetch(`${await app.app.getUrl()}/v1/conversations/${id}/events`, {
      headers: ada.headers,
      signal,
    });
    expect(answer.status).toBe(200);
    expect(await valueOf(series)).toBe(0);
    leaving.abort();
    await eventually(async () => (await valueOf(series)) > 0);
    expect(await valueOf(series)).toBe(1);
  });

  it('count problems by their code', async () => {
    const series = 'threadkeep_http_errors_total{code="conversation.not_found"}';
    const before = await valueOf(series);
    const missing = '/v1/conversations/01a221e5-5edb-71ce-9002-b5461cbe7e22';
    await app.actingFor('ada').get(missing).expect(404);
    expect(await valueOf(series)).toBe(before + 1);
  });

  it('have one series for all requests that match no route', async () => {
    const asked = async () =>
      (await metrics()).filter((line) => line.startsWith('threadkeep_http_requests_total'));
    await app.anonymous.get('/none/0').expect(404);
    const before = await asked();
    for (let i = 1; i <= 20; i += 1) await app.anonymous.get(`/none/${i}`).expect(404);
    await app.anonymous.delete('/none').expect(404);
    expect((await asked()).length).toBe(before.length);
  });

  it('are beside the release and what the process uses', async () => {
    expect(await valueOf(`threadkeep_build_info{version="${VERSION}"}`)).toBe(1);
    expect(await valueOf('process_resident_memory_bytes')).toBeGreaterThan(0);
    expect(await valueOf('process_cpu_seconds_total')).toBeGreaterThan(0);
  });
});

describe('deploy/', () => {
  const dashboard = JSON.parse(read('deploy/grafana/threadkeep.json')) as {
    panels: { title: string; targets: { expr: string; legendFormat: string }[] }[];
  };
  const { groups } = load(read('deploy/prometheus/alerts.yml')) as {
    groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  const expressions = [
    ...dashboard.panels.flatMap(({ title, targets }) =>
      targets.map(({ expr, legendFormat }): [string, string] => [title, `${expr} ${legendFormat}`]),
    ),
    ...rules.map(({ alert, expr, annotations }): [string, string] => [
      alert,
      `${expr} ${Object.values(annotations).join(' ')}`,
    ]),
  ];

  it.each(expressions)('%s asks for metrics and labels that there are', (_, text) => {
    const registry = app.app.get(Registry);
    const labels = new Set(['job', 'instance', 'le', 'up']);
    const names = text.match(/\b(?:threadkeep|process|nodejs)_\w+/g) ?? [];
    const missing = names.filter((name) => {
      const metric = registry.getSingleMetric(name.replace(/_(bucket|sum|count)$/, ''));
      for (const label of (metric as { labelNames?: string[] } | undefined)?.labelNames ?? [])
        labels.add(label);
      return !metric;
    });
    expect(missing).toEqual([]);
    expect(names.length + Number(text.startsWith('up{'))).toBeGreaterThan(0);
    expect(labelsIn(text).filter((label) => !labels.has(label))).toEqual([]);
  });

  it('has a word on what to do in each alert', () => {
    expect(
      rules.filter(({ annotations }) => !annotations['summary'] || !annotations['action']),
    ).toEqual([]);
  });
});

/** Labels that an expression groups by or compares, or that a text shows. */
function labelsIn(text: string): string[] {
  const grouped = [...text.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(/, */));
  const compared = [...text.matchAll(/[{,](\w+)(?:=~|!~|!=|=)"/g)].map(([, name]) => name!);
  const shown = [...text.matchAll(/\{\{ ?(?:\$labels\.)?(\w+) ?\}\}/g)].map(([, name]) => name!);
  return [...grouped, ...compared, ...shown];
}
