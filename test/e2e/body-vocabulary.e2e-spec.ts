// Every field of every body, wrong in each way that the API document implies: one status, one code, its pointer, and words of one vocabulary that name the document's own limits.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FieldError } from '../../src/platform/errors/index.js';
import { VOCABULARY } from '../../src/platform/input/index.js';
import { type BodyCase, BodyCases } from '../support/body-cases.js';
import { type JsonSchema, type Operation, resolve, sampleOf } from '../support/openapi-document.js';
import { Seeded } from '../support/seeded.js';
import { startApi } from '../support/started-api.js';
import { bearer, createTenant, ownIdFor, type Tenant } from '../support/tenants.js';

const { app, wire, routes, operations, document, close } = await startApi();
const cases = new BodyCases(document);
let user: Tenant;

beforeAll(async () => {
  user = await createTenant(wire, app, new Seeded(1), 1);
});
afterAll(() => close());

interface Kind {
  schema: JsonSchema;
  base: unknown;
  /** The required fields that only this kind has, unless one field of all kinds names the kind. */
  telling: string[];
}

/** The kinds of body that an operation takes, each with the document's own example. */
function kindsOf({ body }: Operation): Kind[] {
  const { schema, examples } = body!;
  const whole = resolve(document, schema);
  const branches = whole.oneOf ?? whole.anyOf ?? [schema];
  const kinds = branches.map((branch) => resolve(document, branch));
  const isNamed = Object.keys(kinds[0]!.properties ?? {}).some((field) =>
    kinds.every(
      ({ required, properties }) => required?.includes(field) && properties?.[field]?.enum,
    ),
  );
  return kinds.map((kind, i) => ({
    schema: branches[i]!,
    base: examples[i] ?? sampleOf(document, branches[i]!, { text: 'text', optional: false }),
    telling: isNamed
      ? []
      : (kind.required ?? []).filter((field) =>
          kinds.some(({ properties }) => !Object.hasOwn(properties ?? {}, field)),
        ),
  }));
}

interface Problem {
  status: number;
  code?: string;
  errors?: FieldError[];
}

/** An import of several answers 200, and has the problem of each in its place. */
function problemIn({ status, text }: { status: number; text: string }) {
  const {
    code,
    errors = [],
    data,
  } = (text === '' ? {} : JSON.parse(text)) as Problem & {
    data?: { problem?: Problem | null }[];
  };
  const first = Array.isArray(data) ? data[0]?.problem : null;
  if (!first) return { status, code, errors };
  const placed = (first.errors ?? []).map(({ pointer, message }) => ({
    pointer: `/conversations/0${pointer}`,
    message,
  }));
  return { status: first.status, code: first.code, errors: placed };
}

async function faultOf(operation: Operation, sent: BodyCase): Promise<string | null> {
  const { method, path } = operation;
  const access = routes.find((route) => route.method === method && route.path === path)!.access;
  const answer = await wire.json(
    method,
    path.replaceAll(/:\w+/g, (parameter) => ownIdFor(path, user, 0, parameter)),
    bearer(access === 'service' ? app.serviceKey : user.key),
    sent.body,
  );
  const { status, code, errors } = problemIn(answer);
  const found = JSON.stringify({ status, code, errors });
  if (code === 'request.invalid_body' && errors.length > 0)
    for (const { message } of errors)
      if (!VOCABULARY.some((phrase) => phrase.test(message))) return `other words: ${found}`;
  if (sent.pointers === undefined) return null;
  if (sent.pointers === null) return code === 'request.invalid_body' ? `refused: ${found}` : null;
  if (status !== 422 || code !== 'request.invalid_body' || errors.length !== 1)
    return `not one fault: ${found}`;
  const [{ pointer, message }] = errors as [FieldError];
  if (!sent.pointers.includes(pointer)) return `other pointer: ${found}`;
  return sent.message.test(message) ? null : `not ${sent.message}: ${found}`;
}

const withBody = operations.filter(({ body }) => body !== undefined);

describe('the body of each operation', () => {
  it('is described by the document', () => {
    expect(withBody.length).toBeGreaterThan(25);
  });

  it.each(
    withBody.map((operation) => [`${operation.method} ${operation.path}`, operation] as const),
  )('%s is refused in the words of the vocabulary, field by field', async (_, operation) => {
    const wrong: string[] = [];
    for (const { schema, base, telling } of kindsOf(operation))
      for (const one of cases.of(schema, base, telling)) {
        const fault = await faultOf(operation, one);
        if (fault !== null) wrong.push(`${one.name}: ${fault}`);
      }
    expect(wrong).toEqual([]);
  });
});
