// A token in each text of each write that the API document has. A field that appears tomorrow is covered tomorrow.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { alphanumeric, of } from '../support/fake-tokens.js';
import {
  alternativesOf,
  type JsonSchema,
  type Operation,
  resolve,
  sampleOf,
} from '../support/openapi-document.js';
import { Seeded } from '../support/seeded.js';
import { createTestApp } from '../support/app.js';
import { startApi } from '../support/started-api.js';
import { bearer, createTenant, ownIdFor, type Tenant } from '../support/tenants.js';

const { app, wire, routes, document, operations, close } = await startApi({
  MESSAGE_GUARD: 'secrets',
});
const TOKEN = of('ghp', '_', alphanumeric(36));
let tenant: Tenant;

beforeAll(async () => {
  tenant = await createTenant(wire, app, new Seeded(14), 1);
});
afterAll(() => close());

/** Where a token is planted, and the whole that it is planted in. */
type Planting = [pointer: string, value: unknown];

/** As deep as anything of ours is. */
const MOST_LEVELS = 8;
const minimal = { text: 'sample', optional: false };

function plantingsIn(given: JsonSchema, level = 0): Planting[] {
  const schema = resolve(document, given);
  const branches = alternativesOf(schema);
  if (level > MOST_LEVELS || schema.enum) return [];
  if (branches) return branches.flatMap((branch) => plantingsIn(branch, level + 1));
  const types = [schema.type ?? []].flat();
  const isAny = types.length === 0 && !schema.properties;
  if (isAny || types.includes('string')) return takesToken(schema) ? [['', TOKEN]] : [];
  if (types.includes('array'))
    return plantingsIn(schema.items ?? {}, level + 1).map(([at, value]) => [`/0${at}`, [value]]);
  if (!types.includes('object')) return [];
  const whole = sampleOf(document, { type: 'object', ...schema }, minimal) as object;
  const named = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    plantingsIn(property, level + 1).map(([at, value]): Planting => [
      `/${name}${at}`,
      { ...whole, [name]: value },
    ]),
  );
  const open =
    typeof schema.additionalProperties === 'object'
      ? plantingsIn(schema.additionalProperties, level + 1)
      : schema.additionalProperties
        ? [['', TOKEN] as Planting]
        : [];
  return [
    ...named,
    ...open.map(([at, value]): Planting => [`/other${at}`, { ...whole, other: value }]),
  ];
}

function takesToken({ format, pattern, maxLength = Infinity }: JsonSchema): boolean {
  return (
    format === undefined &&
    maxLength >= TOKEN.length &&
    (pattern === undefined || new RegExp(pattern, 'u').test(TOKEN))
  );
}

const isWrite = ({ method }: Operation): boolean => method !== 'GET';
const bodies = operations.filter(isWrite).flatMap((operation) =>
  (operation.body ? plantingsIn(operation.body.schema) : []).map(([pointer, body]) => ({
    operation,
    pointer,
    body,
    query: '',
  })),
);
const queries = operations.filter(isWrite).flatMap((operation) =>
  operation.parameters
    .filter((parameter) => parameter.in === 'query' && plantingsIn(parameter.schema).length > 0)
    .map(({ name }) => ({
      operation,
      pointer: `?${name}`,
      body: operation.body && sampleOf(document, operation.body.schema, minimal),
      query: `?${name}=${TOKEN}`,
    })),
);
const plantings = [...bodies, ...queries].map(
  (one) => [`${one.operation.method} ${one.operation.path} ${one.pointer}`, one] as const,
);

/** What is not looked at. */
const LEFT_OUT: [pattern: RegExp, why: string][] = [
  [/mcp-servers(\/:id)? \/(headers|query|env)\//, 'sealed: secrets belong there'],
  [/model-keys\/:provider \/apiKey$/, 'sealed: secrets belong there'],
  [
    /^(POST|PUT) \/v1\/(auth|users\/:id)\/\S+ \/(\w*[pP]assword|secret|refreshToken)$/,
    'hashed: nobody reads it',
  ],
  [/^POST \/v1\/auth\/login \/login$/, 'names who is there, or nobody'],
  [/reply-cache /, 'of a cache, and never in the database'],
  [/reply-cache\/lookup /, 'a question, which nothing keeps'],
  [/store\/read /, 'a question, which nothing keeps'],
  [/store\/batch \/(get|search|namespaces|delete)\//, 'a question, which nothing keeps'],
  [/checkpoints(\/writes|\/search)? /, 'where a run is, which cannot go on when it is refused'],
  [/completions \/(model|user)$/, 'names what is there, or nothing'],
  [
    /completions \/(messages\/0\/other|metadata|tools\/0\/function|tool_choice\/other)$/,
    'of no known field, and refused',
  ],
  [/compat\/mem0\/\S+ (\/|\?)user_id$/, 'names who is there, or nobody'],
  [/compat\/mem0\/\S+ (\/filters|\?(agent|app|run)_id)/, 'a filter, which nothing keeps'],
  [/(memories|mem0)\/search /, 'a question, which nothing keeps'],
  [/bulk-(delete|forget) \/filter/, 'a filter, which only the job has, until it has completed'],
  [/\/context /, 'a question, which nothing keeps'],
  [/^DELETE .* \?agentId$/, 'names what is there'],
  [/merge(\/undo)? \/from$/, 'names a user who is there'],
  [/^POST \/mcp /, 'a message of the protocol, whose tools write by their routes'],
  [/import\/batch /, 'refused in its place of an answer 200; import-batch.e2e-spec.ts'],
  [/messages \/other$/, 'a message of no dialect, which is not stored'],
  [/\/items \?include$/, 'without effect, and not stored'],
];
const isLeftOut = ([title]: (typeof plantings)[number]): boolean =>
  LEFT_OUT.some(([pattern]) => pattern.test(title));

async function send({
  operation: { method, path, body: takes },
  body,
  query,
}: (typeof plantings)[number][1]) {
  const isOfService =
    routes.find((route) => route.method === method && route.path === path)?.access === 'service';
  const acting = isOfService ? {} : { 'threadkeep-user': tenant.id };
  const address = path.replace(/:\w+/g, (parameter) => ownIdFor(path, tenant, 0, parameter));
  const headers = { ...bearer(app.serviceKey), ...acting };
  if (!takes) return wire.send({ method, path: address + query, headers });
  return wire.send({
    method,
    path: address + query,
    headers: { ...headers, 'content-type': takes.contentType },
    // Without a model nothing of a turn is looked at.
    body: JSON.stringify(
      /\/(turns|model-calls)$/.test(path)
        ? { model: { provider: 'sample', name: 'x' }, ...(body as object) }
        : path.endsWith('/completions')
          ? { ...(body as object), model: 'sample/x' }
          : body,
    ),
  });
}

describe('a token in a write', () => {
  it('is planted in many places', () => {
    const titles = plantings.map(([title]) => title);
    for (const known of [
      'POST /v1/conversations /title',
      'POST /v1/conversations /tags/0',
      'POST /v1/conversations/:id/messages /content',
      'POST /v1/conversations/import /messages/0/content',
      'DELETE /v1/memories/:id ?reason',
      'PUT /v1/memory-blocks/:label /content',
    ]) {
      expect(titles).toContain(known);
    }
    expect(LEFT_OUT.filter(([pattern]) => !titles.some((title) => pattern.test(title)))).toEqual(
      [],
    );
  });

  it.each(plantings.filter((one) => !isLeftOut(one)))('is refused: %s', async (_, planting) => {
    const { status, text } = await send(planting);
    const { code, errors } = JSON.parse(text) as {
      code: string;
      errors: { pointer: string; message: string }[];
    };
    expect([status, code]).toEqual([
      422,
      expect.stringMatching(/^(request|memory|summary)\.refused$/),
    ]);
    expect(errors).toEqual([
      { pointer: expect.any(String), message: 'holds what looks like: github_token' },
    ]);
    expect(planting.pointer.startsWith(errors[0]!.pointer)).toBe(true);
    expect(text).not.toContain(TOKEN);
  });
});

describe('the guard of messages', () => {
  const secret = of('my key is ', TOKEN);
  const refusedAt = async (path: string, body: object) => {
    const { status, text } = await wire.json('POST', path, bearer(tenant.key), body);
    expect(text).not.toContain(TOKEN);
    return [
      status,
      ...(JSON.parse(text) as { errors: { pointer: string; message: string }[] }).errors.map(
        ({ pointer, message }) => `${pointer} ${message}`,
      ),
    ];
  };
  const lastSeq = async (id: string): Promise<unknown> =>
    (
      JSON.parse((await wire.json('GET', `/v1/conversations/${id}`, bearer(tenant.key))).text) as {
        lastSeq: number;
      }
    ).lastSeq;

  it('refuses a batch whole, and names the message', async () => {
    const [id] = tenant.conversations as [string];
    const before = await lastSeq(id);
    const messages = [
      { role: 'user', content: 'hello' },
      { role: 'assistant', content: [{ type: 'text', text: secret }] },
      { role: 'user', content: 'bye', metadata: { note: secret } },
    ];
    const found = 'holds what looks like: github_token';
    expect(await refusedAt(`/v1/conversations/${id}/messages`, { messages })).toEqual([
      422,
      `/messages/1/content ${found}`,
      `/messages/2/metadata ${found}`,
    ]);
    expect(await lastSeq(id)).toBe(before);
  });

  it('names twenty of a thousand', async () => {
    const messages = Array.from({ length: 1_000 }, () => ({ role: 'user', content: secret }));
    expect(
      await refusedAt(`/v1/conversations/${tenant.conversations[0]!}/messages`, { messages }),
    ).toHaveLength(21);
  });

  it('finds the last words of a message of megabytes, in a thread', async () => {
    const content = `${'a line of words that say nothing at all\n'.repeat(60_000)}${secret}`;
    expect(
      await refusedAt(`/v1/conversations/${tenant.conversations[0]!}/messages`, {
        role: 'user',
        content,
      }),
    ).toEqual([422, '/content holds what looks like: github_token']);
  });

  it('lets honest messages pass, short and long', async () => {
    for (const content of [
      'hello',
      'my password is hard to remember\n'.repeat(20_000),
      [{ type: 'image', data: Buffer.alloc(300_000, 'image').toString('base64') }],
    ]) {
      expect(
        (
          await wire.json(
            'POST',
            `/v1/conversations/${tenant.conversations[0]!}/messages`,
            bearer(tenant.key),
            { role: 'user', content },
          )
        ).status,
      ).toBe(201);
    }
  });

  it('is off by default, also for imported messages, while titles of imports are always checked', async () => {
    const other = await createTestApp();
    try {
      const ada = other.actingFor('ada');
      const { id } = (await ada.post('/v1/conversations')).body as { id: string };
      expect(
        (await ada.post(`/v1/conversations/${id}/messages`, { role: 'user', content: secret }))
          .status,
      ).toBe(201);
      const imported = { importKey: 'one', messages: [{ role: 'user', content: secret }] };
      expect((await ada.post('/v1/conversations/import', imported)).status).toBe(201);
      expect(
        (
          await ada.post('/v1/conversations/import', {
            ...imported,
            importKey: 'two',
            title: secret,
          })
        ).status,
      ).toBe(422);
    } finally {
      await other.close();
    }
  });
});

describe('a large memory', () => {
  it('is looked at in a thread, to its end', async () => {
    const content = `${'Ann likes tea and long walks. '.repeat(600)}${TOKEN}`;
    const { status, text } = await wire.json('POST', '/v1/memories', bearer(tenant.key), {
      memories: [{ content: 'short' }, { content }],
    });
    expect([status, text.includes(TOKEN)]).toEqual([422, false]);
    expect(JSON.parse(text)).toMatchObject({
      code: 'memory.refused',
      errors: [{ pointer: '/memories/1/content' }],
    });
  });
});

describe('a name', () => {
  it('that is given in the path or in a header is looked at, too', async () => {
    const [id] = tenant.configs;
    const alias = await wire.json(
      'PUT',
      `/v1/agent-configs/${id!}/aliases/${TOKEN}`,
      bearer(tenant.key),
      { version: 1 },
    );
    expect([alias.status, JSON.parse(alias.text)]).toEqual([
      422,
      expect.objectContaining({
        code: 'request.refused',
        errors: [expect.objectContaining({ pointer: '/alias' })],
      }),
    ]);
    const named = await wire.json(
      'POST',
      '/v1/conversations',
      { ...bearer(app.serviceKey), 'threadkeep-user': TOKEN },
      {},
    );
    expect([named.status, JSON.parse(named.text)]).toEqual([
      422,
      expect.objectContaining({
        code: 'request.refused',
        errors: [expect.objectContaining({ pointer: '/externalId' })],
      }),
    ]);
    expect(
      (
        await wire.json(
          'POST',
          '/v1/conversations',
          { ...bearer(app.serviceKey), 'threadkeep-user': 'ghp_of_mine' },
          {},
        )
      ).status,
    ).toBe(201);
  });
});
