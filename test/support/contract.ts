// Holds an answer against the API document: a documented status, the documented body, and nothing internal in it.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { ErrorRegistry } from '../../src/platform/errors/index.js';
import type { ApiDocument, JsonSchema, Operation } from './openapi-document.js';
import type { WireResponse } from './wire.js';

/** What must never be read in a problem: frames of a stack, SQL, and the names of our parts. */
const INTERNALS = [
  /\n\s+at |\.[cm]?[jt]s:\d+|node_modules/,
  /\b(select|insert into|update|delete from)\b.*\b(from|values|set|where)\b/i,
  /threadkeep\.|app\.user_id|QueryFailedError|violates|syntax error|relation "/i,
];

export interface ResponseChecker {
  /** Why the answer breaks the contract of the operation, or null. `operation` is undefined for what no route answers. */
  check: (operation: Operation | undefined, method: string, answer: WireResponse) => string | null;
  /** Whether a request body fits a schema of the document. */
  accepts: (schema: JsonSchema, value: unknown) => boolean;
}

/** @throws Error when a schema of the document is not JSON Schema 2020-12. */
export function responseChecker(document: ApiDocument): ResponseChecker {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allErrors: false,
  });
  formats.default(ajv);
  ajv.addVocabulary(['example', 'components']);
  ajv.addSchema({ $id: 'api', components: document.components });
  const compiled = new Map<string, ValidateFunction>();
  const validatorOf = (schema: JsonSchema): ValidateFunction => {
    const text = JSON.stringify(schema).replaceAll('"#/components', '"api#/components');
    const known = compiled.get(text) ?? ajv.compile(JSON.parse(text) as object);
    compiled.set(text, known);
    return known;
  };
  for (const name of Object.keys(document.components.schemas))
    validatorOf({ $ref: `#/components/schemas/${name}` });
  const problem = validatorOf({ $ref: '#/components/schemas/Problem' });
  return {
    accepts: (schema, value) => validatorOf(schema)(value),
    check: (operation, method, answer) => {
      if (answer.status >= 500 && !isHonestlyBusy(operation, answer))
        return `it is a ${answer.status}`;
      if (answer.status >= 400)
        return checkProblem(problem, method, answer) ?? checkCode(operation, method, answer);
      return operation
        ? (checkSuccess(operation, method, answer, validatorOf) ?? checkHeaders(operation, answer))
        : `nothing should answer ${answer.status} here`;
    },
  };
}

/** Readiness is there to say that the server cannot keep up; on a machine that is busy enough, it does. */
const isHonestlyBusy = (operation: Operation | undefined, { status }: WireResponse) =>
  operation?.path === '/health/ready' && status === 503;

function checkProblem(
  validate: ValidateFunction,
  method: string,
  { status, headers, text }: WireResponse,
): string | null {
  if (!/^application\/problem\+json(; charset=utf-8)?$/.test(headers['content-type'] ?? ''))
    return `the type is ${headers['content-type']}`;
  if (method === 'HEAD') return text === '' ? null : 'HEAD has a body';
  const body: unknown = JSON.parse(text);
  if (!validate(body)) return `not a problem: ${JSON.stringify(validate.errors)}`;
  const { code, status: said } = body as { code: string; status: number };
  if (said !== status || ErrorRegistry.get(code)?.status !== status)
    return `the status of ${code} is not ${status}`;
  if (INTERNALS.some((pattern) => pattern.test(text))) return 'it speaks of internals';
  return null;
}

/** The operation must name the code under its status. */
function checkCode(
  operation: Operation | undefined,
  method: string,
  { status, text }: WireResponse,
): string | null {
  if (!operation || method === 'HEAD') return null;
  const { code } = JSON.parse(text) as { code: string };
  const [content] = Object.values(operation.responses[String(status)]?.content ?? {});
  return content?.examples && code in content.examples
    ? null
    : `the document does not say that this operation answers ${code}`;
}

/** Of the headers that the document knows, those that this answer must have, and no others than those it may have. */
function checkHeaders(operation: Operation, { status, headers }: WireResponse): string | null {
  const documented = operation.responses[String(status)]!.headers ?? {};
  const missing = Object.entries(documented).find(
    ([name, { required }]) => required && headers[name.toLowerCase()] === undefined,
  );
  if (missing) return `it has no ${missing[0]}`;
  const strange = DOCUMENTED_HEADERS.find(
    (name) => headers[name.toLowerCase()] !== undefined && !(name in documented),
  );
  return strange ? `its ${strange} is not documented` : null;
}

const DOCUMENTED_HEADERS = ['ETag', 'Link', 'Location', 'RateLimit', 'Retry-After'];

type Compile = (schema: JsonSchema) => ValidateFunction;

function checkSuccess(
  operation: Operation,
  method: string,
  { status, headers, text }: WireResponse,
  validatorOf: Compile,
): string | null {
  const documented = operation.responses[String(status)];
  if (!documented) return `the status ${status} is not documented`;
  const said = headers['content-type'] ?? '';
  const contents = Object.entries(documented.content ?? {});
  const [type, content] = contents.find(([one]) => said.startsWith(one)) ?? contents[0] ?? [];
  if (method === 'HEAD' || !content)
    return text === '' ? null : `the body is not documented: ${text.slice(0, 100)}`;
  const isJson = type === 'application/json';
  // A text may say more of itself, such as the version of its format.
  if (
    isJson
      ? said !== `${type}; charset=utf-8`
      : !said.startsWith(`${type};`) || !said.endsWith('; charset=utf-8')
  )
    return `the type is ${said}`;
  const validate = validatorOf(content.schema ?? {});
  return validate(isJson ? JSON.parse(text) : text)
    ? null
    : `not as documented: ${JSON.stringify(validate.errors)}`;
}
