// What decorators cannot say about namespaces and values.
import type { FieldError } from '../../../platform/errors/index.js';
import { JSON_OBJECT_MAX_BYTES, words } from '../../../platform/input/index.js';
import { isLabel, PATH_MAX_BYTES, pathOf } from '../store-paths.js';

export const STORE_LIMITS = {
  /** Labels of a namespace. */
  labels: 32,
  labelLength: 255,
  keyLength: 255,
  queryLength: 1_000,
  gets: 100,
  /** Searches, and lists of namespaces, of one request. */
  searches: 5,
  /** Items of one search. */
  hits: 100,
  defaultHits: 10,
  /** Items that one request may ask for, by keys and by searches. */
  items: 128,
  /** Namespaces of one list. */
  namespaces: 1_000,
  offset: 100_000,
  puts: 100,
  indexPaths: 20,
  minTtlMinutes: 0.001,
  /** Ten years. */
  maxTtlMinutes: 5_256_000,
} as const;

const ROOT_OF_LANGGRAPH = 'langgraph';
const PLAIN = words.suchAs('a label without U+0001', 'users');
const NEW = words.suchAs('a label without U+0001, points and colons', 'users');
const NEW_ROOT = words.suchAs(`another label than ${ROOT_OF_LANGGRAPH}`, 'users');

/** Of what is no list of texts the other decorators tell. */
export function namespaceFaults(labels: unknown): FieldError[] {
  if (!isListOfTexts(labels)) return [];
  const found = labels.flatMap((label, i) =>
    isLabel(label) ? [] : [{ pointer: `/${i}`, message: PLAIN }],
  );
  return found.length === 0 && Buffer.byteLength(pathOf(labels)) > PATH_MAX_BYTES
    ? [{ pointer: '', message: words.maxBytes(PATH_MAX_BYTES) }]
    : found;
}

/** What LangGraph refuses in a namespace that is written. */
export function newNamespaceFaults(labels: unknown): FieldError[] {
  if (!isListOfTexts(labels)) return [];
  if (labels[0] === ROOT_OF_LANGGRAPH) return [{ pointer: '/0', message: NEW_ROOT }];
  const found = labels.flatMap((label, i) =>
    /[.:]/.test(label) ? [{ pointer: `/${i}`, message: NEW }] : [],
  );
  return found.length > 0 ? found : namespaceFaults(labels);
}

const isListOfTexts = (labels: unknown): labels is string[] =>
  Array.isArray(labels) && labels.every((label) => typeof label === 'string');

/** Any value but null, which would be no item. */
export function valueFaults(value: unknown): FieldError[] {
  if (value === null || value === undefined) return [{ pointer: '', message: words.required }];
  return Buffer.byteLength(JSON.stringify(value)) > JSON_OBJECT_MAX_BYTES
    ? [{ pointer: '', message: words.maxJsonBytes(JSON_OBJECT_MAX_BYTES) }]
    : [];
}
