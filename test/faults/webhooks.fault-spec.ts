// Webhooks while the process that delivers is killed again and again, and PostgreSQL crashes: each
// acknowledged write is told of, under one id.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { vaultKey } from '../support/app.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { Storm } from '../support/storm.js';

import { eventually } from '../support/wait.js';
import { type Received, verified, WebhookReceiver } from '../support/webhook-receiver.js';

const SEED = numberFromEnvironment('SEED', Date.now() % 1_000_000);
const KILLS = numberFromEnvironment('KILLS', 4);
const CLIENTS = 6;
/** Milliseconds between two writes of a client. */
const PACE_MS = 100;
/** Milliseconds after which what a dead process had leased was delivered by another one. */
const PATIENCE_MS = 180_000;

interface Made {
  id: string;
}

describe('webhooks in a storm', () => {
  let receiver: WebhookReceiver;
  let storm: Storm;
  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
    storm = await Storm.start({
      VAULT_KEYS: vaultKey('test'),
      EGRESS_ALLOW: '127.0.0.1',
      WEBHOOK_CONCURRENCY: '8',
      WEBHOOK_TIMEOUT: '2',
    });
  });
  afterAll(async () => {
    await storm?.stop();
    await receiver?.stop();
  });

  it('are told of each acknowledged write, and of no other', async () => {
    console.log(`SEED=${SEED}`);
    const random = new Seeded(SEED);
    const taken: Received[] = [];
    const seen = new Set<unknown>();
    // Of fifty first attempts two are refused, two are cut, and one is never answered.
    receiver.answer = (_path, response) => {
      const last = receiver.received.at(-1)!;
      const dice = seen.has(last.headers['webhook-id']) ? 50 : random.integer(50);
      seen.add(last.headers['webhook-id']);
      if (dice < 2) return void response.writeHead(503).end();
      if (dice < 4) return void response.destroy();
      if (dice < 5) return;
      taken.push(last);
      response.writeHead(204).end();
    };
    const written = new Map<string, Set<string>>();
    const secrets = new Map<string, string>();
    const work = async (who: number) => {
      const path = `/${who}`;
      const api = new Api(storm.url, storm.headers(`user-${who}`), 2);
      const wanted = { url: receiver.url(path), events: ['memory.created'] };
      const hook = await api.insist<{ id: string; secret: string | null }>(
        '/v1/webhooks',
        wanted,
        `hook-${who}`,
      );
      secrets.set(path, hook.body.secret ?? '');
      const ids = new Set<string>();
      written.set(path, ids);
      for (let n = 0; storm.kills < KILLS; n++) {
        const content = `Fact ${n} of ${who}`;
        const { status, body } = await api.insist<Made>('/v1/memories', { content }, `${who}-${n}`);
        if (![200, 201].includes(status)) throw new Error(JSON.stringify(body));
        ids.add(body.id);
        await sleep(PACE_MS);
      }
      api.close();
    };
    const all = Promise.all(Array.from({ length: CLIENTS }, (_, who) => work(who)));
    await storm.over(random, all, { kills: [3_000, 6_000], crashes: 15_000 });

    const toldOf = (path: string) => {
      const byId = new Map<string, string>();
      for (const one of taken.filter((each) => each.path === path)) {
        const secret = secrets.get(path)!;
        const { data } = secret === '' ? payloadOf(one) : verified(one, secret);
        byId.set(one.headers['webhook-id'] as string, data['memoryId'] as string);
      }
      return [...byId.values()].sort();
    };
    const isTold = () =>
      [...written].every(([path, ids]) => new Set(toldOf(path)).size >= ids.size);
    await eventually(() => Promise.resolve(isTold()), PATIENCE_MS);
    for (const [path, ids] of written) expect(toldOf(path)).toEqual([...ids].sort());
    console.log(
      `${taken.length} deliveries of ${[...written.values()].reduce((sum, { size }) => sum + size, 0)} events, ${receiver.received.length} attempts`,
    );
  });
});

const payloadOf = ({ body }: Received) => JSON.parse(body) as { data: Record<string, unknown> };
