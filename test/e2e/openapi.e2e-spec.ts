// The API document says what the server does, in valid OpenAPI 3.1, and every list of error codes is the same list.
import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ErrorRegistry } from '../../src/platform/errors/index.js';
import { startApi } from '../support/started-api.js';
import { responseChecker } from '../support/contract.js';

const { app, document, operations, routes: all, close } = await startApi();
const routes = all.filter(({ method }) => method !== 'HEAD');
const titled = operations.map(
  (operation) => [`${operation.method} ${operation.path}`, operation] as const,
);

afterAll(() => close());

/** Every value in the document that stands under `name`. */
function everything(name: string, value: unknown = document): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [
    ...(key === name && !Array.isArray(value) ? [child] : []),
    ...everything(name, child),
  ]);
}

describe('the API document', () => {
  it('is served to everybody as JSON', async () => {
    const answer = await app.anonymous.get('/openapi.json');
    expect([answer.status, answer.type]).toEqual([200, 'application/json']);
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ title: 'Threadkeep', version: expect.any(String) });
  });

  it('describes every route of the router, and no other', () => {
    const described = operations.map(({ method, path }) => `${method} ${path}`);
    expect(described.toSorted()).toEqual(
      routes.map(({ method, path }) => `${method} ${path}`).toSorted(),
    );
  });

  it('gives each operation a name of its own', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(names.filter((name) => !/^\w+\.\w+$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('uses no keyword that OpenAPI 3.1 has dropped', () => {
    expect(everything('nullable')).toEqual([]);
    const limits = [...everything('exclusiveMinimum'), ...everything('exclusiveMaximum')];
    expect(limits.filter((limit) => typeof limit === 'boolean')).toEqual([]);
  });

  it('writes what several operations have alike once, as a component', () => {
    const inline = everything('parameters')
      .flatMap((some) => (Array.isArray(some) ? some : []))
      .map((parameter) => JSON.stringify(parameter))
      .filter((text) => !text.includes('"$ref":"#/components/parameters/'));
    expect(inline.filter((text, index) => inline.indexOf(text) !== index)).toEqual([]);
  });

  it('refers only to components it has', () => {
    const known = Object.entries(document.components).flatMap(([kind, named]) =>
      Object.keys(named).map((name) => `#/components/${kind}/${name}`),
    );
    expect(everything('$ref').filter((reference) => !known.includes(reference as string))).toEqual(
      [],
    );
  });

  it('has schemas that compile as JSON Schema 2020-12', () => {
    expect(() => responseChecker(document)).not.toThrow();
  });

  it('asks for a credential exactly where the guard does', () => {
    const secured = new Set(
      operations.filter(({ secured }) => secured).map(({ method, path }) => `${method} ${path}`),
    );
    const guarded = routes
      .filter(({ access }) => access !== 'public')
      .map(({ method, path }) => `${method} ${path}`);
    expect([...secured].toSorted()).toEqual(guarded.toSorted());
  });
});

/** The types of answers that are not JSON only. */
const TYPES: Readonly<Record<string, string[]>> = {
  '/metrics': ['text/plain'],
  '/v1/conversations/:id/export': ['application/x-ndjson'],
  '/v1/conversations/:id/events': ['text/event-stream'],
  '/v1/conversations/:id/turns/running/events': ['text/event-stream'],
  '/v1/conversations/:id/turns/:turnId/events': ['text/event-stream'],
  '/v1/model-calls/:id/events': ['text/event-stream'],
  '/compat/openai/v1/chat/completions': ['application/json', 'text/event-stream'],
};

describe('each operation', () => {
  it.each(titled)('%s says what it answers, problems included', (_, { path, responses }) => {
    // A WebSocket is an answer, too.
    const expected = Object.entries(responses).filter(([status]) => /^([23]|101)/.test(status));
    expect(responses['default']?.content).toEqual({
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    });
    expect(expected.filter(([status]) => /^(2|101)/.test(status))).not.toEqual([]);
    for (const [status, { content, description }] of expected) {
      expect(typeof description).toBe('string');
      const types = TYPES[path] ?? ['application/json'];
      const answer = expect.objectContaining({ schema: expect.any(Object) });
      // A notification of MCP has no answer.
      const isEmpty = ['101', '204', '304'].includes(status) || `${path} ${status}` === '/mcp 202';
      if (!isEmpty)
        expect({ status, content }).toEqual({
          status,
          content: Object.fromEntries(types.map((type) => [type, answer])),
        });
    }
  });

  it.each(titled)('%s declares each parameter of its path', (_, { path, parameters }) => {
    const declared = parameters.filter((parameter) => parameter.in === 'path');
    expect(declared.map(({ name }) => name)).toEqual(
      [...path.matchAll(/:(\w+)/g)].map(([, name]) => name),
    );
    for (const { name, required, schema } of declared)
      expect({ required, schema }).toEqual({
        required: true,
        schema: ['alias', 'label', 'provider'].includes(name)
          ? { type: 'string', pattern: expect.any(String), examples: expect.any(Array) }
          : /^(message|item)Id$/.test(name) ||
              (name === 'id' && /^(\/compat\/openai)?\/v1\/(conversations|users)\//.test(path))
            ? { type: 'string' }
            : { type: 'string', format: 'uuid' },
      });
  });
});

describe('the list of error codes', () => {
  it('is the same in the registry and in the document', () => {
    const { enum: codes } = document.components.schemas['Problem']!.properties!['code']!;
    expect(codes).toEqual(ErrorRegistry.codes());
  });

  it('is the same in the registry and in docs/errors.md, with the status of each', async () => {
    const text = await readFile('docs/errors.md', 'utf8');
    const listed = [...text.matchAll(/^\| `([^`]+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    expect(listed.toSorted()).toEqual(
      ErrorRegistry.codes().map((code) => [code, ErrorRegistry.get(code)!.status]),
    );
  });
});

describe('the page to read it', () => {
  it('is HTML whose scripts and styles load', async () => {
    const page = await app.anonymous.get('/docs/api');
    expect([page.status, page.type]).toEqual([200, 'text/html']);
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(
      ([, address]) => new URL(address!, 'http://server/docs/api').pathname,
    );
    expect(assets.length).toBeGreaterThan(2);
    for (const asset of assets)
      expect([asset, (await app.anonymous.get(asset)).status]).toEqual([asset, 200]);
  });
});
