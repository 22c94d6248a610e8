// Requests made from the API document, allowed and not (R16): no 5xx, and no answer that the document does not describe.
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApi } from '../support/started-api.js';
import { responseChecker } from '../support/contract.js';
import { operationAt, planFuzz, toWire } from '../support/fuzz-plan.js';
import { type Draft, KNOWN_ID } from '../support/openapi-arbitrary.js';
import type { Operation } from '../support/openapi-document.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import {
  insertWebhook,
  bearer,
  createConversation,
  failedCall,
  createParts,
  createTenant,
  labelOf,
  ownIdFor,
  type Tenant,
} from '../support/tenants.js';
import { openSession } from '../support/accounts.js';
import { inParallel, type WireRequest, type WireResponse } from '../support/wire.js';

const REQUESTS = numberFromEnvironment('FUZZ_REQUESTS', 14_000);
const SEED = numberFromEnvironment('FUZZ_SEED', 20_261_128);

const { app, wire, routes, operations, document, close } = await startApi();
const accessOf = new Map(routes.map(({ method, path, access }) => [`${method} ${path}`, access]));
const { check, accepts } = responseChecker(document);
const service = bearer(app.serviceKey);
let users: Tenant[];

beforeAll(async () => {
  const random = new Seeded(SEED);
  users = await Promise.all(Array.from({ length: 8 }, () => createTenant(wire, app, random, 4)));
});
afterAll(() => close());

interface Aim {
  credential: Record<string, string>;
  id: (parameter: string) => string;
}

/** The credential an operation asks for and the id of something that is there; what is deleted is made anew each time. */
async function aimAt({ operationId, method, id }: Draft, index: number): Promise<Aim> {
  const operation = operations.find((one) => one.operationId === operationId)!;
  const user = users[index % users.length]!;
  const { path } = operation;
  const credential =
    accessOf.get(`${operation.method} ${path}`) === 'service' ? service : bearer(user.key);
  // A user who is disabled can ask for nothing more.
  const isUsedUp = method === 'DELETE' || (operationId === 'Users.update' && id.includes(KNOWN_ID));
  if (isUsedUp) return victimOf(path, credential, user);
  return {
    credential,
    id: (parameter) =>
      id.includes(KNOWN_ID)
        ? ownIdFor(path, user, Math.floor(index / users.length), parameter)
        : '',
  };
}

/** No two memories say the same. */
let victims = 0;

async function victimOf(
  path: string,
  credential: Record<string, string>,
  user: Tenant,
): Promise<Aim> {
  const make = async (kind: string, body: unknown, by = service) =>
    (JSON.parse((await wire.json('POST', `/v1/${kind}`, by, body)).text) as { id: string }).id;
  if (/^(\/compat\/openai)?\/v1\/conversations/.test(path))
    return { credential, id: await conversationOf(user, path) };
  if (path.startsWith('/v1/tasks'))
    return { credential, id: always(await make('tasks', { title: 'x' }, bearer(user.key))) };
  if (path.startsWith('/v1/events'))
    return {
      credential,
      id: always(await make('events', { title: 'x', start: '2026-01-01' }, bearer(user.key))),
    };
  if (/^(\/compat\/mem0(\/v1)?|\/v1)\/memories/.test(path))
    return {
      credential,
      id: always(await make('memories', { content: `x ${victims++}` }, bearer(user.key))),
    };
  if (path.includes('agent-configs/:id')) {
    const kind = path.startsWith('/v1/admin') ? 'admin/agent-configs' : 'agent-configs';
    const config = await make(kind, { name: `x ${victims++}` }, credential);
    await wire.json('PUT', `/v1/${kind}/${config}/aliases/doomed`, credential, { version: 1 });
    return { credential, id: (parameter) => (parameter === ':alias' ? 'doomed' : config) };
  }
  if (path.includes('mcp-servers/:id')) {
    const [kind, house] = path.startsWith('/v1/admin')
      ? ['admin/mcp-servers', user.houseConfigs[0]]
      : ['mcp-servers', null];
    return {
      credential,
      id: always(
        await make(
          kind,
          {
            name: `x${victims++}`,
            agentConfigId: house,
            transport: 'http',
            url: 'https://mcp.invalid/',
          },
          credential,
        ),
      ),
    };
  }
  if (path.includes('webhooks/:id')) {
    const owner = path.startsWith('/v1/admin') ? null : user.id;
    const hook = await insertWebhook(app.database, owner);
    return { credential, id: (parameter) => (parameter === ':id' ? hook.id : hook.deliveryId) };
  }
  if (path.startsWith('/v1/model-calls'))
    return { credential, id: always(await failedCall(app.database, user)) };
  if (path.startsWith('/v1/model-keys')) {
    await wire.json('PUT', '/v1/model-keys/sample', bearer(user.key), { apiKey: 'x' });
    return { credential, id: always('sample') };
  }
  if (path.startsWith('/v1/auth/sessions/:id'))
    return { credential, id: always((await openSession(app.database, user.id, 'x')).id) };
  if (path.startsWith('/v1/auth')) return { credential, id: always('') };
  if (path.startsWith('/v1/memory-blocks')) {
    await wire.json('PUT', `/v1/memory-blocks/${labelOf(user.canary)}`, bearer(user.key), {
      content: 'x',
    });
    return { credential, id: always(labelOf(user.canary)) };
  }
  if (path.startsWith('/v1/api-keys'))
    return { credential, id: always(await make('api-keys', { userId: user.id })) };
  const id = await make('users', {});
  return {
    credential: path.endsWith('/me') ? { ...service, 'threadkeep-user': id } : credential,
    id: always(id),
  };
}

const always = (id: string) => () => id;

async function conversationOf(user: Tenant, path: string): Promise<Aim['id']> {
  const conversation = await createConversation(wire, user);
  const parts = /:\w+Id\b/.test(path)
    ? [await createParts(wire, app.database, user, conversation)]
    : [];
  return (parameter) =>
    ownIdFor(path, { ...user, conversations: [conversation], parts }, 0, parameter);
}

const COMPUTES_PASSWORDS = /^\/v1\/(auth\/|users\/[^/]*\/password)/;
const MOST_TRIES = 60;

/** All requests come from one address, of whose passwords only some may wait at once, and not for long. */
async function sendInTurn(request: WireRequest): Promise<WireResponse> {
  for (let tries = 1; ; tries += 1) {
    const answer = await wire.send(request);
    const mustWait =
      COMPUTES_PASSWORDS.test(request.path) &&
      /"code":"(request\.too_much_at_once|server\.busy)"/.test(answer.text);
    if (!mustWait || tries === MOST_TRIES) return answer;
    await setTimeout(Number(answer.headers['retry-after']) * 1_000);
  }
}

const shown = ({ method, path, headers, body }: WireRequest) => ({
  method,
  path,
  headers,
  body: String(body ?? '').slice(0, 2_000),
});

describe(`${REQUESTS} requests made from the API document`, () => {
  it('are the same for the same seed, and others for another', () => {
    const digest = (seed: number) =>
      createHash('sha256')
        .update(JSON.stringify(planFuzz(document, 500, seed)))
        .digest('hex');
    expect(digest(SEED)).toBe(digest(SEED));
    expect(digest(SEED + 1)).not.toBe(digest(SEED));
  });

  it(
    "get only answers that the document describes, and none is the server's fault",
    async () => {
      const findings: unknown[] = [];
      const succeeded = new Map<string, number>();
      const statuses = new Set<number>();
      const judge = (draft: Draft, request: WireRequest, answer: WireResponse) => {
        const operation = operationAt(operations, request.method, request.path);
        const reason = check(operation, request.method, answer);
        if (reason)
          findings.push({
            reason,
            request: shown(request),
            answer: { status: answer.status, text: answer.text.slice(0, 500) },
          });
        statuses.add(answer.status);
        if (answer.status < 300 && operation)
          succeeded.set(operation.operationId, (succeeded.get(operation.operationId) ?? 0) + 1);
        if (
          draft.intact &&
          request.path.length < LONGEST_ADDRESS &&
          !ASKS_FOR_MORE.test(request.path) &&
          !namesAnother(request, answer) &&
          !hasOwnField(request, answer) &&
          !hasOtherFilter(request, answer) &&
          !isTooMuchTogether(request, answer) &&
          !isBackwards(request, answer) &&
          refusedAsInvalid(answer)
        )
          findings.push({
            reason: 'refused, though allowed',
            request: shown(request),
            answer: answer.text,
          });
        if (answer.status < 300 && operation && !isAllowed(operation, request) && isWhole(answer))
          findings.push({ reason: 'done, though not allowed', request: shown(request) });
      };
      await inParallel(planFuzz(document, REQUESTS, SEED), 20, async (draft, index) => {
        if (findings.length >= 5) return;
        const { credential, id } = await aimAt(draft, index);
        const request = toWire(draft, credential, id);
        const answer = await sendInTurn(request).catch((error: Error) => ({
          failure: error.message,
        }));
        if ('failure' in answer)
          findings.push({ reason: `no answer: ${answer.failure}`, request: shown(request) });
        else judge(draft, request, answer);
      });
      expect({ seed: SEED, findings }).toEqual({ seed: SEED, findings: [] });
      expect([...statuses]).toEqual(
        expect.arrayContaining([200, 201, 204, 304, 400, 401, 403, 404, 409, 412, 415, 422]),
      );
      // Half are mutated, and of the rest many meet what no schema says, such as an event that ends before it begins.
      const enough = (operationId: string) =>
        NAMED_TOGETHER.includes(operationId)
          ? 0
          : NAMING.includes(operationId)
            ? 1
            : REQUESTS / operations.length / 20;
      const few = operations.filter(
        ({ operationId }) => (succeeded.get(operationId) ?? 0) < enough(operationId),
      );
      expect(few.map(({ operationId }) => [operationId, succeeded.get(operationId)])).toEqual([]);
    },
    Math.max(600_000, REQUESTS * 60),
  );
});

/** They name versions, configurations and conversations, which are hardly ever there by chance, or URLs, headers and commands, which few texts are. */
const NAMING = [
  'Aliases.point',
  'AdminAliases.point',
  'AgentConfigs.diff',
  'AdminAgentConfigs.diff',
  'McpServers.create',
  'McpServers.update',
  'AdminMcpServers.create',
  'AdminMcpServers.update',
  'Conversations.create',
  'Conversations.update',
  'Memories.update',
  'Events.update',
  'Blocks.put',
  // A user, who has to be the one of the key.
  'Mem0SelfHosted.search',
];

/**
 * A parent, a configuration and a provider; or a message that is in progress, and its version. All of them are hardly
 * ever there by chance: turns.e2e-spec and unfinished-messages.e2e-spec tell that they work.
 */
const NAMED_TOGETHER = [
  'Turns.create',
  'ModelCalls.create',
  'OpenAiCompat.complete',
  'UnfinishedMessages.write',
  // A WebSocket: stream-socket.e2e-spec tells that it works.
  'StreamSocket.connect',
  // A user who was merged into the other: undo-merges.e2e-spec tells that it works.
  'Merging.undo',
  // A password or a secret that is right: accounts.e2e-spec tells that they work.
  'Auth.login',
  'Auth.refresh',
  'Auth.logout',
  'Auth.confirm',
  'Auth.reset',
  'Account.changePassword',
  'Account.changeEmail',
];

/** The body may name another user than the key. */
const namesAnother = ({ path }: WireRequest, { text }: WireResponse): boolean =>
  (path.endsWith('/completions') || path.startsWith('/compat/mem0/')) &&
  text.includes('"code":"access.forbidden"');

/** The document cannot except fields of our own messages from items, which may have any other field. */
const hasOwnField = ({ path }: WireRequest, { text }: WireResponse): boolean =>
  path.startsWith('/compat/openai/v1/conversations') &&
  /"pointer":"\/items\/\d+\/(?:key|leaseSeconds|createdAt|metadata)"/.test(text);

/** Filters of another product, whose members the document names in words, and a key of metadata. */
const hasOtherFilter = ({ path }: WireRequest, { text }: WireResponse): boolean =>
  path.startsWith('/compat/mem0/') &&
  /"pointer":"\/(?:filters|metadata\/mem0|user_id)|"\?user_id"|or agent_id, app_id or run_id/.test(
    text,
  );

/** What the parts of one request may be together, the document says in words. */
const isTooMuchTogether = ({ path }: WireRequest, { text }: WireResponse): boolean =>
  path.startsWith('/v1/store/') &&
  /must stand in a request without reads|together with the other reads/.test(text);

/** A span of events that ends before it begins: the document says so in words. */
function isBackwards({ path }: WireRequest, { text }: WireResponse): boolean {
  const asked = new URL(path, 'http://any').searchParams;
  const [from, to] = [asked.get('from'), asked.get('to')].map((time) => Date.parse(time ?? ''));
  return path.startsWith('/v1/events?') && to! <= from! && text.includes('must be after from');
}

/** A longer one is refused as a whole, however right its parts are. */
const LONGEST_ADDRESS = 15_000;

/** In the name of somebody, or for secrets: not everybody may. */
const ASKS_FOR_MORE =
  /\/effective\?(?:.*&)?(?:userId=|secrets=true)|^(?!.*[?&]purge=true).*[?&]derived=/;

/** What the document allows may still meet a conflict or be gone, but it is neither malformed nor forbidden. */
const refusedAsInvalid = ({ text }: WireResponse) =>
  /"code":"(access|request|idempotency)\./.test(text) &&
  // Plain requests are what the fuzz sends.
  !text.includes('"request.upgrade_required"') &&
  !refusesFutureOnly(text);

interface Refusal {
  errors?: { message: string }[];
}

/** Of a batch, each place has a result or a problem of its own. */
function problemsIn(text: string): Refusal[] {
  const answer = JSON.parse(text) as Refusal & { data?: { problem?: Refusal | null }[] };
  const inPlaces = Array.isArray(answer.data) ? answer.data.map((place) => place?.problem) : [];
  return [answer, ...inPlaces].filter((one) => one != null);
}

/** A schema cannot say how late a time may be, for the clock goes on. */
function refusesFutureOnly(text: string): boolean {
  const errors = problemsIn(text).flatMap((problem) => problem.errors ?? []);
  return errors.length > 0 && errors.every(({ message }) => message.endsWith('in the future'));
}

/** False when a place of a batch was refused. */
const isWhole = ({ text }: WireResponse) =>
  !text.startsWith('{"data":') || problemsIn(text).length === 1;

/** Whether the document allows the body. */
function isAllowed({ body }: Operation, { body: sent }: WireRequest): boolean {
  return !body || !sent || accepts(body.schema, JSON.parse(String(sent)));
}
