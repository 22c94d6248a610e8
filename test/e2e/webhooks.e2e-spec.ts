// Webhooks as their owners manage them, and what a receiver gets.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { verified, WebhookReceiver } from '../support/webhook-receiver.js';

interface Made {
  id: string;
  secret: string;
  version: number;
}

const PATH = '/v1/webhooks';
const ADMIN = '/v1/admin/webhooks';
const CANARY = 'canary of webhooks';

let app: TestApp;
let receiver: WebhookReceiver;
let names = 0;
beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  app = await createTestApp({ EGRESS_ALLOW: '127.0.0.1', WEBHOOK_CONCURRENCY: '8' });
});
afterAll(async () => {
  await app.close();
  await receiver.stop();
});

const newName = (): string => `hooked-${++names}`;
const newPath = (): string => `/${++names}`;
async function listen(who: Caller, path: string, events: string[], base = PATH): Promise<Made> {
  const { body } = await who.post(base, { url: receiver.url(path), events }).expect(201);
  return body as Made;
}
const typesAt = (path: string, { secret }: Made): string[] =>
  receiver.at(path).map((one) => verified(one, secret).type);

describe('a webhook', () => {
  it.each([
    ['a user', PATH],
    ['the service', ADMIN],
  ])('of %s can be created, read, listed, changed and removed', async (_title, base) => {
    const who = base === PATH ? app.actingFor(newName()) : app.service;
    const url = receiver.url('/managed');
    const { body, headers } = await who
      .post(base, { url, events: ['message.created'], description: 'Search' })
      .expect(201);
    const { secret, ...made } = body as Made;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(made).toEqual({
      id: expect.any(String),
      url,
      events: ['message.created'],
      description: 'Search',
      enabled: true,
      disabledBecause: null,
      failingSince: null,
      previousSecretExpiresAt: null,
      version: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(headers['location']).toBe(`${base}/${made.id}`);
    const place = `${base}/${made.id}`;
    expect((await who.get(place).expect(200)).body).toEqual(made);
    expect((await who.get(base).expect(200)).body.data).toContainEqual(made);
    const change = { events: ['memory.created'], enabled: false, description: null };
    const changed = await who.patch(place, change).expect(200);
    expect(changed.body).toEqual({
      ...made,
      ...change,
      version: 2,
      updatedAt: expect.any(String),
    });
    await who.with({ 'if-match': '"1"' }).delete(place).expect(412);
    await who.with({ 'if-match': '"2"' }).delete(place).expect(204);
    expectProblem(await who.get(place), 404, 'webhook.not_found');
  });

  it('gives its secret once, and not to a retry', async () => {
    const who = app.actingFor(newName()).with({ 'idempotency-key': newName() });
    const body = { url: receiver.url('/retried'), events: ['message.created'] };
    const first = await who.post(PATH, body).expect(201);
    const again = await who.post(PATH, body).expect(201);
    expect(again.body).toEqual({ ...first.body, secret: null });
  });

  it('is refused for what the service may not connect to, and for events of users', async () => {
    const who = app.actingFor(newName());
    for (const url of ['http://example.com/', 'https://10.0.0.1/', 'https://a@example.com/'])
      expectProblem(
        await who.post(PATH, { url, events: ['message.created'] }),
        422,
        'webhook.url_refused',
      );
    const url = 'https://app.example/hook';
    expectProblem(
      await who.post(PATH, { url, events: ['user.deleted'] }),
      422,
      'webhook.event_refused',
    );
    await who.post(PATH, { url, events: ['message.read'] }).expect(422);
    await who.post(PATH, { url, events: [] }).expect(422);
  });

  it('is refused when there are ten', async () => {
    const who = app.actingFor(newName());
    const wanted = { url: receiver.url('/many'), events: ['turn.finished'] };
    const answers = await Promise.all(Array.from({ length: 14 }, () => who.post(PATH, wanted)));
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused).toHaveLength(4);
    for (const answer of refused) expectProblem(answer, 422, 'webhook.too_many');
  });

  it('keeps its secrets sealed', async () => {
    const { id, secret } = await listen(app.actingFor(newName()), '/sealed', ['turn.finished']);
    const { rows } = await app.database.admin(
      `select w::text as line from threadkeep.webhook w where id = $1`,
      [id],
    );
    const hex = Buffer.from(secret).toString('hex');
    expect(rows[0]!.line).not.toContain(secret);
    expect(rows[0]!.line).not.toContain(hex);
  });
});

describe('a receiver', () => {
  it('gets what happened to the user, signed, with ids and without content', async () => {
    const name = newName();
    const [who, path] = [app.actingFor(name), newPath()];
    const { id: userId } = (await app.service.post('/v1/users', { externalId: name })).body;
    const hook = await listen(who, path, ['message.created', 'memory.created']);
    const { id } = (await who.post('/v1/conversations', { title: CANARY }).expect(201)).body;
    const messages = [1, 2].map(() => ({ role: 'user', content: CANARY }));
    const appended = await who.post(`/v1/conversations/${id}/messages`, { messages }).expect(201);
    const memory = (await who.post('/v1/memories', { content: CANARY }).expect(201)).body;
    const got = (await receiver.until(path, 2)).map((one) => verified(one, hook.secret));
    expect(got).toHaveLength(2);
    expect(got).toContainEqual({
      type: 'message.created',
      timestamp: expect.any(String),
      data: {
        userId,
        externalId: name,
        conversationId: id,
        fromSeq: 1,
        toSeq: 2,
        messageIds: appended.body.data.map((one: Made) => one.id),
      },
    });
    expect(got).toContainEqual({
      type: 'memory.created',
      timestamp: expect.any(String),
      data: { userId, externalId: name, memoryId: memory.id, version: 1 },
    });
    expect(JSON.stringify(receiver.at(path))).not.toContain(CANARY);
    expect(() => verified(receiver.at(path)[0]!, `whsec_${'A'.repeat(44)}`)).toThrow();
  });

  it('of a user gets nothing of another user; that of the service gets both', async () => {
    const [ada, bob] = [app.actingFor(newName()), app.actingFor(newName())];
    const [own, all] = [newPath(), newPath()];
    const adas = await listen(ada, own, ['conversation.created']);
    const service = await listen(app.service, all, ['conversation.created', 'user.created'], ADMIN);
    const ids: string[] = [];
    for (const who of [bob, ada])
      ids.push((await who.post('/v1/conversations', {}).expect(201)).body.id as string);
    const got = (await receiver.until(all, 3)).map((one) => verified(one, service.secret));
    expect(got.map(({ type }) => type).sort()).toEqual([
      'conversation.created',
      'conversation.created',
      'user.created',
    ]);
    const [first] = await receiver.until(own, 1);
    expect(verified(first!, adas.secret).data['conversationId']).toBe(ids[1]);
    expect(receiver.at(own)).toHaveLength(1);
    await app.service.delete(`${ADMIN}/${service.id}`).expect(204);
  });

  it('is told of every kind of change', async () => {
    const [who, path] = [app.actingFor(newName()), newPath()];
    const events = [
      ...['message.created', 'message.changed', 'message.erased', 'conversation.created'],
      ...['conversation.changed', 'conversation.deleted', 'conversation.restored'],
      ...['memory.created', 'memory.changed', 'memory.forgotten'],
    ];
    const hook = await listen(who, path, events);
    const { id } = (await who.post('/v1/conversations', {}).expect(201)).body;
    const place = `/v1/conversations/${id}`;
    const message = { role: 'user', content: 'hello' };
    const [{ id: messageId }] = (await who.post(`${place}/messages`, message).expect(201)).body
      .data as [Made];
    await who.put(`${place}/messages/${messageId}/feedback`, { rating: 'up' }).expect(200);
    await who.delete(`${place}/messages/${messageId}`);
    await who.patch(place, { title: 'new' }).expect(200);
    await who.delete(place).expect(204);
    await who.post(`${place}/restore`).expect(200);
    await who.delete(`${place}?purge=true`).expect(200);
    const memory = (await who.post('/v1/memories', { content: 'one' }).expect(201)).body;
    await who.patch(`/v1/memories/${memory.id}`, { content: 'two' }).expect(200);
    await who.delete(`/v1/memories/${memory.id}`).expect(204);
    await receiver.until(path, 11);
    expect(typesAt(path, hook).sort()).toEqual([...events, 'conversation.deleted'].sort());
  });

  it('of the service is told that a user was deleted, of whom nothing else is left', async () => {
    const name = newName();
    const path = newPath();
    const service = await listen(
      app.service,
      path,
      ['user.created', 'user.changed', 'user.deleted', 'memory.created'],
      ADMIN,
    );
    const { id } = (await app.service.post('/v1/users', { externalId: name }).expect(201)).body;
    await app.service.patch(`/v1/users/${id}`, { name: 'Ada' }).expect(200);
    await receiver.until(path, 2);
    await listen(app.actingFor(name), '/gone', ['memory.created']);
    await app.actingFor(name).delete('/v1/users/me').expect(204);
    await receiver.until(path, 3);
    const got = receiver.at(path).map((one) => verified(one, service.secret));
    expect(got.at(-1)).toMatchObject({ type: 'user.deleted', data: { userId: id } });
    const left = `select type from threadkeep.service_webhook_delivery where about_user_id = $1
      union all select type from threadkeep.webhook_delivery where user_id = $1
      union all select url from threadkeep.webhook where user_id = $1`;
    const { rows } = await app.database.admin(left, [id]);
    expect(rows).toEqual([{ type: 'user.deleted' }]);
    await app.service.delete(`${ADMIN}/${service.id}`).expect(204);
  });

  it('gets nothing of a write that was rolled back', async () => {
    const [who, path] = [app.actingFor(newName()), newPath()];
    const hook = await listen(who, path, ['message.created']);
    const { id } = (await who.post('/v1/conversations', {}).expect(201)).body;
    const message = { role: 'user', content: 'hello' };
    const place = `/v1/conversations/${id}/messages`;
    await who.post(place, { messages: [message], expectedSeq: 7 }).expect(409);
    await who.post(place, message).expect(201);
    await receiver.until(path, 1);
    expect(typesAt(path, hook)).toEqual(['message.created']);
    expect(verified(receiver.at(path)[0]!, hook.secret).data).toMatchObject({ toSeq: 1 });
  });
});
