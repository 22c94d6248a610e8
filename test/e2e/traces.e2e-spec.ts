// Traces: what a collector gets of requests, statements, model calls and jobs, and that nothing private is in it.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { OtlpCollector, type ReceivedSpan } from '../support/otlp-collector.js';
import { Talk, type Turn } from '../support/talk.js';
import { eventually } from '../support/wait.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';

const hex = (bytes: number) => randomBytes(bytes).toString('hex');
const named = (name: string) => (span: ReceivedSpan) => span.name === name;

describe('a traced service', () => {
  let standIn: ModelStandIn;
  let collector: OtlpCollector;
  let api: TestApp;
  beforeAll(async () => {
    [standIn, collector] = await Promise.all([startModelStandIn(), OtlpCollector.start()]);
    api = await createTestApp({
      ...standIn.environment,
      JOB_CONCURRENCY: '2',
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a%20b,authorization=Bearer collector-key',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging',
      OTEL_BSP_SCHEDULE_DELAY: '20',
    });
    await api.listen();
  });
  afterAll(async () => {
    await api.close();
    await Promise.all([standIn.close(), collector.close()]);
  });
  beforeEach(() => {
    standIn.forget();
    collector.spans.length = 0;
    collector.exports.length = 0;
  });

  /** Sends a request in a trace of its own. @returns its span, once it has come */
  async function traced(
    call: (headers: Record<string, string>) => PromiseLike<unknown>,
  ): Promise<ReceivedSpan> {
    const traceId = hex(16);
    await call({ traceparent: `00-${traceId}-${PARENT_ID}-01` });
    return collector.span((span) => span.traceId === traceId && span.kind === 'server');
  }

  it('sends a turn as one tree: the request, its statements and the call of the model', async () => {
    const talk = await Talk.begin(api);
    standIn.next({ text: ['Well.'], usage: { input: 21, output: 4 } });
    let turn: Turn;
    const request = await traced(async (headers) => {
      const user = talk.user.with(headers);
      const messages = [{ role: 'user', content: 'Hi' }];
      const model = { provider: 'stand-in', name: 'a-model' };
      turn = (await user.post(`${talk.path}/turns`, { messages, model }).expect(202)).body as Turn;
    });
    await talk.settled(turn!);
    expect(request).toMatchObject({
      name: 'POST /v1/conversations/:id/turns',
      parentId: PARENT_ID,
      hasFailed: false,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/conversations/:id/turns',
        'http.response.status_code': 202,
        'url.scheme': 'http',
        'server.address': '127.0.0.1',
        'server.port': expect.any(Number),
        'threadkeep.request.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
    expect(request.endNs).toBeGreaterThan(request.startNs);
    const call = await collector.span(named('chat a-model'));
    expect(call).toMatchObject({
      traceId: request.traceId,
      parentId: request.id,
      kind: 'client',
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'stand-in',
        'gen_ai.request.model': 'a-model',
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': 21,
        'gen_ai.usage.output_tokens': 4,
      },
    });
    const ended = await collector.span(
      (span) => span.traceId === request.traceId && span.name === 'turn.finish',
    );
    const transaction = await collector.span(({ id }) => id === ended.parentId);
    expect(transaction).toMatchObject({ name: 'transaction', parentId: request.id });
    expect(ended).toMatchObject({
      kind: 'client',
      attributes: { 'db.system.name': 'postgresql', 'db.query.summary': 'turn.finish' },
    });
  });

  it('sends a read with its statement, and the number of its rows', async () => {
    const talk = await Talk.begin(api);
    const request = await traced((headers) =>
      talk.user.with(headers).get(`${talk.path}/messages`).expect(200),
    );
    const { name, attributes } = await collector.span(
      (span) => span.traceId === request.traceId && span.name.startsWith('message.'),
    );
    expect(attributes).toMatchObject({
      'db.query.summary': name,
      'db.response.returned_rows': expect.any(Number),
    });
  });

  it('names the process, and sends the headers of the operator', async () => {
    const { resource } = await traced((headers) =>
      api.service.with(headers).get('/v1/users').expect(200),
    );
    expect(resource).toMatchObject({
      'service.name': 'threadkeep',
      'service.version': expect.any(String),
      'deployment.environment.name': 'staging',
      'telemetry.sdk.language': 'nodejs',
    });
    expect(collector.exports[0]).toMatchObject({
      path: '/v1/traces',
      headers: {
        'content-type': 'application/x-protobuf',
        'x-tenant': 'a b',
        authorization: 'Bearer collector-key',
      },
    });
  });

  it('names what fails by the code of its problem, and only a fault of ours counts as failed', async () => {
    const missing = `/v1/conversations/01a221e5-5edb-71ce-9002-b5461cbe7e22`;
    const request = await traced((headers) =>
      api.actingFor('ada').with(headers).get(missing).expect(404),
    );
    expect(request).toMatchObject({
      name: 'GET /v1/conversations/:id',
      hasFailed: false,
      attributes: { 'http.response.status_code': 404, 'error.type': 'conversation.not_found' },
    });
    const refused = await traced((headers) => api.anonymous.with(headers).get('/v1/users'));
    expect(refused.attributes['http.response.status_code']).toBe(401);
    const strange = await traced((headers) => api.anonymous.with(headers).get('/none/canary'));
    expect(strange).toMatchObject({
      name: 'GET',
      attributes: { 'http.response.status_code': 404 },
    });
    expect(strange.attributes['http.route']).toBeUndefined();
  });

  it('names a failed call of a model by its code', async () => {
    const talk = await Talk.begin(api);
    standIn.next({ status: 401, body: 'canary-of-the-provider' });
    await talk.settled(await talk.turn('Hi'));
    const call = await collector.span(named('chat a-model'));
    expect(call).toMatchObject({ hasFailed: true, attributes: { 'error.type': 'model.refused' } });
    expect(collector.text).not.toContain('canary-of-the-provider');
  });

  it('sends a job as a trace of its own', async () => {
    const user = api.actingFor('exporter');
    await user.post('/v1/conversations', { title: 'x' }).expect(201);
    const { body } = await api.service.get('/v1/users?externalId=exporter').expect(200);
    const { id } = (body as { data: { id: string }[] }).data[0]!;
    await api.service.delete(`/v1/users/${id}`);
    const job = await collector.span(({ name }) => name.startsWith('job '));
    expect(job).toMatchObject({
      parentId: '',
      kind: 'internal',
      attributes: {
        'threadkeep.job.name': job.name.slice('job '.length),
        'threadkeep.job.attempt': expect.any(Number),
      },
    });
    await eventually(async () => collector.childrenOf(job).length > 0);
  });

  it('keeps the trace of its caller, and leaves out what the caller leaves out', async () => {
    const send = (traceparent: string) =>
      api.service.with({ traceparent }).get('/v1/users').expect(200);
    await send(`00-${TRACE_ID}-${PARENT_ID}-00`);
    await send(`00-${'0'.repeat(32)}-${PARENT_ID}-01`);
    await send('x'.repeat(4_000));
    await send(`00-${TRACE_ID}-${PARENT_ID}-01`);
    const kept = await collector.span(
      ({ traceId, kind }) => traceId === TRACE_ID && kind === 'server',
    );
    expect(kept.parentId).toBe(PARENT_ID);
    const requests = collector.spans.filter(named('GET /v1/users'));
    expect(requests.map(({ traceId }) => traceId === TRACE_ID)).toEqual([false, false, true]);
  });

  it('gives models no trace to keep', async () => {
    const talk = await Talk.begin(api);
    const { id } = (await talk.ask('Hi', {})).body as Turn;
    await talk.settled({ id });
    expect(standIn.requests[0]!.headers).not.toHaveProperty('traceparent');
  });

  it('sends nothing of what users say, are called or hold', async () => {
    const canary = (kind: string) => `canary${kind}${hex(4)}`;
    const [title, said, asked, mail, user, id, answer, state, host] = [
      ...['title', 'said', 'asked', 'mail', 'user', 'id', 'answer', 'state', 'host'].map(canary),
    ] as [string, string, string, string, string, string, string, string, string];
    const created = await api.service
      .post('/v1/users', { externalId: user, email: `${mail}@example.org`, name: mail })
      .expect(201);
    const acting = api.actingFor(user).with({ 'x-request-id': id });
    const conversation = await acting.post('/v1/conversations', { title }).expect(201);
    const path = `/v1/conversations/${conversation.body.id as string}`;
    await acting.post(`${path}/messages`, { messages: [{ role: 'user', content: said }] });
    await acting.get(`/v1/messages/search?q=${asked}`);
    await acting.get(`/v1/conversations?title=${asked}&none=${asked}`);
    await api.service.get(`/v1/users?email=${mail}@example.org`);
    await api.service.get(`/v1/users/key:${user}`);
    standIn.next({ text: [answer] });
    const talk = await Talk.at(api, path, user);
    await talk.settled(await talk.turn(said));
    await traced((headers) =>
      api.service
        .with({ ...headers, host: `${host}.example` })
        .get('/v1/users')
        .expect(421),
    );
    await traced((headers) =>
      api.service
        .with({ ...headers, tracestate: `vendor=${state}` })
        .get('/v1/users')
        .expect(200),
    );
    expect(await collector.span(named('chat a-model'))).toBeDefined();
    const userId = created.body.id as string;
    const secrets = [
      title,
      said,
      asked,
      mail,
      user,
      id,
      answer,
      state,
      host,
      userId,
      api.serviceKey,
    ];
    expect(secrets.filter((secret) => collector.text.includes(secret))).toEqual([]);
    expect(collector.text).not.toContain('stand-in-key');
  });
});

describe('a service whose sampler keeps nothing', () => {
  it.each(['traceidratio', 'parentbased_traceidratio', 'always_off'])(
    'exports nothing with %s',
    async (sampler) => {
      const collector = await OtlpCollector.start();
      const api = await createTestApp({
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
        OTEL_TRACES_SAMPLER: sampler,
        OTEL_TRACES_SAMPLER_ARG: '0',
        OTEL_BSP_SCHEDULE_DELAY: '20',
      });
      await api.actingFor('ada').post('/v1/conversations', { title: 'x' }).expect(201);
      await api.close();
      expect(collector.exports).toEqual([]);
      await collector.close();
    },
  );
});

describe('a collector that does not take traces', () => {
  it.each(['refuses', 'garbage', 'silent'] as const)(
    'does not hold up requests or the stop when it is one that %s',
    async (behaviour) => {
      const collector = await OtlpCollector.start();
      collector.behaviour = behaviour;
      const api = await createTestApp({
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_BSP_SCHEDULE_DELAY: '20',
        OTEL_BSP_MAX_QUEUE_SIZE: '16',
        OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      });
      const user = api.actingFor('ada');
      for (let i = 0; i < 40; i += 1)
        await user.post('/v1/conversations', { title: 'x' }).expect(201);
      await eventually(async () => collector.exports.length > 0);
      await api.close();
      await collector.close();
    },
  );
});
