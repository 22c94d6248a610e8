// The API reference can be read by somebody who knows nothing else: everything has words, and every example works.
import { afterAll, describe, expect, it } from '@jest/globals';
import { ErrorRegistry, RequestErrors } from '../../src/platform/errors/index.js';
import { responseChecker } from '../support/contract.js';
import { type JsonSchema, type Operation, type Parameter } from '../support/openapi-document.js';
import { accountBody } from '../support/accounts.js';
import { Seeded } from '../support/seeded.js';
import { startApi } from '../support/started-api.js';
import { bearer, createTenant, ownIdFor, type Tenant } from '../support/tenants.js';
import type { WireResponse } from '../support/wire.js';

const { app, wire, routes, document, operations, close } = await startApi();
const { check, accepts } = responseChecker(document);
const titleOf = ({ method, path }: Operation) => `${method} ${path}`;
const titled = operations.map((operation) => [titleOf(operation), operation] as const);

afterAll(() => close());

/** Every property of a schema that has no description, by its path. */
function undescribed(schema: JsonSchema, at: string): string[] {
  const { properties = {}, items, oneOf = [], anyOf = [], allOf = [] } = schema;
  const { additionalProperties: others } = schema;
  const inner = [...oneOf, ...anyOf, ...allOf, ...(items ? [items] : [])];
  if (typeof others === 'object') inner.push(others);
  return [
    ...Object.entries(properties).flatMap(([name, property]) => [
      ...(property.description ? [] : [`${at}.${name}`]),
      ...undescribed(property, `${at}.${name}`),
    ]),
    ...inner.flatMap((one) => undescribed(one, at)),
  ];
}

describe('the API reference', () => {
  it.each(titled)('summarises %s in an imperative of at most 60 characters', (_, operation) => {
    expect(operation.summary).toMatch(/^[A-Z][a-z]+ .{1,55}[^.]$/);
  });

  it.each(titled)('describes every parameter of %s', (_, { parameters }) => {
    expect(parameters.filter(({ description }) => !description).map(({ name }) => name)).toEqual(
      [],
    );
  });

  it('describes every field of every body and answer', () => {
    const inline = operations.flatMap((operation) => [
      ...(operation.body ? undescribed(operation.body.schema, titleOf(operation)) : []),
      ...Object.values(operation.responses).flatMap(({ content = {} }) =>
        Object.values(content).flatMap(({ schema }) =>
          schema ? undescribed(schema, titleOf(operation)) : [],
        ),
      ),
    ]);
    const named = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
      undescribed(schema, name),
    );
    expect([...named, ...new Set(inline)]).toEqual([]);
  });

  it('describes every chapter that an operation is in', () => {
    const described = document.tags.filter(({ description }) => description);
    const known = described.map(({ name }) => name);
    const used = new Set(operations.flatMap(({ tags }) => tags));
    expect([...used].toSorted()).toEqual(known.toSorted());
  });

  it('says of every error code which operations answer it', () => {
    const answered = operations.flatMap(({ responses }) =>
      Object.values(responses).flatMap(({ content = {} }) =>
        Object.values(content).flatMap(({ examples }) => Object.keys(examples ?? {})),
      ),
    );
    // An operation has its method, and so never answers that it takes another.
    expect(ErrorRegistry.codes().filter((code) => !answered.includes(code))).toEqual([
      RequestErrors.methodNotAllowed.code,
    ]);
  });

  it.each(titled)('has examples of the body and of each JSON answer of %s', (_, operation) => {
    const { body, responses } = operation;
    if (body) {
      expect(body.examples).not.toEqual([]);
      for (const example of body.examples)
        expect([example, accepts(body.schema, example)]).toEqual([example, true]);
    }
    for (const [status, { content }] of Object.entries(responses)) {
      const json = content?.['application/json'];
      if (json)
        expect([status, json.example, accepts(json.schema!, json.example)]).toEqual([
          status,
          expect.anything(),
          true,
        ]);
    }
  });
});

const random = new Seeded(20_261_127);
const accessOf = new Map(routes.map(({ method, path, access }) => [`${method} ${path}`, access]));

/** The fields of examples that name other things, and which of a tenant's they name. */
const REFERENCES: Record<string, (tenant: Tenant) => unknown> = {
  conversationId: ({ conversations }) => conversations[0],
  agentConfigId: ({ configs }) => configs[0],
  manifestId: ({ parts }) => parts[0]!.manifestId,
  userId: ({ id }) => id,
};

/** An example with the ids of things that are there. */
const grounded = (example: unknown, tenant: Tenant): unknown =>
  JSON.parse(JSON.stringify(example), (name, value: unknown) =>
    typeof value === 'string' && name in REFERENCES ? REFERENCES[name]!(tenant) : value,
  );

const exampleOf = ({ schema }: Parameter): unknown => schema.example;

/** The parameters that have to be sent, and each of the others that has an example by itself. */
function queriesOf({ parameters }: Operation): string[] {
  const inQuery = parameters.filter((one) => one.in === 'query' && exampleOf(one) !== undefined);
  const pair = (parameter: Parameter) =>
    new URLSearchParams({ [parameter.name]: String(exampleOf(parameter)) }).toString();
  const needed = inQuery.filter(({ required }) => required).map(pair);
  const others = inQuery.filter(({ required }) => !required).map(pair);
  return [[], ...others.map((one) => [one])].map((more) => [...needed, ...more].join('&'));
}

let reader: Promise<Tenant> | undefined;
const newTenant = () => createTenant(wire, app, random, 1);
/** A user with one of everything: a new one for each write. */
const tenantFor = ({ method }: Operation): Promise<Tenant> =>
  method === 'GET' ? (reader ??= newTenant()) : newTenant();

/** A user without anything. */
async function newUserId(): Promise<string> {
  const { text } = await wire.json('POST', '/v1/users', bearer(app.serviceKey), {});
  return (JSON.parse(text) as { id: string }).id;
}

const send = async (operation: Operation, tenant: Tenant, query: string, example: unknown) => {
  const { method, path } = operation;
  const address = path.replace(/(?<=\/):\w+/g, (parameter) => ownIdFor(path, tenant, 0, parameter));
  const access = accessOf.get(titleOf(operation));
  const key = access === 'service' ? app.serviceKey : tenant.key;
  // The secrets of an example are nobody's.
  const given =
    (await accountBody(app.database, path, tenant)) ??
    (example === undefined ? undefined : grounded(example, tenant));
  const body = path.endsWith('/merge') ? { ...(given as object), from: await newUserId() } : given;
  const asked = /^\/compat\/mem0\/(v1\/)?memories$/.test(path) ? namingUser(query, tenant) : query;
  return wire.json(method, asked ? `${address}?${asked}` : address, bearer(key), body);
};

/** What is to be deleted by name must be named, and a key of a user names no other user. */
const namingUser = (query: string, { externalId }: Tenant): string => {
  const named = new URLSearchParams(query);
  named.set('user_id', externalId);
  return named.toString();
};

describe('an example of the API reference', () => {
  it.each(titled)('works: %s', async (_, operation) => {
    for (const example of operation.body?.examples ?? [undefined]) {
      for (const query of queriesOf(operation)) {
        const tenant = await tenantFor(operation);
        // Only a WebSocket is answered otherwise.
        const fault = operation.responses['101'] ? 'no fault' : '"type":"urn:threadkeep:problem';
        const answer: WireResponse = await send(operation, tenant, query, example);
        expect({ example, query, ...shown(answer) }).toMatchObject({
          status: expect.any(Number),
          text: expect.not.stringContaining(fault),
        });
        expect(check(operation, operation.method, answer)).toBeNull();
      }
    }
  });
});

const shown = ({ status, text }: WireResponse) => ({ status, text: text.slice(0, 500) });
