// Every route of the router x everyone who may call it. A route that appears tomorrow is covered tomorrow.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KEY_SCOPES } from '../../src/platform/context/index.js';
import { accountBody } from '../support/accounts.js';
import { startApi } from '../support/started-api.js';
import { sampleOf } from '../support/openapi-document.js';
import { census, recordRoutes, type Route, undecided } from '../support/routes.js';
import { Seeded } from '../support/seeded.js';
import { bearer, createTenant, ownIdFor, type Tenant } from '../support/tenants.js';
import { createUndecidedApp } from '../support/undecided-app.js';
import { comparable, Wire, type WireRequest, type WireResponse } from '../support/wire.js';

type Headers = Record<string, string>;

const { app, wire, routes, document, operations, close } = await startApi();
const random = new Seeded(20_261_122);
const rows = routes.map((route) => [`${route.method} ${route.path}`, route] as const);
const decided = (access: Route['access']) => rows.filter(([, route]) => route.access === access);
/** What is put under a name is made when it is not there. */
const withId = rows.filter(
  ([, { path, access, method }]) =>
    /:(?!provider)/.test(path) && access === 'user' && method !== 'PUT',
);
const isGet = ({ method }: Route) => ['GET', 'HEAD'].includes(method);
/** A message of MCP reads. What it asks for has a route, which is asked, too. */
const READS_BY_POST = [
  '/mcp',
  '/compat/mem0/v3/memories',
  '/compat/mem0/v3/memories/search',
  '/compat/mem0/search',
  '/v1/store/read',
  '/v1/checkpoints/search',
];
const writes = ({ method, path }: Route) =>
  !['GET', 'HEAD'].includes(method) && !READS_BY_POST.includes(path);

/** A user without anything, to be merged into others; no job runs here. */
let mergedId: string;
beforeAll(async () => {
  const { text } = await wire.json('POST', '/v1/users', bearer(app.serviceKey), {});
  mergedId = (JSON.parse(text) as { id: string }).id;
});
afterAll(() => close());

/** What each parameter of a path becomes. */
type Ids = (parameter: string) => string;

/** The scopes that a service key needs for a route. */
function scopesFor(route: Route): string[] {
  const { path, access } = route;
  const own = path.startsWith('/v1/conversations/import')
    ? 'import'
    : path.startsWith('/v1/api-keys') || path.endsWith('/:id/password')
      ? 'keys'
      : access === 'service'
        ? 'admin'
        : writes(route)
          ? 'write'
          : 'read';
  return access === 'user' ? ['act', own] : [own];
}

const operationOf = ({ method, path }: Route) =>
  operations.find(
    (one) =>
      one.path === path && (one.method === method || (method === 'HEAD' && one.method === 'GET')),
  );

/** The smallest request the API document allows for a route, or one with all that is optional. */
function requestFor(route: Route, headers: Headers, ids: Ids, optional = false): WireRequest {
  const { method, path } = route;
  const operation = operationOf(route);
  if (!operation) throw new Error(`${method} ${path} is not in the API document`);
  const options = { text: 'sample', optional };
  const query = operation.parameters.filter(
    (parameter) => parameter.in === 'query' && parameter.required,
  );
  // What is to be deleted by name must be named.
  const named =
    /^\/compat\/mem0\/(v1\/)?memories$/.test(path) && method === 'DELETE'
      ? [{ name: 'run_id', schema: {} }]
      : [];
  const search = new URLSearchParams(
    [...query, ...named].map(({ name, schema }): [string, string] => [
      name,
      String(sampleOf(document, schema, options)),
    ]),
  ).toString();
  const address = `${path.replace(/:\w+/g, ids)}${search ? `?${search}` : ''}`;
  if (!operation.body) return { method, path: address, headers };
  const sample = sampleOf(document, operation.body.schema, options) as object;
  // No agent configuration of a tenant names a model that is there.
  const model = /\/(turns|model-calls)$/.test(path)
    ? { model: { provider: 'sample', name: 'sample' } }
    : path.endsWith('/completions')
      ? { model: 'sample/sample' }
      : {};
  const merged = path.endsWith('/merge') ? { from: mergedId } : {};
  const body = JSON.stringify({ ...sample, ...model, ...merged });
  return {
    method,
    path: address,
    headers: { ...headers, 'content-type': operation.body.contentType },
    body,
  };
}

/** @param owner of whom the request is, for the routes of accounts */
async function send(
  route: Route,
  headers: Headers,
  ids: Ids,
  owner?: Tenant,
): Promise<WireResponse> {
  const request = requestFor(route, headers, ids);
  const body = owner && (await accountBody(app.database, route.path, owner));
  return wire.send(body ? { ...request, body: JSON.stringify(body) } : request);
}
const idsOf =
  ({ path }: Route, tenant: Tenant): Ids =>
  (parameter) =>
    ownIdFor(path, tenant, 0, parameter);
const unknownIds: Ids = () => random.uuid();
const newTenant = () => createTenant(wire, app, random, 1);
let made: Promise<[Tenant, Tenant]> | undefined;
/** Two users, for what changes nothing, as what is refused. */
const standing = (): Promise<[user: Tenant, other: Tenant]> =>
  (made ??= (async () => [await newTenant(), await newTenant()])());
/** A user: a new one for a route that changes something. */
const userFor = async (route: Route): Promise<Tenant> =>
  writes(route) ? newTenant() : (await standing())[0];
const asService = (tenant?: Tenant): Headers => ({
  ...bearer(app.serviceKey),
  ...(tenant ? { 'threadkeep-user': tenant.id } : {}),
});
const codeOf = ({ text }: WireResponse): unknown =>
  text === '' ? undefined : (JSON.parse(text) as { code?: unknown }).code;

/** A HEAD answer has no body, so its code is not looked at. */
function expectRefusal(route: Route, answer: WireResponse, status: number, code: string): void {
  expect({ status: answer.status, code: route.method === 'HEAD' ? code : codeOf(answer) }).toEqual({
    status,
    code,
  });
}

/** A request without an upgrade is let in where a WebSocket would be opened, and told so. */
const isForSocket = ({ status, text }: WireResponse): boolean =>
  status === 426 && (text === '' || text.includes('request.upgrade_required'));

function expectSuccess(answer: WireResponse): void {
  const { status, text } = answer;
  if (isForSocket(answer)) return;
  expect({ succeeded: status >= 200 && status < 300, text }).toEqual({ succeeded: true, text });
}

describe('the census of routes', () => {
  it('finds an access rule on each route', () => {
    expect(undecided(routes)).toEqual([]);
  });

  it('includes the routes of every module', () => {
    const seen = rows.map(([title]) => title);
    expect(seen).toEqual(
      expect.arrayContaining([
        'GET /health/live',
        'POST /v1/users',
        'DELETE /v1/api-keys/:id',
        'HEAD /v1/messages/search',
      ]),
    );
    expect(
      operations
        .map(({ method, path }) => `${method} ${path}` as const)
        .filter((title) => !seen.includes(title)),
    ).toEqual([]);
  });
});

describe('a route without an access rule', () => {
  it('is refused with 403 and is in the list of undecided routes, also when it is registered with Fastify directly', async () => {
    const { result: small, table: routesOfSmall } = await recordRoutes(createUndecidedApp);
    await small.listen(0, '127.0.0.1');
    const direct = new Wire(await small.getUrl());
    const get = (path: string) => direct.json('GET', path, bearer('any'));
    expect(await get('/rooms/decided')).toMatchObject({ status: 200, text: '{"open":true}' });
    const refused = await get('/rooms/undecided');
    expect([refused.status, codeOf(refused)]).toEqual([403, 'access.forbidden']);
    expect((await get('/back-door')).status).toBe(403);
    const found = undecided(census(small, routesOfSmall)).filter(({ method }) => method === 'GET');
    expect(found.map(({ path, handler }) => [path, handler])).toEqual([
      ['/back-door', undefined],
      ['/rooms/undecided', 'RoomsController.undecided'],
    ]);
    direct.close();
    await small.close();
  });
});

describe('a query parameter that a route does not know', () => {
  it.each(rows.filter(([, route]) => route.access !== 'public' && isGet(route)))(
    '%s refuses it with 400',
    async (_, route) => {
      const [user] = await standing();
      const headers = route.access === 'service' ? asService() : bearer(user.key);
      const request = requestFor(route, headers, idsOf(route, user));
      const path = `${request.path}${request.path.includes('?') ? '&' : '?'}nonsense=1`;
      const answer = await wire.send({ ...request, path });
      expectRefusal(route, answer, 400, 'request.invalid_query');
      if (route.method !== 'HEAD')
        expect((JSON.parse(answer.text) as { errors: unknown }).errors).toEqual([
          { pointer: '?nonsense', message: expect.any(String) },
        ]);
    },
  );
});

describe('a failed write for a user who does not exist', () => {
  it.each(decided('user').filter(([, route]) => writes(route)))(
    '%s leaves the user unknown',
    async (_, route) => {
      const whole = (headers: Headers) => requestFor(route, headers, unknownIds, true);
      const attempts: ((headers: Headers) => WireRequest)[] = [
        (headers) => requestFor(route, headers, unknownIds),
        whole,
        (headers) => ({ ...whole(headers), body: '{"nonsense":1}' }),
        (headers) =>
          requestFor(route, { ...headers, 'idempotency-key': random.uuid() }, unknownIds),
        (headers) => requestFor(route, { ...headers, 'if-match': '"7.7"' }, unknownIds),
      ];
      let failures = 0;
      for (const attempt of attempts) {
        const externalId = `nobody ${random.uuid()}`;
        const request = attempt({ ...asService(), 'threadkeep-user': externalId });
        const { status } = await wire.send({
          ...request,
          headers: { ...request.headers, 'content-type': 'application/json' },
        });
        // To delete what is not there may succeed, and creates nobody either.
        if (status < 400 && route.method !== 'DELETE') continue;
        failures++;
        const query = new URLSearchParams({ externalId });
        const { text } = await wire.json('GET', `/v1/users?${String(query)}`, asService());
        expect({ status, found: (JSON.parse(text) as { data: unknown[] }).data }).toEqual({
          status,
          found: [],
        });
      }
      expect(failures).toBeGreaterThan(0);
    },
  );
});

/** Clients of MCP find the issuer by it. */
const DISCOVERED_CHALLENGE =
  /^Bearer resource_metadata="http:\/\/[\d.:]+\/\.well-known\/oauth-protected-resource\/mcp"$/;

describe('without a valid credential', () => {
  it.each(rows.filter(([, { access }]) => access !== 'public'))(
    '%s answers 401',
    async (_, route) => {
      const credentials: Headers[] = [
        {},
        bearer(`tk_${'A'.repeat(43)}`),
        { authorization: app.serviceKey },
        { authorization: `Basic ${app.serviceKey}` },
        { 'threadkeep-user': random.uuid() },
      ];
      for (const headers of credentials) {
        const answer = await send(route, headers, unknownIds);
        expectRefusal(route, answer, 401, 'access.unauthenticated');
        expect(answer.headers['www-authenticate']).toMatch(
          route.path === '/mcp' ? DISCOVERED_CHALLENGE : /^Bearer$/,
        );
      }
    },
  );

  it.each(decided('public'))('%s answers everybody', async (_, route) => {
    const user = await userFor(route);
    for (const headers of [{}, bearer(user.key), asService()])
      expectSuccess(await send(route, headers, unknownIds, user));
  });
});

describe('a route of users', () => {
  it.each(decided('user'))(
    "%s answers a user's key, and a read-only one for reads",
    async (_, route) => {
      const user = await userFor(route);
      const reading = await send(route, bearer(user.readOnlyKey), idsOf(route, user));
      if (writes(route)) expectRefusal(route, reading, 403, 'access.read_only');
      else expectSuccess(reading);
      expectSuccess(await send(route, bearer(user.key), idsOf(route, user), user));
    },
  );

  it.each(decided('user'))(
    '%s answers a service key that names a user, and refuses it without a user',
    async (_, route) => {
      const user = await userFor(route);
      expectRefusal(
        route,
        await send(route, asService(), idsOf(route, user)),
        400,
        'access.user_required',
      );
      expectSuccess(await send(route, asService(user), idsOf(route, user), user));
    },
  );

  it.each(decided('user'))(
    "%s refuses a user's key that names another user, existing or not, with the same answer",
    async (_, route) => {
      const [user, other] = await standing();
      const naming = (reference: string) =>
        send(route, { ...bearer(user.key), 'threadkeep-user': reference }, idsOf(route, other));
      const nobody = await naming(random.uuid());
      expectRefusal(route, nobody, 403, 'access.forbidden');
      for (const reference of [other.id, other.externalId])
        expect(comparable(await naming(reference))).toEqual(comparable(nobody));
    },
  );

  it.each(withId)("%s answers another user's row like a missing one", async (_, route) => {
    const [user, other] = await standing();
    const conditional: Headers = {
      ...bearer(user.key),
      'if-match': '"1.3"',
      'if-none-match': '"1.3"',
    };
    for (const headers of [
      bearer(user.key),
      bearer(user.readOnlyKey),
      asService(user),
      conditional,
    ]) {
      const missing = await send(route, headers, unknownIds);
      expect(missing.status).toBe(
        headers['authorization'] === `Bearer ${user.readOnlyKey}` && writes(route) ? 403 : 404,
      );
      expect(comparable(await send(route, headers, idsOf(route, other)))).toEqual(
        comparable(missing),
      );
    }
    const untouched = await wire.json(
      'GET',
      `/v1/conversations/${other.conversations[0]!}`,
      bearer(other.key),
    );
    expect(JSON.parse(untouched.text)).toMatchObject({ lastSeq: 4, version: 1, deletedAt: null });
  });
});

describe('a route of the service', () => {
  it.each(decided('service'))('%s refuses every user, for any id', async (_, route) => {
    const [user, other] = await standing();
    for (const headers of [bearer(user.key), bearer(user.readOnlyKey), asService(user)]) {
      const answers = [];
      for (const ids of [idsOf(route, user), idsOf(route, other), unknownIds])
        answers.push(await send(route, headers, ids));
      expectRefusal(route, answers[0]!, 403, 'access.forbidden');
      for (const answer of answers) expect(comparable(answer)).toEqual(comparable(answers[0]!));
    }
  });

  it.each(decided('service'))(
    '%s answers a service key, and a read-only one for reads',
    async (_, route) => {
      const user = await userFor(route);
      const made = await wire.json('POST', '/v1/api-keys', asService(), { readOnly: true });
      const { key } = JSON.parse(made.text) as { key: string };
      const reading = await send(route, bearer(key), idsOf(route, user));
      if (writes(route)) expectRefusal(route, reading, 403, 'access.read_only');
      else expectSuccess(reading);
      expectSuccess(await send(route, asService(), idsOf(route, user), user));
    },
  );
});

describe('the scopes of a key', () => {
  const made = new Map<string, Promise<Headers>>();
  const limited = (scopes: readonly string[], userId?: string): Promise<Headers> => {
    const make = async () => {
      const { text } = await wire.json('POST', '/v1/api-keys', asService(), { scopes, userId });
      return bearer((JSON.parse(text) as { key: string }).key);
    };
    const known = made.get(JSON.stringify([scopes, userId])) ?? make();
    made.set(JSON.stringify([scopes, userId]), known);
    return known;
  };

  it.each([...decided('user'), ...decided('service')])(
    '%s needs exactly its declared scopes',
    async (_, route) => {
      const [user] = await standing();
      const needed = scopesFor(route);
      expect(operationOf(route)?.scope).toBe(needed.at(-1));
      const acting: Headers = route.access === 'user' ? { 'threadkeep-user': user.id } : {};
      for (const scope of needed) {
        const lacking = {
          ...(await limited(KEY_SCOPES.filter((other) => other !== scope))),
          ...acting,
        };
        const answer = await send(route, lacking, idsOf(route, user));
        expectRefusal(route, answer, 403, 'access.scope_missing');
        if (route.method !== 'HEAD')
          expect(JSON.parse(answer.text)).toMatchObject({
            scope,
            detail: expect.stringContaining(scope),
          });
      }
      if (route.access === 'user') {
        const others = ['read', 'write', 'import'].filter((scope) => scope !== needed[1]);
        expectRefusal(
          route,
          await send(route, await limited(others, user.id), idsOf(route, user)),
          403,
          'access.scope_missing',
        );
      }
      // A key that makes or replaces keys can give no more than it has.
      const gives = route.method === 'POST' && route.path.startsWith('/v1/api-keys');
      const own = await userFor(route);
      const headers = {
        ...(await limited(gives ? KEY_SCOPES : needed)),
        ...(route.access === 'user' ? { 'threadkeep-user': own.id } : {}),
      };
      const answer = await send(route, headers, idsOf(route, own), own);
      // A name of the service's that is taken by a test above.
      if (answer.status !== 409) expectSuccess(answer);
    },
  );
});
