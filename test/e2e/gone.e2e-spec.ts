// Every POST with a key, then every way to remove what it made: no table, cache or replay has a word of it afterwards.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RequestContexts } from '../../src/platform/context/index.js';
import { JobHandlers } from '../../src/platform/jobs/index.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { cachedText } from '../support/cache.js';
import { type StartedApi, startApi } from '../support/started-api.js';
import { bearer } from '../support/tenants.js';
import type { WireResponse } from '../support/wire.js';

type Body = Record<string, unknown>;
interface Things {
  word: string;
  user: string;
  ids: Record<string, string>;
}
interface Kept {
  path: string;
  body: Body;
  headers: Record<string, string>;
  answer: WireResponse;
}

let api: StartedApi;
let users = 0;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const HOOK = { url: 'https://app.invalid/', events: ['turn.finished'] };
const PLACE = { transport: 'http', url: 'https://mcp.invalid/' };

/** A look-up keeps nothing, and no answer about accounts is kept. A merge is answered by numbers and ids. A turn is answered as it is by then, and goes with its conversation. */
const OF_NOTHING_KEPT =
  /^\/mcp$|^\/compat\/mem0\/(v3\/memories(\/search)?|search)$|^\/v1\/(store\/read|checkpoints\/search)$|^\/v1\/auth\/|\/lookup$|\/turns\b|\/model-calls\b|\/completions$|\/merge(\/undo)?$/;
/** A check is sent, and answered as it is by then. */
const isOfNow = (path: string) => OF_NOTHING_KEPT.test(path) || path.endsWith('/check');

const mem0Memory = (content: string, name: string): Body => ({
  messages: [{ role: 'user', content }],
  agent_id: name,
  run_id: name,
  app_id: name,
  metadata: { word: name },
});

/** What each POST is sent, with the word in all that it takes. A new one fails the suite until it is here. */
const POSTS: Record<string, { ids?: string; body: (things: Things) => Body }> = {
  '/v1/conversations': { body: ({ word }) => ({ title: word, tags: [word], metadata: { word } }) },
  '/v1/conversations/import': {
    body: ({ word }) => ({
      importKey: word,
      title: word,
      messages: [{ role: 'user', content: word, createdAt: '2026-01-01T00:00:00Z' }],
    }),
  },
  '/v1/conversations/import/batch': {
    body: ({ word }) => ({
      conversations: ['a', 'b'].map((name) => ({
        importKey: `${word} ${name}`,
        title: word,
        messages: [{ role: 'user', content: word }],
      })),
    }),
  },
  '/v1/conversations/:id/messages': {
    ids: 'talk',
    body: ({ word }) => ({
      role: 'user',
      content: [{ type: 'text', text: word }],
      metadata: { b: word, a: 1 },
    }),
  },
  '/v1/conversations/:id/messages/:messageId/redact': {
    ids: 'talk',
    body: ({ word }) => ({ content: `Another ${word}`, reason: word }),
  },
  '/v1/conversations/:id/fork': { ids: 'talk', body: ({ word }) => ({ title: word }) },
  '/v1/conversations/:id/restore': { ids: 'talk', body: () => ({}) },
  '/v1/conversations/:id/summaries': {
    ids: 'talk',
    body: ({ word }) => ({ toSeq: 1, content: word }),
  },
  '/v1/conversations/:id/context': { ids: 'talk', body: ({ word }) => ({ query: word }) },
  '/compat/openai/v1/conversations': {
    body: ({ word }) => ({
      items: [{ role: 'user', content: word }],
      metadata: { [word]: word },
    }),
  },
  '/compat/openai/v1/conversations/:id': {
    ids: 'talk',
    body: ({ word }) => ({ metadata: { word } }),
  },
  '/compat/openai/v1/conversations/:id/items': {
    ids: 'talk',
    body: ({ word }) => ({ items: [{ type: 'message', role: 'user', content: word }] }),
  },
  // A job that has not run yet keeps its filter.
  '/v1/conversations/bulk-delete': {
    body: ({ word }) => ({ filter: { tags: word }, dryRun: true }),
  },
  '/v1/memories/bulk-forget': { body: ({ word }) => ({ filter: { tags: word }, dryRun: true }) },
  '/v1/memories': {
    body: ({ word, ids }) => ({
      content: `Another ${word}`,
      tags: [word],
      metadata: { word },
      agentId: word,
      conversationId: ids['talk'],
    }),
  },
  '/v1/memories/search': { body: ({ word }) => ({ query: word }) },
  '/v1/memories/rollback': { body: ({ word }) => ({ asOf: '2100-01-01T00:00:00Z', reason: word }) },
  '/v1/memories/:id/rollback': {
    ids: 'memory',
    body: ({ word }) => ({ version: 1, reason: word }),
  },
  '/compat/mem0/v3/memories/add': { body: ({ word }) => mem0Memory(`Another ${word}`, word) },
  '/compat/mem0/memories': { body: ({ word }) => mem0Memory(`One more ${word}`, word) },
  '/v1/store/batch': {
    body: ({ word }) => ({
      get: [{ namespace: ['gone'], key: 'kept' }],
      search: [{ prefix: ['gone'], query: word }],
      put: [{ namespace: [word], key: word, value: { word } }],
    }),
  },
  '/v1/tasks': { body: ({ word }) => ({ title: word, description: word, metadata: { word } }) },
  '/v1/tasks/:id/restore': { ids: 'task', body: () => ({}) },
  '/v1/events': {
    body: ({ word }) => ({ title: word, location: word, start: '2026-06-01T10:00:00Z' }),
  },
  '/v1/events/:id/restore': { ids: 'event', body: () => ({}) },
  '/v1/agent-configs': {
    body: ({ word }) => ({ name: `${word} 2`, systemPrompt: word, message: word }),
  },
  '/v1/agent-configs/:id/copy': { ids: 'config', body: ({ word }) => ({ name: `${word} 3` }) },
  '/v1/agent-configs/:id/aliases/prod/rollback': { ids: 'config', body: () => ({}) },
  '/v1/mcp-servers': {
    body: ({ word }) => ({ name: `${word}2`, ...PLACE, headers: { [word]: word } }),
  },
  '/v1/mcp-servers/:id/check': { ids: 'server', body: () => ({}) },
  '/v1/users': {
    body: ({ word }) => ({ name: word, email: `${word}@mail.example`, settings: { word } }),
  },
  '/v1/api-keys': { body: ({ word, user }) => ({ name: word, userId: user }) },
  '/v1/api-keys/:id/rotate': { ids: 'key', body: () => ({}) },
  '/v1/admin/agent-configs': { body: ({ word }) => ({ name: `${word} 2`, systemPrompt: word }) },
  '/v1/admin/agent-configs/:id/copy': { ids: 'house', body: ({ word }) => ({ name: `${word} 3` }) },
  '/v1/admin/agent-configs/:id/share': { ids: 'house', body: () => ({}) },
  '/v1/admin/agent-configs/:id/unshare': { ids: 'house', body: () => ({}) },
  '/v1/admin/agent-configs/:id/aliases/prod/rollback': { ids: 'house', body: () => ({}) },
  '/v1/admin/mcp-servers': { body: ({ word }) => ({ name: `${word}2`, ...PLACE }) },
  '/v1/admin/mcp-servers/:id/check': { ids: 'houseServer', body: () => ({}) },
  '/v1/webhooks': { body: ({ word }) => ({ ...HOOK, description: `${word} 2` }) },
  '/v1/webhooks/:id/rotate-secret': { ids: 'webhook', body: () => ({}) },
  '/v1/webhooks/:id/test': { ids: 'webhook', body: () => ({}) },
  '/v1/webhooks/:id/deliveries/:deliveryId/replay': { ids: 'webhook', body: () => ({}) },
  '/v1/admin/webhooks': { body: ({ word }) => ({ ...HOOK, description: `${word} 2` }) },
  '/v1/admin/webhooks/:id/rotate-secret': { ids: 'houseWebhook', body: () => ({}) },
  '/v1/admin/webhooks/:id/test': { ids: 'houseWebhook', body: () => ({}) },
  '/v1/admin/webhooks/:id/deliveries/:deliveryId/replay': {
    ids: 'houseWebhook',
    body: () => ({}),
  },
  '/v1/admin/jobs/:id/retry': { ids: 'job', body: () => ({}) },
};

const postRoutes = (): string[] =>
  api.routes
    .filter(({ method }) => method === 'POST')
    .map(({ path }) => path.replace(':alias', 'prod'));
const service = () => bearer(api.app.serviceKey);
const acting = ({ user }: Things) => ({ ...service(), 'threadkeep-user': user });
const headersFor = (path: string, things: Things) =>
  /^\/v1\/(admin|users|api-keys)/.test(path) ? service() : acting(things);

async function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: Body,
): Promise<WireResponse> {
  const answer = await api.wire.json(method, path, headers, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer;
}
const made = async (path: string, headers: Record<string, string>, body: Body): Promise<string> =>
  (JSON.parse((await send('POST', path, headers, body)).text) as { id: string }).id;

/** A user who has one of each kind, all with the word in them. */
async function prepare(): Promise<Things> {
  const word = `zqgone${String.fromCharCode(97 + users++)}`;
  const user = await made('/v1/users', service(), { name: word, email: `${word}1@mail.example` });
  const things: Things = { word, user, ids: {} };
  const own = acting(things);
  const { ids } = things;
  ids['talk'] = await made('/v1/conversations', own, { title: word });
  const appended = await send('POST', `/v1/conversations/${ids['talk']}/messages`, own, {
    role: 'user',
    content: word,
  });
  ids['message'] = (JSON.parse(appended.text) as { data: [{ id: string }] }).data[0].id;
  ids['memory'] = await made('/v1/memories', own, { content: `Likes ${word}` });
  ids['task'] = await made('/v1/tasks', own, { title: word });
  ids['event'] = await made('/v1/events', own, { title: word, start: '2026-06-01T10:00:00Z' });
  ids['config'] = await configured('/v1/agent-configs', own, word);
  ids['house'] = await configured('/v1/admin/agent-configs', service(), word);
  ids['server'] = await made('/v1/mcp-servers', own, { name: word, ...PLACE });
  ids['houseServer'] = await made('/v1/admin/mcp-servers', service(), { name: word, ...PLACE });
  const item = { namespace: ['gone'], key: 'kept', value: { word } };
  await send('POST', '/v1/store/batch', own, { put: [item] });
  await send('PUT', '/v1/checkpoints', own, checkpointOf(word));
  for (const [name, path, by] of [
    ['webhook', '/v1/webhooks', own],
    ['houseWebhook', '/v1/admin/webhooks', service()],
  ] as const) {
    ids[name] = await made(path, by, { ...HOOK, description: word });
    ids[`${name} delivery`] = await made(`${path}/${ids[name]}/test`, by, {});
  }
  await send('PUT', '/v1/reply-cache', own, { question: { word }, reply: { word } });
  ids['key'] = await made('/v1/api-keys', service(), { name: word, userId: user });
  ids['job'] = user;
  await api.app.database.admin(
    `insert into threadkeep.job (id, user_id, name, payload, status, attempts, max_attempts, error, finished_at)
     values ($1, $1, 'retention.purge', jsonb_build_object('word', $2::text), 'failed', 8, 8, $2, now())`,
    [user, word],
  );
  return things;
}

async function configured(
  path: string,
  headers: Record<string, string>,
  word: string,
): Promise<string> {
  const id = await made(path, headers, { name: word, systemPrompt: word });
  await send('PATCH', `${path}/${id}`, headers, { systemPrompt: `${word} again` });
  for (const version of [1, 2])
    await send('PUT', `${path}/${id}/aliases/prod`, headers, { version });
  return id;
}

/** Each POST once with a key, and again: the same bytes. */
async function postAll(things: Things): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const route of postRoutes().filter((path) => !isOfNow(path))) {
    const { ids, body } = POSTS[route]!;
    const path = ids
      ? route
          .replace(':id', things.ids[ids]!)
          .replace(':messageId', things.ids['message']!)
          .replace(':deliveryId', things.ids[`${ids} delivery`]!)
      : route;
    const one = {
      path,
      body: body(things),
      headers: { ...headersFor(route, things), 'idempotency-key': `${things.word}-${kept.length}` },
    };
    const answer = await send('POST', path, one.headers, one.body);
    const again = await send('POST', path, one.headers, one.body);
    const first = route.startsWith('/v1/api-keys')
      ? answer.text.replace(/"key":"[^"]+"/, '"key":null')
      : answer.text.replace(/"secret":"whsec_[^"]+"/, '"secret":null');
    expect([route, again.status, again.headers['idempotent-replayed'], again.text]).toEqual([
      route,
      answer.status,
      'true',
      first,
    ]);
    kept.push({ ...one, answer });
  }
  return kept;
}

async function replaysWith(word: string, kept: Kept[]): Promise<string[]> {
  const found: string[] = [];
  for (const { path, body, headers } of kept)
    if ((await api.wire.json('POST', path, headers, body)).text.includes(word)) found.push(path);
  return found;
}

/** Every text, jsonb and bytea of every table, as the catalog has them; of bytes also what they are as text. */
async function rowsWith(word: string): Promise<string[]> {
  const columns = `select format('%I.%I', n.nspname, c.relname) as table, format('%I', a.attname) as column, a.atttypid = 'bytea'::regtype as bytes
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and a.attnum > 0 and not a.attisdropped`;
  const looks = (
    (await api.app.database.admin(columns)).rows as {
      table: string;
      column: string;
      bytes: boolean;
    }[]
  ).map(({ table, column, bytes }) => {
    const text = bytes ? `encode(${column}, 'escape')` : `${column}::text`;
    return `select '${table}.${column}' as place where exists (select from ${table} where ${text} ilike $1)`;
  });
  return (
    (await api.app.database.admin(looks.join(' union all '), [`%${word}%`])).rows as {
      place: string;
    }[]
  ).map(({ place }) => place);
}

const cached = () => cachedText(api.app.app);

const COLLECTIONS = [
  'conversations',
  'tasks',
  'events',
  'memories',
  'mcp-servers',
  'webhooks',
  'agent-configs',
];
const HOW: Record<string, string> = { 'agent-configs': '?force=true' };

const checkpointOf = (word: string): Body => {
  const packed = { type: 'json', data: Buffer.from(word).toString('base64') };
  return {
    ...{ threadId: word, namespace: '', checkpointId: '1', checkpoint: packed, metadata: packed },
    ...{ labels: { word }, channels: { [word]: '1' } },
    values: [{ channel: word, version: '1', ...packed }],
  };
};

/** Deletes all of the user's by their lists; a purge reaches what is in the bin. */
async function removeEach(things: Things, how: (collection: string) => string): Promise<void> {
  for (const collection of COLLECTIONS) {
    const { data } = JSON.parse(
      (await send('GET', `/v1/${collection}?limit=100`, acting(things))).text,
    ) as { data: { id: string; owner?: string }[] };
    for (const { id, owner } of data)
      if (owner !== 'service')
        await send(
          'DELETE',
          `/v1/${collection}/${id}${HOW[collection] ?? how(collection)}`,
          acting(things),
        );
  }
  const { word } = things;
  const items = [
    { namespace: ['gone'], key: 'kept' },
    { namespace: [word], key: word },
  ];
  await send('POST', '/v1/store/batch', acting(things), { delete: items });
  await send('DELETE', `/v1/checkpoints?threadId=${word}`, acting(things));
}

async function removeHouse({ word }: Things): Promise<void> {
  for (const collection of ['mcp-servers', 'webhooks', 'agent-configs']) {
    const { data } = JSON.parse(
      (await send('GET', `/v1/admin/${collection}?limit=100`, service())).text,
    ) as { data: { id: string; name?: string; description?: string }[] };
    for (const { id, name, description } of data)
      if ((name ?? description)?.includes(word))
        await send('DELETE', `/v1/admin/${collection}/${id}${HOW[collection] ?? ''}`, service());
  }
}

const run = async (job: string, { user }: Things): Promise<void> => {
  const step = <T>(work: () => Promise<T>) => api.app.app.get(ScopedDatabase).transaction(work);
  const handler = api.app.app.get(JobHandlers).get(job);
  await api.app.app.get(RequestContexts).runAsUser(user, () =>
    handler.run(
      {},
      {
        id: user,
        attempt: 1,
        signal: new AbortController().signal,
        report: () => {},
        keep: () => {},
        again: () => undefined,
        step,
      },
    ),
  );
};

const purging = (collection: string) =>
  ['conversations', 'tasks', 'events', 'memories'].includes(collection) ? '?purge=true' : '';

/** Ways to remove all that a user has. */
const WAYS: [title: string, remove: (things: Things) => Promise<void>][] = [
  ['purged', (things) => removeEach(things, purging)],
  [
    'deleted, and purged by the retention',
    async (things) => {
      await removeEach(things, () => '');
      await api.app.database.admin(
        ['conversation', 'task', 'event']
          .map(
            (table) =>
              `update threadkeep.${table} set deleted_at = now() - interval '40 days' where user_id = '${things.user}'`,
          )
          .join(';'),
      );
      await run('retention.purge', things);
    },
  ],
  [
    'purged, with memories that expire',
    async (things) => {
      await api.app.database.admin(
        `update threadkeep.memory set expires_at = now() where user_id = $1 and superseded_at is null and content is not null`,
        [things.user],
      );
      await run('memory.expire', things);
      await removeEach(things, purging);
    },
  ],
  [
    'deleted with the user',
    async ({ user }) => void (await send('DELETE', `/v1/users/${user}`, service())),
  ],
  [
    'deleted by the user, who goes',
    async (things) => void (await send('DELETE', '/v1/users/me', acting(things))),
  ],
];

/** What stays of a user who goes on: the user, keys that are revoked but known, and jobs until they expire. */
const OF_THE_USER =
  /app_user|api_key|threadkeep\.job\.|idempotency_key\.(key|body)|idempotency_subject\.key/;

describe('what was created with an Idempotency-Key', () => {
  it('covers every POST route', () => {
    const routes = postRoutes().filter((path) => !OF_NOTHING_KEPT.test(path));
    expect(routes.sort()).toEqual(Object.keys(POSTS).sort());
  });

  it.each(WAYS)('is in no table, cache or replay after it is %s', async (title, remove) => {
    const things = await prepare();
    const { word } = things;
    const kept = await postAll(things);
    expect((await rowsWith(word)).length).toBeGreaterThan(10);
    // Users that were made with a key go, too, whichever way the rest goes.
    const person = kept.find(({ path }) => path === '/v1/users')!;
    await send(
      'DELETE',
      `/v1/users/${(JSON.parse(person.answer.text) as { id: string }).id}`,
      service(),
    );
    await remove(things);
    await removeHouse(things);
    const userGoes = title.includes('user');
    const rows = await rowsWith(word);
    expect(rows.filter((place) => !OF_THE_USER.test(place))).toEqual([]);
    // Keys have the word in their names here, and the answer to the one about the API key is of a key that is there.
    if (userGoes)
      expect(rows.filter((place) => !/idempotency_(key|subject)\.key/.test(place))).toEqual([]);
    expect(cached()).not.toContain(word);
    if (userGoes) return;
    const replays = await replaysWith(word, kept);
    expect(replays.filter((path) => !/api-keys|jobs/.test(path))).toEqual([]);
  });
});
