// Requests with which one user tries to reach another's rows, chosen by a seed: any route, any credential, any id.
import {
  type ApiDocument,
  type JsonSchema,
  type Operation,
  type Parameter,
  sampleOf,
  typesOf,
} from './openapi-document.js';
import type { Route } from './routes.js';
import { Seeded } from './seeded.js';
import { bearer, newCanary, ownIdFor, type Tenant } from './tenants.js';
import type { WireRequest } from './wire.js';

export type Target = 'own' | 'other' | 'random' | 'malformed';

export interface Attack {
  /** `METHOD path`, for the report. */
  route: string;
  target: Target | 'none';
  /** Whose rows the answer may show: the actor's; nobody's for a service key without a user. */
  actor: Tenant | null;
  request: WireRequest;
  /** The same request with everything of the other user replaced by what nobody has: the answers must be equal. */
  twin: WireRequest | undefined;
}

export interface Stage {
  document: ApiDocument;
  operations: Operation[];
  routes: Route[];
  tenants: Tenant[];
  serviceKey: string;
  /** Cursors that were given to each user. */
  cursors: Map<Tenant, string[]>;
  idempotencyKeys: Map<Tenant, string[]>;
  /** Users who may delete themselves, each once. */
  expendable: Tenant[];
}

/** What an attack aims at: a user, or, in the twin, one who does not exist. */
type Victim = Pick<
  Tenant,
  | 'id'
  | 'externalId'
  | 'canary'
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
  | 'sessions'
>;

const VERBS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const MALFORMED = [
  '1',
  'null',
  '%00',
  '%27%20or%201%3D1--',
  '..%2F..%2Fusers',
  'ffffffff-ffff-ffff-ffff-fffffffffffg',
  '%F0%9F%92%A5',
  '*',
  'A'.repeat(290),
];
/** The first of a user's conversations are never deleted. */
export const KEPT = 12;

export function planAttack(seed: number, stage: Stage): Attack {
  const random = new Seeded(seed);
  const route = random.chance(0.95)
    ? random.pick(stage.routes)
    : { ...random.pick(stage.routes), method: random.pick(VERBS) };
  const endsItself = route.method === 'DELETE' && route.path === '/v1/users/me';
  const [actor, other] = twoOf(random, stage, endsItself);
  const target: Target | 'none' = route.path.includes(':')
    ? random.pick<Target>(['own', 'other', 'other', 'random', 'malformed'])
    : 'none';
  const credential = endsItself ? withKey(actor) : credentialOf(random, stage, route, actor);
  const choices = random.integer(2 ** 31);
  const attempt = { stage, route, actor, target, credential };
  const { request, comparable } = build(new Seeded(choices), attempt, other);
  // Health says how long a probe took, to anybody.
  const aimed = (target === 'other' || credential.namesOther) && route.access !== 'public';
  const twin =
    aimed && comparable ? build(new Seeded(choices), attempt, nobody(random)).request : undefined;
  const actsForNobody =
    credential.forNobody && !new RegExp(`user_?id=${actor.id}`, 'i').test(request.path);
  return {
    route: `${route.method} ${route.path}`,
    target,
    actor: actsForNobody ? null : actor,
    request,
    twin,
  };
}

function twoOf(
  random: Seeded,
  { tenants, expendable }: Stage,
  endsItself: boolean,
): [Tenant, Tenant] {
  const first = random.integer(tenants.length);
  const other = tenants[(first + 1 + random.integer(tenants.length - 1)) % tenants.length]!;
  return [endsItself ? random.pick(expendable) : tenants[first]!, other];
}

const nobody = (random: Seeded): Victim => {
  const canary = newCanary(random);
  return {
    id: random.uuid(),
    externalId: `ext-${canary}`,
    canary,
    spareKeyId: random.uuid(),
    sessions: [random.uuid()],
    conversations: [random.uuid()],
    parts: [
      {
        summaryId: random.uuid(),
        manifestId: random.uuid(),
        messageId: random.uuid(),
        turnId: random.uuid(),
      },
    ],
    tasks: [random.uuid()],
    events: [random.uuid()],
    memories: [random.uuid()],
    configs: [random.uuid()],
    houseConfigs: [random.uuid()],
    mcpServers: [random.uuid()],
    houseServers: [random.uuid()],
    webhooks: [random.uuid()],
    deliveries: [random.uuid()],
    houseWebhook: random.uuid(),
    houseDelivery: random.uuid(),
    jobs: [random.uuid()],
    modelCalls: [random.uuid()],
  };
};

interface Credential {
  headers: (victim: Victim) => Record<string, string>;
  namesOther: boolean;
  forNobody: boolean;
}

const fixed = (headers: Record<string, string>): Credential => ({
  headers: () => headers,
  namesOther: false,
  forNobody: false,
});
const withKey = ({ key }: Tenant): Credential => fixed(bearer(key));

function credentialOf(
  random: Seeded,
  { serviceKey }: Stage,
  { access }: Route,
  actor: Tenant,
): Credential {
  const service = bearer(serviceKey);
  switch (random.integer(10)) {
    case 0:
      return fixed(bearer(actor.readOnlyKey));
    case 1:
      return fixed({ ...service, 'threadkeep-user': actor.id });
    case 2:
      return fixed({ ...service, 'threadkeep-user': actor.externalId });
    case 3:
      return {
        headers: ({ id }) => ({ ...bearer(actor.key), 'threadkeep-user': id }),
        namesOther: true,
        forNobody: false,
      };
    case 4:
      return {
        headers: ({ externalId }) => ({ ...bearer(actor.key), 'threadkeep-user': externalId }),
        namesOther: true,
        forNobody: false,
      };
    case 5:
      // Acting for nobody, a service key administers all users: that is no attack on routes of the service.
      if (access !== 'service') return { ...fixed(service), forNobody: true };
      return withKey(actor);
    default:
      return withKey(actor);
  }
}

interface Attempt {
  stage: Stage;
  route: Route;
  actor: Tenant;
  target: Target | 'none';
  credential: Credential;
}

function build(
  random: Seeded,
  attempt: Attempt,
  victim: Victim,
): { request: WireRequest; comparable: boolean } {
  const { stage, route, actor, credential } = attempt;
  const operation = stage.operations.find(
    (one) => one.path === route.path && one.method === route.method.replace('HEAD', 'GET'),
  );
  const { query, comparable: sameQuery } = queryOf(random, operation, attempt, victim);
  const conditions = random.chance(0.2)
    ? { 'if-match': random.pick(['"1"', '"1.3"', '"2.3"', '*']) }
    : {};
  const known = random.chance(0.2)
    ? { 'if-none-match': random.pick(['"1.3"', '"2.3"', '"1", "1.3", "2.3"']) }
    : {};
  const repeats =
    route.method === 'POST' && random.chance(0.15)
      ? { 'idempotency-key': random.pick(foreign(stage.idempotencyKeys, actor)) }
      : {};
  const headers = { ...credential.headers(victim), ...conditions, ...known, ...repeats };
  const ids = idsOf(random, attempt, victim);
  const path = `${route.path.replace(/:\w+/g, ids)}${query}`;
  // An answer depends on the state of the key, which other requests of the actor change at the same time.
  // Each user may have a key of the same provider.
  const isOwnName = route.method === 'PUT' || route.path.endsWith(':provider');
  const comparable = sameQuery && Object.keys(repeats).length === 0 && !isOwnName;
  if (!operation?.body) return { request: { method: route.method, path, headers }, comparable };
  const body = bodyOf(random, attempt, operation.body.schema);
  return {
    request: {
      method: route.method,
      path,
      headers: { ...headers, 'content-type': operation.body.contentType },
      body,
    },
    comparable,
  };
}

function bodyOf(
  random: Seeded,
  { stage, route, actor, credential }: Attempt,
  schema: JsonSchema,
): string {
  // Nothing would be left to attack if everybody went back to the beginning.
  if (route.path === '/v1/memories/rollback')
    return JSON.stringify({ asOf: '2100-01-01T00:00:00Z' });
  if (/\/bulk-(delete|forget)$/.test(route.path))
    return JSON.stringify({ filter: { createdAt: { gte: '2000-01-01' } }, dryRun: true });
  if (route.path.endsWith('/aliases/:alias'))
    return JSON.stringify({ version: 1 + random.integer(2) });
  // The same again would be no other memory, and a configuration of the same name is refused.
  const text =
    /^(\/compat\/mem0)?(\/v\d)?\/(memories|agent-configs)/.test(route.path) ||
    route.path === '/v1/conversations'
      ? `${actor.canary} ${random.integer(2 ** 30)}`
      : actor.canary;
  const body = sampleOf(stage.document, schema, { text, optional: random.chance(0.7) });
  // Most samples name no user, so that what is asked is answered. A service key that names one in the
  // body acts for that user.
  const namesNobody = random.chance(0.7) || credential.forNobody;
  if (route.path.startsWith('/compat/mem0/') && namesNobody)
    Reflect.deleteProperty(body as object, 'user_id');
  // Of another checkpoint the values of channels are not there.
  if (route.path === '/v1/checkpoints') Reflect.deleteProperty(body as object, 'parentId');
  // What is deleted is not read in the same request.
  if (route.path === '/v1/store/batch')
    for (const field of random.chance(0.5) ? ['delete'] : ['get', 'search', 'namespaces'])
      Reflect.deleteProperty(body as object, field);
  // A server with an address has no command.
  if (route.path === '/v1/mcp-servers/:id' && typeof body === 'object' && body !== null)
    for (const field of ['transport', 'command', 'args', 'env'])
      Reflect.deleteProperty(body, field);
  // One that nobody deletes: another request may make or delete what a name of a sample means, between
  // this request and its twin.
  if (typeof body === 'object' && body !== null && 'conversationId' in body)
    Object.assign(body, { conversationId: actor.conversations[0] });
  // No configuration has an id by chance.
  if (typeof body === 'object' && body !== null && 'agentConfigAlias' in body)
    Object.assign(body, {
      agentConfigId: random.pick(actor.configs.slice(0, -1)),
      agentConfigVersion: 1,
      agentConfigAlias: null,
    });
  return JSON.stringify(body);
}

/** What each parameter of the path becomes: one that names a part of something names a part of what the first one names. */
function idsOf(
  random: Seeded,
  { route, actor, target }: Attempt,
  victim: Victim,
): (parameter: string) => string {
  const slot = random.integer(1_000);
  // Another user's part is looked for in the actor's own conversation, too.
  const within = random.chance(0.4) ? actor : victim;
  const isPartly = /:\w+.*:\w+/.test(route.path);
  // What is put under a name of another's is one's own.
  if (target === 'other' && route.method === 'PUT')
    return (parameter) => ownIdFor(route.path, actor, slot, parameter);
  if (target === 'other' && isPartly && within === actor)
    return (parameter) =>
      // The first of a kind: another request may delete a later one between this request and its twin.
      parameter === ':id'
        ? ownIdFor(route.path, actor, 0, parameter)
        : ownIdFor(route.path, victim, slot, parameter);
  if (target === 'other') return (parameter) => ownIdFor(route.path, victim, slot, parameter);
  if (target === 'malformed') return () => random.pick(MALFORMED);
  if (target === 'random') return () => random.uuid();
  // What the owner deletes must not be all there is to attack.
  const deletable = route.method === 'DELETE' || route.path.endsWith('/restore');
  // What is forgotten does not come back.
  if (route.method === 'DELETE' && route.path.endsWith('/v1/memories/:id'))
    return () => actor.memories.at(-1)!;
  if (route.method === 'DELETE' && route.path.startsWith('/v1/agent-configs/:id'))
    return (parameter) =>
      parameter === ':id' ? actor.configs.at(-1)! : ownIdFor(route.path, actor, 0, parameter);
  if (route.method === 'DELETE' && route.path.startsWith('/v1/memory-blocks'))
    return () => 'gone-by-now';
  const own = deletable ? KEPT + (slot % (actor.conversations.length - KEPT)) : slot;
  return (parameter) => ownIdFor(route.path, actor, own, parameter);
}

function queryOf(
  random: Seeded,
  operation: Operation | undefined,
  attempt: Attempt,
  victim: Victim,
): { query: string; comparable: boolean } {
  const known = (operation?.parameters ?? []).filter((parameter) => parameter.in === 'query');
  // A list can be asked so much that with all of it at once it would have nothing to answer.
  const given = known.filter(
    (parameter) => parameter.required || random.chance(Math.min(0.3, 1.2 / known.length)),
  );
  const search = new URLSearchParams();
  // By the name of the user alone nothing would be left to attack.
  if (
    attempt.route.method === 'DELETE' &&
    /^\/compat\/mem0\/(v1\/)?memories$/.test(attempt.route.path)
  )
    search.set('run_id', 'doomed');
  for (const parameter of given)
    search.set(parameter.name, valueOf(random, parameter, attempt, victim));
  // Another user's cursor is a position like any other, and an append may make the conversation it names.
  const comparable = !search.has('cursor') && search.get('createIfMissing') !== 'true';
  return { query: search.size > 0 ? `?${search.toString()}` : '', comparable };
}

function valueOf(
  random: Seeded,
  { name, schema }: Parameter,
  { stage, route, actor, target, credential }: Attempt,
  victim: Victim,
): string {
  if (name === 'cursor')
    return random.pick(
      random.chance(0.7) ? foreign(stage.cursors, actor) : stage.cursors.get(actor)!,
    );
  // A service key that names a user in the query acts for that user: naming another is no attack.
  if (name === 'userId' || name === 'user_id') return credential.forNobody ? actor.id : victim.id;
  if (name === 'externalId') return victim.externalId;
  // A conversation of another user's id may be made, but its id would then be the actor's too.
  if (name === 'createIfMissing') return String(target !== 'other' && random.chance(0.5));
  if (/conversationId|forkedFromId/i.test(name) && !name.endsWith('[exists]'))
    return random.pick([victim.conversations[0]!, `key:${victim.canary}`]);
  if (schema.enum) return String(random.pick(schema.enum));
  if (schema.oneOf)
    return random.pick(
      name === 'from' ? ['0', '2020-01-01T00:00:00Z'] : ['0', '2147483647', '2100-01-01T00:00:00Z'],
    );
  const [type] = typesOf(schema);
  if (schema.format === 'date-time')
    return random.pick(['2020-01-01T00:00:00Z', '2100-01-01T00:00:00Z']);
  if (schema.items?.enum) return String(random.pick(schema.items.enum));
  if (schema.examples) return String(random.pick(schema.examples));
  if (type === 'integer') return String(random.pick([schema.minimum ?? 0, 1, 2, 7, 50]));
  if (type === 'boolean') return String(random.chance(0.5));
  // What is written is one's own.
  if (!['GET', 'HEAD'].includes(route.method)) return actor.canary;
  return random.pick([victim.canary, victim.canary, actor.canary, 'common']);
}

const foreign = (things: Map<Tenant, string[]>, actor: Tenant): string[] =>
  [...things].flatMap(([owner, values]) => (owner === actor ? [] : values));
