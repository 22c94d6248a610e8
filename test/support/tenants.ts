// Users whose data carries a word of their own, so that one look at an answer tells whose rows are in it.
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
  conversations: string[];
  tasks: string[];
  events: string[];
}

export const CANARY = /zq[0-9a-f]{16}/g;

export const newCanary = (random: Seeded): string => `zq${random.hex(16)}`;

export const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

/** A user with keys and `conversations` conversations of three messages; every second one is archived. */
export async function createTenant(wire: Wire, serviceKey: string, random: Seeded, conversations: number): Promise<Tenant> {
  const canary = newCanary(random);
  const externalId = `ext-${canary}`;
  const service = bearer(serviceKey);
  const user = await made(wire.json('POST', '/v1/users', service, { externalId, email: `${canary}@mail.example`, name: canary, settings: { canary } }));
  const key = (readOnly: boolean) => made(wire.json('POST', '/v1/api-keys', service, { userId: user['id'], name: canary, readOnly }));
  const [full, reading, spare] = [await key(false), await key(true), await key(false)];
  const tenant: Tenant = {
    id: user['id'] as string,
    externalId,
    canary,
    key: full['key'] as string,
    readOnlyKey: reading['key'] as string,
    spareKeyId: spare['id'] as string,
    conversations: [],
    tasks: [],
    events: [],
  };
  for (let i = 0; i < conversations; i++) tenant.conversations.push(await createConversation(wire, tenant, i % 2 === 1));
  for (let i = 0; i < PLANNED; i++) await plan(wire, tenant);
  return tenant;
}

/** Tasks, and events, of each user. */
const PLANNED = 6;

async function plan(wire: Wire, { key, canary, conversations, tasks, events }: Tenant): Promise<void> {
  const details = { title: canary, description: `common ${canary}`, metadata: { canary }, conversationId: conversations[0] };
  const soon = new Date(Date.now() + 86_400_000).toISOString();
  const past = new Date(Date.now() - 86_400_000).toISOString();
  const dueAt = tasks.length % 2 === 0 ? soon : past;
  tasks.push((await made(wire.json('POST', '/v1/tasks', bearer(key), { ...details, dueAt })))['id'] as string);
  events.push((await made(wire.json('POST', '/v1/events', bearer(key), { ...details, location: canary, start: soon })))['id'] as string);
}

export async function createConversation(wire: Wire, { key, canary }: Pick<Tenant, 'key' | 'canary'>, archived = false): Promise<string> {
  const conversation = await made(wire.json('POST', '/v1/conversations', bearer(key), { title: canary, tags: [canary, 'common'], metadata: { canary } }));
  const id = conversation['id'] as string;
  const messages = [
    { role: 'user', content: `common ${canary}`, metadata: { canary } },
    { role: 'assistant', content: [{ type: 'text', text: `common ${canary}` }, { type: 'tool_call', name: canary, arguments: { canary } }] },
    { role: 'tool', content: [{ type: 'tool_result', output: canary }] },
  ];
  await made(wire.json('POST', `/v1/conversations/${id}/messages`, bearer(key), { messages }));
  if (archived) await made(wire.json('PATCH', `/v1/conversations/${id}`, bearer(key), { status: 'archived' }));
  return id;
}

async function made(answer: Promise<WireResponse>): Promise<Record<string, unknown>> {
  const { status, text } = await answer;
  if (status >= 300) throw new Error(`the set-up got ${status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

/** Which of a tenant's things the `:id` of a path names. A route of a new kind must be added here to be attacked properly. */
export function ownIdFor(path: string, { id, spareKeyId, conversations, tasks, events }: Owned, slot = 0): string {
  if (path.startsWith('/v1/conversations/:id')) return conversations[slot % conversations.length]!;
  if (path.startsWith('/v1/tasks/:id')) return tasks[slot % tasks.length]!;
  if (path.startsWith('/v1/events/:id')) return events[slot % events.length]!;
  if (path.startsWith('/v1/users/:id')) return id;
  if (path.startsWith('/v1/api-keys/:id')) return spareKeyId;
  throw new Error(`test/support/tenants.ts does not know what :id stands for in ${path}`);
}

type Owned = Pick<Tenant, 'id' | 'spareKeyId' | 'conversations' | 'tasks' | 'events'>;
