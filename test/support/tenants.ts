// Users whose data carries a word of their own, so that one look at an answer tells whose rows are in it.
import { uuidv7 } from 'uuidv7';
import { QUESTION } from '../../src/chat/reply-cache/dto/reply-cache.dto.js';
import { giveAccount, openSession } from './accounts.js';
import type { TestApp } from './app.js';
import type { TestDatabase } from './database.js';
import type { Seeded } from './seeded.js';
import type { Wire, WireResponse } from './wire.js';

export interface Tenant {
  id: string;
  externalId: string;
  /** One lexeme that stands in every title, tag, metadata and message of this user, and in nobody else's. */
  canary: string;
  key: string;
  readOnlyKey: string;
  /** The id of a further key of this user. */
  spareKeyId: string;
  /** The first has the canary as its key. */
  conversations: string[];
  /** What each of the conversations has, in the same order. */
  parts: Parts[];
  tasks: string[];
  events: string[];
  memories: string[];
  configs: string[];
  /** Of the service, shared with everybody: there is nothing of the user in them. */
  houseConfigs: string[];
  mcpServers: string[];
  /** Of the service, for one of its configurations. */
  houseServers: string[];
  webhooks: string[];
  deliveries: string[];
  /** Of the service, the same for all. */
  houseWebhook: string;
  houseDelivery: string;
  /** Each has failed, so that it can be tried again. */
  jobs: string[];
  /** Each has failed, so that it can be tried again. */
  modelCalls: string[];
  /** Sessions, whose clients have the canary as their name. */
  sessions: string[];
}

/** Named in paths by the parameters of these names. */
export interface Parts {
  summaryId: string;
  manifestId: string;
  messageId: string;
  turnId: string;
}

const TURN_OPTIONS = JSON.stringify({
  ...{ model: { provider: 'openai', name: 'sample' }, parameters: {}, context: {} },
  ...{ agentConfigId: null, onCrash: 'interrupt' },
  replyCache: { ttlSeconds: 0, maxAgeSeconds: null },
});

export const CANARY = /zq[0-9a-f]{16}/g;

export const newCanary = (random: Seeded): string => `zq${random.hex(16)}`;

export const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

/** A user with keys and `conversations` conversations of three messages, every second one archived; and as many of most other things, up to six. */
export async function createTenant(
  wire: Wire,
  { serviceKey, database }: Pick<TestApp, 'serviceKey' | 'database'>,
  random: Seeded,
  conversations: number,
): Promise<Tenant> {
  const canary = newCanary(random);
  const externalId = `ext-${canary}`;
  const service = bearer(serviceKey);
  const user = await made(
    wire.json('POST', '/v1/users', service, {
      externalId,
      email: `${canary}@mail.example`,
      name: canary,
      settings: { canary },
    }),
  );
  const key = (readOnly: boolean) =>
    made(
      wire.json('POST', '/v1/api-keys', service, { userId: user['id'], name: canary, readOnly }),
    );
  const [full, reading, spare] = [await key(false), await key(true), await key(false)];
  const tenant: Tenant = {
    id: user['id'] as string,
    externalId,
    canary,
    key: full['key'] as string,
    readOnlyKey: reading['key'] as string,
    spareKeyId: spare['id'] as string,
    conversations: [],
    parts: [],
    tasks: [],
    events: [],
    memories: [],
    configs: [],
    houseConfigs: [],
    mcpServers: [],
    houseServers: [],
    webhooks: [],
    deliveries: [],
    ...(await houseWebhook(wire, service)),
    jobs: [],
    modelCalls: [],
    sessions: [],
  };
  for (let i = 0; i < conversations; i++)
    tenant.conversations.push(
      await createConversation(wire, tenant, i % 2 === 1, i === 0 ? canary : null),
    );
  for (const id of tenant.conversations)
    tenant.parts.push(await createParts(wire, database, tenant, id));
  await giveAccount(database, tenant.id);
  tenant.sessions.push((await openSession(database, tenant.id, canary)).id);
  await made(wire.json('PUT', '/v1/model-keys/sample', bearer(tenant.key), { apiKey: canary }));
  await made(
    wire.json('PUT', '/v1/reply-cache', bearer(tenant.key), {
      question: QUESTION.example,
      reply: { canary },
      ttlSeconds: 86_400,
    }),
  );
  const things = Math.min(THINGS, conversations);
  for (let i = 0; i < things; i++) await plan(wire, tenant);
  await made(
    wire.json('PUT', `/v1/memory-blocks/${labelOf(canary)}`, bearer(tenant.key), {
      content: canary,
    }),
  );
  tenant.houseConfigs.push(await createHouseConfig(wire, service, tenant, random));
  const [agentConfigId] = tenant.houseConfigs;
  tenant.houseServers.push(
    (
      await made(
        wire.json('POST', '/v1/admin/mcp-servers', service, {
          name: 'house',
          agentConfigId,
          transport: 'sse',
          url: UNREACHABLE,
        }),
      )
    )['id'] as string,
  );
  await made(
    wire.json('GET', `/v1/agent-configs/${tenant.configs[0]!}/effective?secrets=true`, {
      ...service,
      'threadkeep-user': tenant.id,
    }),
  );
  for (let i = 0; i < Math.min(things, MAX_HOOKS); i++) await createWebhook(wire, tenant);
  for (let i = 0; i < things; i++) tenant.jobs.push(await failedJob(database, tenant, random));
  for (let i = 0; i < things; i++) tenant.modelCalls.push(await failedCall(database, tenant));
  return tenant;
}

/** No name ends like this: a check of it fails at once. */
const UNREACHABLE = 'https://mcp.invalid/';

/** Tasks, events, memories, configurations, servers and jobs of each user, where there are as many conversations. */
const THINGS = 6;

async function plan(
  wire: Wire,
  { key, canary, conversations, tasks, events, memories, configs, mcpServers }: Tenant,
): Promise<void> {
  const details = {
    title: canary,
    description: `common ${canary}`,
    metadata: { canary },
    conversationId: conversations[0],
  };
  const soon = new Date(Date.now() + 86_400_000).toISOString();
  const past = new Date(Date.now() - 86_400_000).toISOString();
  const dueAt = tasks.length % 2 === 0 ? soon : past;
  tasks.push(
    (await made(wire.json('POST', '/v1/tasks', bearer(key), { ...details, dueAt })))[
      'id'
    ] as string,
  );
  // Different in what they say: the same again would be no other memory.
  const memory = {
    content: `common ${canary} ${memories.length}`,
    tags: [canary],
    metadata: { canary },
    sourceMessageIds: [],
  };
  memories.push(
    (await made(wire.json('POST', '/v1/memories', bearer(key), memory)))['id'] as string,
  );
  configs.push(await createConfig(wire, key, canary, configs.length));
  const server = {
    name: `${canary}.${mcpServers.length}`,
    transport: 'http',
    url: `${UNREACHABLE}${canary}`,
    headers: { [canary]: canary },
  };
  mcpServers.push(
    (await made(wire.json('POST', '/v1/mcp-servers', bearer(key), server)))['id'] as string,
  );
  events.push(
    (
      await made(
        wire.json('POST', '/v1/events', bearer(key), { ...details, location: canary, start: soon }),
      )
    )['id'] as string,
  );
}

/** In its second version, with an alias that has moved once. */
async function createConfig(wire: Wire, key: string, canary: string, n: number): Promise<string> {
  const id = await versioned(wire, '/v1/agent-configs', bearer(key), aliasOf(canary), {
    name: `${canary} ${n}`,
    tags: [canary],
    systemPrompt: canary,
    message: canary,
  });
  await made(
    wire.json('PUT', `/v1/agent-configs/${id}/overrides`, bearer(key), {
      systemPrompt: `over ${canary}`,
    }),
  );
  return id;
}

/** Its alias has the name that paths of this tenant have. */
async function createHouseConfig(
  wire: Wire,
  service: Record<string, string>,
  { canary }: Tenant,
  random: Seeded,
): Promise<string> {
  const id = await versioned(wire, '/v1/admin/agent-configs', service, aliasOf(canary), {
    name: `house ${random.hex(12)}`,
    systemPrompt: 'house',
  });
  await made(wire.json('POST', `/v1/admin/agent-configs/${id}/share`, service, {}));
  return id;
}

async function versioned(
  wire: Wire,
  path: string,
  credential: Record<string, string>,
  alias: string,
  content: object,
): Promise<string> {
  const { id } = await made(wire.json('POST', path, credential, content));
  await made(
    wire.json('PATCH', `${path}/${id as string}`, credential, {
      ...content,
      systemPrompt: 'second',
    }),
  );
  for (const version of [1, 2])
    await made(
      wire.json('PUT', `${path}/${id as string}/aliases/${alias}`, credential, { version }),
    );
  return id as string;
}

/** Leaves room for others: a user may have ten. */
const MAX_HOOKS = 4;

async function createWebhook(
  wire: Wire,
  { key, canary, webhooks, deliveries }: Tenant,
): Promise<void> {
  const body = { url: `${UNREACHABLE}${canary}`, description: canary, events: ['turn.finished'] };
  const { id } = await made(wire.json('POST', '/v1/webhooks', bearer(key), body));
  webhooks.push(id as string);
  const test = wire.json('POST', `/v1/webhooks/${id as string}/test`, bearer(key), {});
  deliveries.push((await made(test))['id'] as string);
}

/** The one that is there, or a new one, with a delivery. */
async function houseWebhook(
  wire: Wire,
  service: Record<string, string>,
): Promise<Pick<Tenant, 'houseWebhook' | 'houseDelivery'>> {
  const path = '/v1/admin/webhooks';
  const { data } = await made(wire.json('GET', `${path}?filter[enabled]=true`, service));
  const body = { url: UNREACHABLE, events: ['message.created', 'memory.created'] };
  const { id } =
    (data as { id: string }[])[0] ?? (await made(wire.json('POST', path, service, body)));
  const test = wire.json('POST', `${path}/${id as string}/test`, service, {});
  return { houseWebhook: id as string, houseDelivery: (await made(test))['id'] as string };
}

/** No request makes one by itself. */
async function failedJob(
  database: TestApp['database'],
  { id: userId, canary }: Tenant,
  random: Seeded,
): Promise<string> {
  const id = random.uuid();
  await database.admin(
    `insert into threadkeep.job (id, user_id, name, key, payload, status, attempts, max_attempts, error, started_at, finished_at)
     values ($1, $2, $3, $3 || $1::uuid, jsonb_build_object('canary', $3::text), 'failed', 8, 8, $3, now(), now())`,
    [id, userId, canary],
  );
  return id;
}

/** No model is there to fail. */
export async function failedCall(
  database: TestApp['database'],
  { id: userId, canary }: Pick<Tenant, 'id' | 'canary'>,
): Promise<string> {
  const { rows } = await database.admin(
    `insert into threadkeep.model_call (user_id, id, state, priority, provider, model, request, on_crash, reply, error, finished_at)
     values ($1, gen_random_uuid(), 'failed', 2, 'sample', $2, $3, 'fail', $4, $5, now()) returning id`,
    [
      userId,
      canary,
      JSON.stringify({ system: canary, messages: [], parameters: {}, tools: [] }),
      JSON.stringify([{ type: 'text', text: canary }]),
      JSON.stringify({ code: 'model.refused', message: canary }),
    ],
  );
  return rows[0]!['id'] as string;
}

/** One of the many that a user cannot have, whose secret nobody can open. */
export async function insertWebhook(
  database: TestDatabase,
  userId: string | null,
): Promise<{ id: string; deliveryId: string }> {
  const [prefix, column, owner] = userId
    ? ['', 'user_id', userId]
    : ['service_', 'owner', 'service'];
  const { rows } = await database.admin(
    `with hook as (
       insert into threadkeep.${prefix}webhook (${column}, id, url, events, secret)
       values ($1, gen_random_uuid(), '${UNREACHABLE}', '{turn.finished}', '\\x00') returning ${column}, id)
     insert into threadkeep.${prefix}webhook_delivery (${column}, id, webhook_id, type, data)
     select ${column}, gen_random_uuid(), id, 'webhook.test', '{}' from hook returning id, webhook_id`,
    [owner],
  );
  return { id: rows[0]!['webhook_id'] as string, deliveryId: rows[0]!['id'] as string };
}

export async function createConversation(
  wire: Wire,
  { key, canary }: Pick<Tenant, 'key' | 'canary'>,
  archived = false,
  ownKey: string | null = null,
): Promise<string> {
  const conversation = await made(
    wire.json('POST', '/v1/conversations', bearer(key), {
      key: ownKey,
      title: canary,
      tags: [canary, 'common'],
      metadata: { canary },
    }),
  );
  const id = conversation['id'] as string;
  const messages = [
    { role: 'user', content: `common ${canary}`, metadata: { canary } },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: `common ${canary}` },
        { type: 'tool_call', name: canary, arguments: { canary } },
      ],
    },
    { role: 'tool', content: [{ type: 'tool_result', output: canary }] },
  ];
  await made(wire.json('POST', `/v1/conversations/${id}/messages`, bearer(key), { messages }));
  if (archived)
    await made(wire.json('PATCH', `/v1/conversations/${id}`, bearer(key), { status: 'archived' }));
  return id;
}

/** A summary of it, a context that was given out, a turn that waits, and a message in progress. */
export async function createParts(
  wire: Wire,
  database: TestDatabase,
  { key, canary }: Pick<Tenant, 'key' | 'canary'>,
  conversationId: string,
): Promise<Parts> {
  const post = (kind: string, body: object) =>
    made(wire.json('POST', `/v1/conversations/${conversationId}/${kind}`, bearer(key), body));
  const summary = await post('summaries', { toSeq: 1, content: canary });
  const context = await post('context', { budgetTokens: 1_000 });
  const turnId = uuidv7();
  const { data } = await post('messages', {
    ...{ role: 'assistant', content: canary, metadata: { canary, turnId } },
    ...{ status: 'in_progress', leaseSeconds: 86_400 },
  });
  await database.admin(
    `insert into threadkeep.turn (user_id, id, conversation_id, state, options, reply_id, reply_seq, manifest_id)
     select user_id, $3, conversation_id, 'waiting_for_tools', $2, id, seq, $4
       from threadkeep.message where id = $1`,
    [(data as [{ id: string }])[0].id, TURN_OPTIONS, turnId, context['manifestId']],
  );
  return {
    turnId,
    summaryId: summary['id'] as string,
    manifestId: context['manifestId'] as string,
    messageId: (data as [{ id: string }])[0].id,
  };
}

async function made(answer: Promise<WireResponse>): Promise<Record<string, unknown>> {
  const { status, text } = await answer;
  if (status >= 300) throw new Error(`the set-up got ${status}: ${text}`);
  return JSON.parse(text || '{}') as Record<string, unknown>;
}

/** Problems name the path, so these are no canaries. */
export const labelOf = (canary: string): string => `block-${canary.slice(2)}`;

const aliasOf = (canary: string): string => `alias-${canary.slice(2)}`;

/** Which of a tenant's things a parameter of a path names. A route of a new kind must be added here to be attacked properly. */
export function ownIdFor(
  path: string,
  {
    id,
    spareKeyId,
    conversations,
    parts,
    tasks,
    events,
    memories,
    configs,
    houseConfigs,
    mcpServers,
    houseServers,
    webhooks,
    deliveries,
    houseWebhook,
    houseDelivery,
    jobs,
    modelCalls,
    sessions,
    canary,
  }: Owned,
  slot = 0,
  parameter = ':id',
): string {
  // A block is found by its name, and each user has one.
  if (parameter === ':label') return labelOf(canary);
  if (parameter === ':alias') return aliasOf(canary);
  if (parameter === ':provider') return 'sample';
  // The only item of a message.
  if (parameter === ':itemId') return partOf(parts[slot % parts.length]!, ':messageId');
  if (parameter === ':deliveryId')
    return path.startsWith('/v1/admin') ? houseDelivery : deliveries[slot % deliveries.length]!;
  if (parameter !== ':id') return partOf(parts[slot % parts.length]!, parameter);
  if (/^(\/compat\/openai)?\/v1\/conversations\/:id/.test(path))
    return conversations[slot % conversations.length]!;
  if (path.startsWith('/v1/messages/:id')) return partOf(parts[slot % parts.length]!, ':messageId');
  if (path.startsWith('/v1/tasks/:id')) return tasks[slot % tasks.length]!;
  if (path.startsWith('/v1/events/:id')) return events[slot % events.length]!;
  if (/^(\/compat\/mem0)?(\/v1)?\/memories\/:id/.test(path))
    return memories[slot % memories.length]!;
  if (path.startsWith('/v1/agent-configs/:id')) return configs[slot % configs.length]!;
  if (path.startsWith('/v1/admin/agent-configs/:id'))
    return houseConfigs[slot % houseConfigs.length]!;
  if (path.startsWith('/v1/mcp-servers/:id')) return mcpServers[slot % mcpServers.length]!;
  if (path.startsWith('/v1/admin/mcp-servers/:id'))
    return houseServers[slot % houseServers.length]!;
  if (path.startsWith('/v1/webhooks/:id')) return webhooks[slot % webhooks.length]!;
  if (path.startsWith('/v1/admin/webhooks/:id')) return houseWebhook;
  if (path.includes('/jobs/:id')) return jobs[slot % jobs.length]!;
  if (path.startsWith('/v1/model-calls/:id')) return modelCalls[slot % modelCalls.length]!;
  if (path.startsWith('/v1/auth/sessions/:id')) return sessions[slot % sessions.length]!;
  if (path.startsWith('/v1/users/:id')) return id;
  if (path.startsWith('/v1/api-keys/:id')) return spareKeyId;
  throw new Error(`test/support/tenants.ts does not know what :id stands for in ${path}`);
}

function partOf(parts: Parts, parameter: string): string {
  const found = Object.entries(parts).find(([name]) => `:${name}` === parameter);
  if (!found) throw new Error(`test/support/tenants.ts does not know what ${parameter} stands for`);
  return found[1] as string;
}

type Owned = Pick<
  Tenant,
  | 'id'
  | 'sessions'
  | 'spareKeyId'
  | 'conversations'
  | 'parts'
  | 'tasks'
  | 'events'
  | 'memories'
  | 'configs'
  | 'houseConfigs'
  | 'mcpServers'
  | 'houseServers'
  | 'webhooks'
  | 'deliveries'
  | 'houseWebhook'
  | 'houseDelivery'
  | 'jobs'
  | 'modelCalls'
  | 'canary'
>;
