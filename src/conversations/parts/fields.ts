// Reads fields of JSON objects whose shape is not known.
import { isPlainObject } from '../../platform/input/json-value.js';
import type { MediaPart, RawObject } from './part.js';

export const isObject = (value: unknown): value is RawObject => isPlainObject(value);
export const isText = (value: unknown): value is string => typeof value === 'string';

/** Returns the first of the fields that is a text with characters, or null. */
export function textIn(raw: RawObject, ...names: string[]): string | null {
  for (const name of names) {
    const value = raw[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}

/** Returns the first of the fields that is neither missing nor null. */
export function valueIn(raw: RawObject, ...names: string[]): unknown {
  return names.map((name) => raw[name]).find((value) => value !== undefined && value !== null);
}

/** Returns the field when it is an object, otherwise an empty one. */
export function objectIn(raw: RawObject, name: string): RawObject {
  const value = raw[name];
  return isObject(value) ? value : {};
}

/** Returns what a table has for the text in a field, or undefined. */
export function lookUp<T>(table: Readonly<Record<string, T>>, name: unknown): T | undefined {
  return isText(name) && Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Returns the objects of a list, otherwise an empty list. */
export const objectsIn = (value: unknown): RawObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** Returns a copy without the fields. */
export function without(raw: RawObject, ...names: string[]): RawObject {
  return Object.fromEntries(Object.entries(raw).filter(([name]) => !names.includes(name)));
}

const DATA_URL_HEAD = /^data:([^;,]{0,255})((?:;[^;,]{0,255}){0,8}),/;

/** Reads a web address or a data URL. Linear: the data is cut off, never matched. */
export function addressOf(url: string): Pick<MediaPart, 'url' | 'data' | 'mediaType'> {
  const head = url.startsWith('data:') ? DATA_URL_HEAD.exec(url.slice(0, 3_000)) : null;
  if (!head) return { url, data: null, mediaType: null };
  const body = url.slice(head[0].length);
  const isBase64 = head[2]!.endsWith(';base64');
  return {
    url: null,
    data: isBase64 ? body : Buffer.from(decoded(body)).toString('base64'),
    mediaType: head[1] === '' ? null : head[1]!,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const isWebAddress = (url: string): boolean => /^https?:\/\/[^\s/]/i.test(url);

/** Returns what media looks like before a reader fills it in. */
export const emptyMedia = {
  url: null,
  data: null,
  fileId: null,
  mediaType: null,
  name: null,
  text: null,
  detail: null,
} as const;

/** Returns the text of a file whose type says that it is text, or null. */
export function fileWords({
  data,
  mediaType,
}: Pick<MediaPart, 'data' | 'mediaType'>): string | null {
  const isWords = mediaType?.startsWith('text/') === true || mediaType === 'application/json';
  return isWords && data !== null ? Buffer.from(data, 'base64').toString('utf8') : null;
}

/** Tells the kind of media by its type. */
export function mediaKind(mediaType: string | null): MediaPart['kind'] {
  const [top] = (mediaType ?? '').split('/', 1);
  return top === 'image' || top === 'audio' || top === 'video' ? top : 'file';
}
