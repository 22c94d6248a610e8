// Turns a request that the API document allows into one it does not, in one of the ways that have broken servers before.
import fc from 'fast-check';
import * as hostile from './hostile.js';
import type { Draft } from './openapi-arbitrary.js';

/** A piece of JSON text that stands where a value should. */
class RawJson {
  constructor(readonly text: string) {}
}

/** As JSON.stringify, with raw pieces as they are. */
export function serialise(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(serialise).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  return `{${Object.entries(value)
    .map(([key, child]) => `${JSON.stringify(key)}:${serialise(child)}`)
    .join(',')}}`;
}

export type Mutation = (draft: Draft) => Draft;

const json = fc.constantFrom(...hostile.HOSTILE_JSON).map((text) => new RawJson(text));

/** A value somewhere inside replaced; `at` counts through all of them. */
function replaceNode(value: unknown, at: number, replacement: unknown): unknown {
  let left = at % countNodes(value);
  const visit = (node: unknown): unknown => {
    if (left-- === 0) return replacement;
    if (Array.isArray(node)) return node.map(visit);
    if (!isTree(node)) return node;
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, visit(child)]));
  };
  return visit(value);
}

const isTree = (node: unknown): node is object =>
  typeof node === 'object' && node !== null && !(node instanceof RawJson);
const countNodes = (node: unknown): number =>
  1 +
  (isTree(node)
    ? Object.values(node).reduce<number>((sum, child) => sum + countNodes(child), 0)
    : 0);

const replacedValue = fc
  .tuple(json, fc.nat(1_000))
  .map(([raw, at]): Mutation => (draft) => ({ ...draft, body: replaceNode(draft.body, at, raw) }));

const wrappedValue = fc.constantFrom('array', 'object', 'text').map((kind): Mutation => (draft) => {
  const entries = Object.entries(isTree(draft.body) ? draft.body : {});
  const wrap = (value: unknown) =>
    kind === 'array' ? [value] : kind === 'object' ? { value } : serialise(value);
  return { ...draft, body: Object.fromEntries(entries.map(([key, value]) => [key, wrap(value)])) };
});

const addedField = fc
  .tuple(fc.constantFrom(...hostile.HOSTILE_KEYS), json)
  .map(([key, value]): Mutation => (draft) => {
    // Written as text, because an object has no own key __proto__.
    const text = serialise(draft.body ?? {});
    const start = text.startsWith('{') ? text.slice(1) : '}';
    return {
      ...draft,
      text: `{${JSON.stringify(key)}:${value.text}${start === '}' ? '' : ','}${start}`,
    };
  });

const droppedField = fc.nat(20).map((at): Mutation => (draft) => {
  const entries = Object.entries(isTree(draft.body) ? draft.body : {});
  return {
    ...draft,
    body: Object.fromEntries(entries.filter((_, i) => i !== at % Math.max(1, entries.length))),
  };
});

const repeatedField = fc.tuple(fc.nat(20), json).map(([at, raw]): Mutation => (draft) => {
  const keys = Object.keys(isTree(draft.body) ? draft.body : {});
  const key = JSON.stringify(keys[at % Math.max(1, keys.length)] ?? 'title');
  const rest = serialise(draft.body ?? {})
    .replace(/^\{/, '')
    .replace(/\}$/, '');
  return { ...draft, text: `{${key}:${raw.text}${rest ? `,${rest}` : ''},${key}:${raw.text}}` };
});

const brokenText = fc
  .tuple(fc.nat(400), fc.constantFrom('', '\u0000', '}', '"', '\ufeff', '//', '\u2028'))
  .map(([at, inserted]): Mutation => (draft) => {
    const text = serialise(draft.body ?? {});
    const cut = at % (text.length + 1);
    return {
      ...draft,
      text: `${text.slice(0, cut)}${inserted}${inserted === '' ? '' : text.slice(cut)}`,
    };
  });

const hostileBody = json.map((raw): Mutation => (draft) => ({
  ...draft,
  body: raw,
  contentType: 'application/json',
}));

const contentType = fc
  .constantFrom(...hostile.HOSTILE_CONTENT_TYPES)
  .map((type): Mutation => (draft) => ({ ...draft, contentType: type }));

const withHeader = (draft: Draft, name: string, value: string | string[]): Draft => ({
  ...draft,
  headers: { ...draft.headers, [name]: value },
});

const authorization = fc
  .oneof(fc.constantFrom(...hostile.HOSTILE_AUTHORIZATIONS), fc.constant(undefined))
  .map((value): Mutation => (draft) => {
    if (value !== undefined) return withHeader(draft, 'authorization', value);
    return {
      ...draft,
      headers: Object.fromEntries(
        Object.entries(draft.headers).filter(([name]) => name !== 'authorization'),
      ),
    };
  });

const header = fc.constantFrom(...hostile.HOSTILE_HEADERS).map(
  ([name, value]): Mutation =>
    (draft) =>
      withHeader(draft, name, value),
);

const repeatedHeader = fc
  .constantFrom(
    'threadkeep-user',
    'idempotency-key',
    'if-match',
    'if-none-match',
    'x-request-id',
    'cookie',
  )
  .map(
    (name): Mutation =>
      (draft) =>
        withHeader(draft, name, ['"1"', '"2"']),
  );

const queryValue = fc
  .tuple(fc.nat(20), fc.constantFrom(...hostile.HOSTILE_QUERY_VALUES))
  .map(([at, value]): Mutation => (draft) => {
    const names = [
      ...new Set([...draft.query.map(([name]) => name), 'limit', 'cursor', 'order', 'q']),
    ];
    const name = names[at % names.length]!;
    return { ...draft, query: [...draft.query.filter(([other]) => other !== name), [name, value]] };
  });

const queryName = fc
  .tuple(
    fc.constantFrom(...hostile.HOSTILE_QUERY_NAMES),
    fc.constantFrom(...hostile.HOSTILE_QUERY_VALUES),
  )
  .map((pair): Mutation => (draft) => ({ ...draft, query: [...draft.query, pair] }));

const repeatedQuery = fc.nat(20).map((at): Mutation => (draft) => {
  const pair = draft.query[at % Math.max(1, draft.query.length)] ?? ['limit', '1'];
  return { ...draft, query: [...draft.query, pair, pair] };
});

const pathPart = fc.constantFrom(...hostile.HOSTILE_PATH_PARTS).map((id): Mutation => (draft) => {
  return draft.path.includes(':') ? { ...draft, id } : { ...draft, path: `${draft.path}/${id}` };
});

const pathShape = fc
  .constantFrom<(path: string) => string>(
    (path) => `${path}/`,
    (path) => `/${path}`,
    (path) => path.replace('/v1/', '/V1/'),
    (path) => path.replaceAll('/', '//'),
    (path) => path.replace('/v1', '/v1/.'),
    (path) => path.replace('conversations', 'conversation%73'),
    (path) => `${path};a=b`,
    (path) => `${path}%`,
  )
  .map((reshape): Mutation => (draft) => ({ ...draft, path: reshape(draft.path) }));

const method = fc
  .constantFrom(...hostile.OTHER_METHODS)
  .map((other): Mutation => (draft) => ({ ...draft, method: other }));

const bodyOnRead = json.map((raw): Mutation => (draft) => ({
  ...draft,
  body: draft.body ?? raw,
  contentType: draft.contentType ?? 'application/json',
}));

const ofFields = fc.oneof(
  replacedValue,
  replacedValue,
  replacedValue,
  wrappedValue,
  addedField,
  droppedField,
  repeatedField,
);
const ofBody = fc.oneof(
  { weight: 7, arbitrary: ofFields },
  { weight: 3, arbitrary: fc.oneof(brokenText, hostileBody, contentType) },
);
const ofHead = fc.oneof(authorization, header, header, repeatedHeader, method, bodyOnRead);
const ofAddress = fc.oneof(queryValue, queryValue, queryName, repeatedQuery, pathPart, pathShape);
const ofRest = fc.oneof(ofHead, ofAddress);

/** One or two mutations of a request of its kind. */
export function mutated(requests: fc.Arbitrary<Draft>, hasBody: boolean): fc.Arbitrary<Draft> {
  const mutation = hasBody
    ? fc.oneof({ weight: 3, arbitrary: ofBody }, { weight: 2, arbitrary: ofRest })
    : ofRest;
  return fc
    .tuple(requests, fc.array(mutation, { minLength: 1, maxLength: 2 }))
    .map(([draft, mutations]) => ({
      ...mutations.reduce((changed, mutate) => mutate(changed), draft),
      intact: false,
    }));
}
