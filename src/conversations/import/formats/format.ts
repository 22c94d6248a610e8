// What all formats result in: bodies of requests, with names to show and warnings.
import { createHash } from 'node:crypto';
import { ExactNumber } from '../../../platform/input/exact-json.js';
import { isPlainObject } from '../../../platform/input/json-value.js';
import { parseExactTime, withMicroseconds } from '../../../platform/input/time.js';

export interface ImportBody {
  importKey: unknown;
  messages: unknown;
  [field: string]: unknown;
}

export interface SourceConversation {
  kind: 'conversation';
  /** Shown while the import runs; need not be unique. */
  name: string;
  body: ImportBody;
  /** Tells the person who runs the import what was left out or changed. */
  warnings: string[];
  /** True when the body is what the person wrote for this API: nothing of it is left out. */
  isStrict?: boolean;
  /**
   * True when the key is the hash of the first message: another conversation may begin with the same.
   */
  isKeyedByStart?: boolean;
}

/** A memory, task or event. Its metadata names it. */
export type EntryKind = 'memory' | 'task' | 'event';

/** The body that creates it. The `importKey` tells it from others. */
export type EntryBody = JsonObject & { metadata: JsonObject & { importKey: string } };

export interface SourceEntry {
  kind: EntryKind;
  name: string;
  body: EntryBody;
  /** Import key of the conversation that it is of, or null. */
  conversation: string | null;
  /** True for what another product remembered: imported only when the person asks for it. */
  isOffered: boolean;
}

/** A memory block. */
export interface SourceBlock {
  kind: 'block';
  name: string;
  label: string;
  agentId: string | null;
  content: string;
}

export type SourceItem = SourceConversation | SourceEntry | SourceBlock;

/**
 * The source is damaged or has an unknown format. The message is shown to the person who runs the
 * import.
 */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject => isPlainObject(value);
export const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '';

/** Returns the objects of a list; none when it is no list. */
export const objectsOf = (list: unknown): JsonObject[] =>
  Array.isArray(list) ? (list as unknown[]).filter(isObject) : [];

/** Leaves out fields that say nothing: null, empty texts, empty lists. */
export function said(fields: JsonObject): JsonObject {
  const isEmpty = (value: unknown) =>
    value === undefined ||
    value === null ||
    value === '' ||
    (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

/** The same bytes have the same key, so importing a file twice creates nothing new. */
export const keyOfText = (text: string): string =>
  `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Makes a memory whose key is that of its source, or else of its text. */
export function memoryOf(
  source: string,
  content: string,
  { id, isOffered = false, ...fields }: { id?: unknown; isOffered?: boolean } & JsonObject,
): SourceEntry {
  const importKey = `${source}:${isText(id) ? id : keyOfText(content)}`;
  const { metadata, ...others } = fields;
  const known = isObject(metadata) ? metadata : {};
  const body = { content, ...said(others), metadata: { ...known, importKey } };
  return { kind: 'memory', name: content, body, conversation: null, isOffered };
}

const LATEST_MS = Date.UTC(2100, 0);
const LATEST_US = LATEST_MS * 1000;

/**
 * Reads a time: RFC 3339, or seconds, milliseconds, microseconds or nanoseconds since 1970.
 * @returns the time in UTC, with microseconds where it has any; null for what is none between 1970
 *   and 2100
 */
export function timeOf(value: unknown): string | null {
  const isNumber = typeof value === 'number' || value instanceof ExactNumber;
  if (!isNumber && !isText(value)) return null;
  if (isNumber) return timeOfMicroseconds(microseconds(Number(value)));
  const text = withZone(value);
  const given = Date.parse(text);
  if (!(given >= 0 && given <= LATEST_MS)) return null;
  return parseExactTime(text) ?? new Date(given).toISOString();
}

function timeOfMicroseconds(given: number): string | null {
  if (!(given >= 0 && given <= LATEST_US)) return null;
  const rest = String(given % 1000).padStart(3, '0');
  return withMicroseconds(new Date(Math.floor(given / 1000)).toISOString(), `.000${rest}`);
}

/** Seconds, and what is larger than any time of this kind, by thousands. */
function microseconds(value: number): number {
  let time = value * 1_000_000;
  for (let i = 0; i < 3 && time > LATEST_US; i++) time /= 1000;
  return Math.round(time);
}

/** Python writes times in UTC without a zone, and a space in place of the T. */
function withZone(text: string): string {
  const time = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?$/.exec(text);
  return time ? `${text.replace(' ', 'T')}Z` : text;
}

/** Returns the field `createdAt`, or none. */
export function createdAt(value: unknown): { createdAt?: string } {
  const time = timeOf(value);
  return time === null ? {} : { createdAt: time };
}
