// What becomes of deliveries: retries, replays, secrets that change, and receivers that fail.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MAX_WAITING } from '../../src/webhooks/delivery/delivery-statements.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { endless } from '../support/counting-server.js';
import { expectProblem } from '../support/problem.js';
import { eventually } from '../support/wait.js';
import { verified, WebhookReceiver } from '../support/webhook-receiver.js';

interface Delivery {
  id: string;
  state: string;
  attempts: number;
  nextAttemptAt: string | null;
  lastStatus: number | null;
  lastError: string | null;
}

let app: TestApp;
let receiver: WebhookReceiver;
let names = 0;
beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  app = await createTestApp({
    EGRESS_ALLOW: '127.0.0.1',
    WEBHOOK_CONCURRENCY: '8',
    WEBHOOK_TIMEOUT: '2',
  });
});
afterAll(async () => {
  await app.close();
  await receiver.stop();
});
beforeEach(() => {
  receiver.answer = (_path, response) => void response.writeHead(204).end();
});

class Hook {
  private constructor(
    readonly who: Caller,
    readonly path: string,
    readonly id: string,
    readonly secret: string,
  ) {}

  static async make(who = app.actingFor(`receiver-${++names}`)): Promise<Hook> {
    const path = `/${++names}`;
    const wanted = { url: receiver.url(path), events: ['memory.created'] };
    const { body } = await who.post('/v1/webhooks', wanted).expect(201);
    return new Hook(who, path, body.id as string, body.secret as string);
  }

  get place(): string {
    return `/v1/webhooks/${this.id}`;
  }

  async deliveries(): Promise<Delivery[]> {
    return (await this.who.get(`${this.place}/deliveries`).expect(200)).body.data as Delivery[];
  }

  async until(holds: (delivery: Delivery) => boolean): Promise<Delivery> {
    await eventually(async () => (await this.deliveries()).some(holds));
    return (await this.deliveries()).find(holds)!;
  }

  async test(): Promise<Delivery> {
    return (await this.who.post(`${this.place}/test`).expect(202)).body as Delivery;
  }

  /** Makes the next attempt due, as time would. */
  async makeDue(): Promise<void> {
    await app.database.admin(`update threadkeep.webhook set retry_at = null where id = $1`, [
      this.id,
    ]);
    await app.database.admin(
      `update threadkeep.webhook_delivery set next_at = now() where webhook_id = $1`,
      [this.id],
    );
  }
}

/** Deliveries that are due tomorrow, with numbers from `first` to `last`, older than any other. */
const addWaiting = (hook: Hook, first: number, last: number) =>
  app.database.admin(
    `insert into threadkeep.webhook_delivery (user_id, id, webhook_id, type, data, next_at)
     select user_id, lpad(to_hex(g), 32, '0')::uuid, id, 'webhook.test', '{}', now() + interval '1 day'
       from threadkeep.webhook, generate_series($2::integer, $3::integer) g where id = $1`,
    [hook.id, first, last],
  );

const answerWith = (status: number, headers = {}) => {
  receiver.answer = (_path, response) => void response.writeHead(status, headers).end();
};

describe('a delivery', () => {
  it('is tried again under the same id until the receiver takes it', async () => {
    const hook = await Hook.make();
    answerWith(500);
    const { id } = await hook.test();
    const failed = await hook.until(
      ({ attempts, lastStatus }) => attempts === 1 && lastStatus === 500,
    );
    expect(failed).toMatchObject({ id, state: 'pending', lastError: 'status' });
    answerWith(202);
    await hook.makeDue();
    const delivered = await hook.until(({ state }) => state === 'delivered');
    expect(delivered).toMatchObject({ id, attempts: 2, lastStatus: 202, lastError: null });
    const got = receiver.at(hook.path);
    expect(got.map(({ headers }) => headers['webhook-id'])).toEqual([id, id]);
    expect(got[0]!.body).toBe(got[1]!.body);
    for (const one of got) verified(one, hook.secret);
    expect((await hook.who.get(hook.place)).body).toMatchObject({ failingSince: null });
  });

  it.each([
    ['redirects', 302, 'redirect'],
    ['asks to come later', 429, 'status'],
  ])('to a receiver that %s fails', async (_title, status, lastError) => {
    const hook = await Hook.make();
    answerWith(status, { location: receiver.url('/elsewhere'), 'retry-after': '3600' });
    await hook.test();
    const failed = await hook.until(({ lastStatus }) => lastStatus === status);
    expect(failed).toMatchObject({ state: 'pending', lastError });
    const waits = Date.parse(failed.nextAttemptAt!) - Date.now();
    expect(waits).toBeGreaterThan(3_000_000);
    expect(receiver.at('/elsewhere')).toEqual([]);
  });

  it('to a receiver that says nothing fails, and holds up no other receiver', async () => {
    const [silent, healthy] = [await Hook.make(), await Hook.make()];
    receiver.answer = (path, response) => {
      if (path === healthy.path) response.writeHead(204).end();
    };
    for (let i = 0; i < 4; i++) await silent.test();
    await receiver.until(silent.path, 1);
    await healthy.test();
    await healthy.until(({ state }) => state === 'delivered');
    const failed = await silent.until(({ lastError }) => lastError !== null);
    expect(failed).toMatchObject({ state: 'pending', lastStatus: null, lastError: 'too_slow' });
  });

  it('ends with the head of an answer that does not end', async () => {
    const hook = await Hook.make();
    receiver.answer = (_path, response) => {
      response.writeHead(200);
      endless(response, 'x'.repeat(1_024));
    };
    await hook.test();
    expect(await hook.until(({ state }) => state === 'delivered')).toMatchObject({
      lastStatus: 200,
    });
  });

  it('to a port where nobody listens fails', async () => {
    const hook = await Hook.make();
    const stopped = await WebhookReceiver.start();
    await stopped.stop();
    await hook.who.patch(hook.place, { url: stopped.address }).expect(200);
    await hook.test();
    const failed = await hook.until(({ lastError }) => lastError !== null);
    expect(failed).toMatchObject({ lastStatus: null, lastError: 'unreachable' });
  });

  it('fails for good after three days, and can be replayed then', async () => {
    const hook = await Hook.make();
    answerWith(503);
    const { id } = await hook.test();
    await hook.until(({ attempts, lastStatus }) => attempts === 1 && lastStatus === 503);
    await app.database.admin(
      `update threadkeep.webhook_delivery set queued_at = now() - interval '3 days' where id = $1`,
      [id],
    );
    await hook.makeDue();
    const failed = await hook.until(({ state }) => state === 'failed');
    expect(failed).toMatchObject({ nextAttemptAt: null, attempts: 1 });
    answerWith(204);
    await hook.who.post(`${hook.place}/deliveries/${id}/replay`).expect(202);
    expect(await hook.until(({ state }) => state === 'delivered')).toMatchObject({ id });
    const ids = receiver.at(hook.path).map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([id, id]);
  });

  it('can be replayed after it was delivered', async () => {
    const hook = await Hook.make();
    const { id } = await hook.test();
    await hook.until(({ state }) => state === 'delivered');
    await hook.who.post(`${hook.place}/deliveries/${id}/replay`).expect(202);
    await receiver.until(hook.path, 2);
    expectProblem(
      await hook.who.post(`${hook.place}/deliveries/${hook.id}/replay`),
      404,
      'webhook.delivery_not_found',
    );
  });

  it('is made again when its process died in the attempt', async () => {
    const hook = await Hook.make();
    await app.database.admin(
      `insert into threadkeep.webhook_delivery (user_id, id, webhook_id, type, data, attempts, next_at)
       select user_id, id, id, 'webhook.test', '{}', 1, now() - interval '1 second'
         from threadkeep.webhook where id = $1`,
      [hook.id],
    );
    const delivered = await hook.until(({ state }) => state === 'delivered');
    expect(delivered).toMatchObject({ id: hook.id, attempts: 2 });
  });
});

describe('the secret', () => {
  it('that is replaced signs for a time beside the new one', async () => {
    const hook = await Hook.make();
    const { body } = await hook.who.post(`${hook.place}/rotate-secret`).expect(200);
    expect(body.secret).not.toBe(hook.secret);
    expect(Date.parse(body.previousSecretExpiresAt as string)).toBeGreaterThan(Date.now());
    await hook.test();
    const [both] = await receiver.until(hook.path, 1);
    expect(verified(both!, hook.secret)).toEqual(verified(both!, body.secret as string));
    const last = await hook.who
      .post(`${hook.place}/rotate-secret`, { overlapSeconds: 0 })
      .expect(200);
    expect(last.body.previousSecretExpiresAt).toBeNull();
    await hook.test();
    const [, one] = await receiver.until(hook.path, 2);
    expect(() => verified(one!, body.secret as string)).toThrow();
    verified(one!, last.body.secret as string);
  });
});

describe('a webhook', () => {
  const audited = async (hook: Hook): Promise<unknown[]> => {
    const { rows } = await app.database.admin(
      `select action, details from threadkeep.audit_record where subject = $1 order by id`,
      [hook.id],
    );
    return rows;
  };

  it('whose receiver is gone is disabled, with an audit record', async () => {
    const hook = await Hook.make();
    answerWith(410);
    await hook.test();
    await eventually(async () => !(await hook.who.get(hook.place)).body.enabled);
    expect((await hook.who.get(hook.place)).body).toMatchObject({ disabledBecause: 'gone' });
    expect(await audited(hook)).toContainEqual({
      action: 'webhook.disabled',
      details: { reason: 'gone' },
    });
    expectProblem(await hook.who.post(`${hook.place}/test`), 409, 'webhook.disabled');
    await hook.until(({ state }) => state === 'failed' || state === 'pending');
    answerWith(204);
    const enabled = await hook.who.patch(hook.place, { enabled: true }).expect(200);
    expect(enabled.body).toMatchObject({ disabledBecause: null, failingSince: null });
    await hook.makeDue();
    const { id } = await hook.test();
    await hook.until((one) => one.id === id && one.state === 'delivered');
  });

  it('that fails for days is disabled, and its pending deliveries are not sent', async () => {
    const hook = await Hook.make();
    answerWith(500);
    await hook.test();
    await hook.until(({ lastStatus }) => lastStatus === 500);
    await app.database.admin(
      `update threadkeep.webhook set failing_since = now() - interval '73 hours' where id = $1`,
      [hook.id],
    );
    await hook.makeDue();
    await eventually(async () => !(await hook.who.get(hook.place)).body.enabled);
    expect(await audited(hook)).toContainEqual({
      action: 'webhook.disabled',
      details: { reason: 'failing' },
    });
    await hook.makeDue();
    expect(await hook.until(({ state }) => state === 'failed')).toMatchObject({
      lastError: 'not_sent',
    });
  });

  it('for which too much waits is disabled, and what waits is not sent', async () => {
    const hook = await Hook.make();
    const shown = async () => (await hook.who.get(hook.place).expect(200)).body as object;
    await addWaiting(hook, 1, MAX_WAITING - 1);
    await hook.test();
    await hook.until(({ state }) => state === 'delivered');
    expect(await shown()).toMatchObject({ enabled: true });
    await addWaiting(hook, MAX_WAITING, MAX_WAITING);
    await hook.test();
    await eventually(async () => !(await hook.who.get(hook.place)).body.enabled);
    expect(await shown()).toMatchObject({ disabledBecause: 'behind' });
    expect(await audited(hook)).toContainEqual({
      action: 'webhook.disabled',
      details: { reason: 'behind' },
    });
    await hook.makeDue();
    await eventually(async () => {
      const { rows } = await app.database.admin(
        `select distinct state, last_error from threadkeep.webhook_delivery
          where webhook_id = $1 and state <> 'delivered' and last_error is not null`,
        [hook.id],
      );
      return JSON.stringify(rows) === '[{"state":"failed","last_error":"not_sent"}]';
    });
  });

  it('that is disabled is told of nothing', async () => {
    const hook = await Hook.make();
    await hook.who.patch(hook.place, { enabled: false }).expect(200);
    await hook.who.post('/v1/memories', { content: 'unheard' }).expect(201);
    await hook.who.patch(hook.place, { enabled: true }).expect(200);
    await hook.who.post('/v1/memories', { content: 'heard' }).expect(201);
    await hook.until(({ state }) => state === 'delivered');
    expect(await hook.deliveries()).toHaveLength(1);
  });
});
