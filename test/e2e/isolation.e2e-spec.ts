// Three users try to reach each other's rows (R10): any route, any verb, any id, 50 requests at a time.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApi } from '../support/started-api.js';
import { planAttack, type Stage } from '../support/attacks.js';
import { Ledger } from '../support/ledger.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { bearer, createTenant, type Tenant } from '../support/tenants.js';
import { comparable, inParallel, type WireRequest, type WireResponse } from '../support/wire.js';

const REQUESTS = numberFromEnvironment('ISOLATION_REQUESTS', 36_000);
const SEED = numberFromEnvironment('ISOLATION_SEED', 20_270_000);

const { app, wire, routes, operations, document, close } = await startApi();
const random = new Seeded(SEED);
const tenant = (conversations: number) => createTenant(wire, app, random, conversations);
let tenants: Tenant[];
let ada: Tenant;
let ben: Tenant;
let expendable: Tenant[];

beforeAll(async () => {
  [ada, ben] = [await tenant(20), await tenant(20)];
  tenants = [ada, ben, await tenant(20)];
  expendable = await Promise.all(Array.from({ length: 8 }, () => tenant(1)));
});
afterAll(() => close());

async function cursorsOf(owner: Tenant): Promise<string[]> {
  const messages = `/v1/conversations/${owner.conversations[0]!}/messages?limit=1`;
  const lists = [
    '/v1/conversations?limit=1',
    '/v1/conversations?limit=3&status=archived',
    messages,
    `${messages}&order=asc`,
  ];
  const pages = await Promise.all(lists.map((path) => wire.json('GET', path, bearer(owner.key))));
  return pages.map(({ text }) => (JSON.parse(text) as { nextCursor: string }).nextCursor);
}

/** Uses a key on each route that takes one, so that every key has an answer of its user to betray. */
async function useIdempotencyKeys(owner: Tenant): Promise<string[]> {
  const id = owner.conversations[0]!;
  const requests: [string, unknown][] = [
    ['/v1/conversations', { title: owner.canary }],
    [`/v1/conversations/${id}/fork`, {}],
    [`/v1/conversations/${id}/restore`, undefined],
    [`/v1/conversations/${id}/messages`, { role: 'user', content: owner.canary }],
  ];
  const keys = requests.map((_, i) => `key-${tenants.indexOf(owner)}-${i}`);
  for (const [i, [path, body]] of requests.entries()) {
    const answer = await wire.json(
      'POST',
      path,
      { ...bearer(owner.key), 'idempotency-key': keys[i]! },
      body,
    );
    expect(answer).toMatchObject({ text: expect.stringContaining(owner.canary) });
  }
  return keys;
}

async function prepareStage(): Promise<Stage> {
  const cursors = new Map<Tenant, string[]>();
  const idempotencyKeys = new Map<Tenant, string[]>();
  for (const owner of tenants) cursors.set(owner, await cursorsOf(owner));
  for (const owner of tenants) idempotencyKeys.set(owner, await useIdempotencyKeys(owner));
  return {
    document,
    operations,
    routes,
    tenants,
    serviceKey: app.serviceKey,
    cursors,
    idempotencyKeys,
    expendable,
  };
}

/** Rows of one user that hold the canary of another, in any table. */
async function strayRows(): Promise<unknown[]> {
  const { rows } = await app.database.admin(
    `select table_name as name from information_schema.columns where table_schema = 'threadkeep' and column_name = 'user_id'`,
  );
  const stray: unknown[] = [];
  for (const { name } of rows) {
    for (const owner of tenants) {
      const others = tenants.filter((other) => other !== owner).map(({ canary }) => `%${canary}%`);
      const query = `select t::text from threadkeep.${name as string} t where user_id = $1 and t::text like any ($2)`;
      const found = await app.database.admin(query, [owner.id, others]);
      stray.push(...found.rows.map((row) => ({ table: name, row })));
    }
  }
  return stray;
}

/** Sends a search again while the index of its user is being built, as the answer asks for. */
async function sendPatiently(request: WireRequest): Promise<WireResponse> {
  for (let tries = 1; ; tries++) {
    const answer = await wire.send(request);
    // An answer to HEAD has no code.
    const isIndexing = answer.text.includes('"memory.indexing"') || request.method === 'HEAD';
    if (answer.status !== 503 || !isIndexing) return answer;
    if (tries === 30) return answer;
    await sleep(1_000);
  }
}

describe('concurrent requests of three users', () => {
  it(
    "never return another user's data in ${REQUESTS} requests, and answer another user's id like an unknown one",
    async () => {
      const stage = await prepareStage();
      const ledger = new Ledger([...tenants, ...expendable]);
      const findings: unknown[] = [];
      const compared = new Set<string>();
      let sent = 0;
      const lanes = Array.from({ length: 50 }, (_, lane) => new Seeded(SEED + lane));
      await inParallel(lanes, 50, async (lane) => {
        while (sent < REQUESTS && findings.length < 10) {
          const { route, actor, request, twin, target } = planAttack(lane.integer(2 ** 31), stage);
          sent++;
          const answer = await sendPatiently(request);
          const leaks = ledger.inspect(route, actor, request, answer);
          // Readiness may honestly say that a busy server cannot keep up, and so may what hashes passwords.
          const isBusy =
            route.endsWith(' /health/ready') ||
            (/\/v1\/auth\/|\/password$/.test(route) && answer.text.includes('"server.busy"'));
          const failed = answer.status >= 500 && !isBusy;
          if (leaks.length > 0 || failed) findings.push({ leaks, route, target, request, answer });
          if (!twin) continue;
          sent++;
          const [seen, expected] = [comparable(answer), comparable(await sendPatiently(twin))];
          compared.add(route);
          try {
            expect(seen).toEqual(expected);
          } catch {
            findings.push({ difference: { seen, expected }, request, twin });
          }
        }
      });
      expect({ seed: SEED, findings }).toEqual({ seed: SEED, findings: [] });
      expect(await strayRows()).toEqual([]);
      expectThorough(stage, ledger, compared);
    },
    Math.max(600_000, REQUESTS * 60),
  );
});

/** They answer with nothing that is anybody's, or seldom do anything: a server's name is taken the second time, and few bodies can be laid over a configuration. */
const NUMBERS_ONLY = [
  'GET /v1/users/me/usage',
  // Any of these requests may end the sessions: accounts.e2e-spec tells whose are shown.
  'GET /v1/auth/sessions',
  'PUT /v1/auth/password',
  'PUT /v1/auth/email',
  'POST /v1/mcp-servers',
  // A user may have ten, and deliveries hold nothing but ids.
  'POST /v1/webhooks',
  'POST /v1/webhooks/:id/test',
  'GET /v1/webhooks/:id/deliveries',
  'POST /v1/webhooks/:id/deliveries/:deliveryId/replay',
  'POST /v1/conversations/bulk-delete',
  'POST /v1/memories/bulk-forget',
  'PUT /v1/conversations/:id/head',
  'PUT /v1/conversations/:id/read',
  'PUT /v1/agent-configs/:id/overrides',
  'GET /v1/memories/stats',
  'POST /v1/memories/rollback',
  'GET /v1/agent-configs/shared',
  'POST /v1/mcp-servers/:id/check',
  'PATCH /v1/conversations/:id/messages/:messageId',
  'GET /v1/conversations/:id/events',
  'GET /v1/stream',
  // Methods by chance: mcp-door.e2e-spec has another user call every tool.
  'POST /mcp',
  'GET /v1/model-calls/:id/events',
  ...['POST', 'GET', 'GET /running/events', 'GET /:turnId', 'GET /:turnId/events'].map(turnRoute),
  ...['POST /:turnId/cancel', 'POST /:turnId/tool-results'].map(turnRoute),
  'POST /compat/openai/v1/chat/completions',
  'POST /v1/model-calls',
  'GET /v1/model-keys',
  'PUT /v1/model-keys/:provider',
  'PUT /v1/reply-cache',
  'PUT /v1/checkpoints',
  'PUT /v1/checkpoints/writes',
  ...['GET', 'GET /:alias', 'PUT /:alias', 'POST /:alias/rollback'].map(aliasRoute),
];

function turnRoute(route: string): string {
  const [method, rest = ''] = route.split(' ') as [string, string?];
  return `${method} /v1/conversations/:id/turns${rest}`;
}

function aliasRoute(route: string): string {
  const [method, rest = ''] = route.split(' ') as [string, string?];
  return `${method} /v1/agent-configs/:id/aliases${rest}`;
}

/** The run proves something only where users did see their own rows, and where another's id was really tried. */
function expectThorough({ routes }: Stage, { sightings }: Ledger, compared: Set<string>): void {
  const forUsers = routes
    .filter(({ access }) => access === 'user')
    .map(({ method, path }) => ({ method, path, route: `${method} ${path}` }));
  const showing = forUsers.filter(
    ({ method, route }) => !['HEAD', 'DELETE'].includes(method) && !NUMBERS_ONLY.includes(route),
  );
  const enough = REQUESTS / routes.length / 100;
  const seldom = showing.map(({ route }) => [route, sightings.get(route) ?? 0] as const);
  expect({ enough, seldom: seldom.filter(([, seen]) => seen < enough) }).toEqual({
    enough,
    seldom: [],
  });
  // What is put under a name is one's own, whoever else has that name.
  expect(
    forUsers.filter(
      ({ path, route, method }) =>
        /:(?!provider)/.test(path) && method !== 'PUT' && !compared.has(route),
    ),
  ).toEqual([]);
}

describe('keys and ids of one user', () => {
  it('do not replay an answer to another user with the same Idempotency-Key', async () => {
    const send = (user: Tenant, path: string) =>
      wire.json('POST', path, { ...bearer(user.key), 'idempotency-key': 'shared-key' }, {});
    const first = await send(ada, '/v1/conversations');
    const second = await send(ben, '/v1/conversations');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.headers['idempotent-replayed']).toBeUndefined();
    expect(JSON.parse(second.text).id).not.toBe(JSON.parse(first.text).id);
    expect((await send(ada, '/v1/conversations')).headers['idempotent-replayed']).toBe('true');
  });

  it('do not match an import of another user with the same import key', async () => {
    const send = (user: Tenant) =>
      wire.json('POST', '/v1/conversations/import', bearer(user.key), {
        importKey: 'shared',
        title: user.canary,
        messages: [],
      });
    const [first, second] = [await send(ada), await send(ben)];
    expect(JSON.parse(first.text)).toMatchObject({
      imported: true,
      conversation: { title: ada.canary },
    });
    expect(JSON.parse(second.text)).toMatchObject({
      imported: true,
      conversation: { title: ben.canary },
    });
  });

  it('allow another user a separate conversation with the same id', async () => {
    const id = ada.conversations[0]!;
    const read = (user: Tenant) =>
      wire.json('GET', `/v1/conversations/${id}/messages?limit=100`, bearer(user.key));
    const before = await read(ada);
    const message = { role: 'user', content: ben.canary };
    const appended = await wire.json(
      'POST',
      `/v1/conversations/${id}/messages?createIfMissing=true`,
      bearer(ben.key),
      message,
    );
    expect([appended.status, JSON.parse(appended.text).data[0].seq]).toEqual([201, 1]);
    expect((await read(ada)).text).toBe(before.text);
    expect((await read(ben)).text).not.toContain(ada.canary);
    expect(
      (await wire.json('DELETE', `/v1/conversations/${id}?purge=true`, bearer(ben.key))).status,
    ).toBe(200);
    expect((await read(ada)).text).toBe(before.text);
  });
});
