// Brings parts of the Agents SDK to the names of OpenAI's API.
import { bytesText } from '../bytes.js';
import { isObject, isText, textIn, without } from '../fields.js';
import type { RawObject } from '../part.js';
import { isAddress } from './server-tools.js';

/** Fields of parts that the API does not have. */
const SDK_FIELDS = [
  'providerData',
  'promptCacheBreakpoint',
  'imageUrl',
  'fileData',
  'fileUrl',
  'fileId',
];
const SDK_TYPES: ReadonlySet<unknown> = new Set(['image', 'file', 'audio', 'image_file']);

/** Tells whether a part of a message has the names of the API. */
export const isApiPart = (part: RawObject): boolean =>
  !SDK_TYPES.has(part['type']) &&
  !isObject(part['text']) &&
  !('image' in part || 'file' in part) &&
  !SDK_FIELDS.some((name) => name in part);

/** @returns null for a part that the API has no form for, in what this side says */
export function toApiPart(part: RawObject, role: unknown): RawObject | null {
  if (isApiPart(part)) return part;
  const flat = flatFields(part);
  switch (part['type']) {
    case 'output_text':
      return { annotations: [], ...flat };
    case 'input_text':
    case 'refusal':
      return flat;
    case 'input_image':
    case 'image':
      return role === 'assistant' ? null : toImage(part, flat);
    case 'input_file':
    case 'file':
      return role === 'assistant' ? null : toFile(part, flat);
    default:
      return null;
  }
}

/** Brings the output of a call to the form of the API: a text, or parts. */
export function toApiOutput(output: unknown): string | RawObject[] | null {
  if (isText(output)) return output;
  if (isObject(output) && output['type'] === 'text') return textIn(output, 'text') ?? '';
  const parts = (Array.isArray(output) ? output : [output]).map((part) =>
    isObject(part) ? toApiPart(part, 'tool') : null,
  );
  return parts.every((part) => part !== null) ? parts : null;
}

function toImage(part: RawObject, flat: RawObject): RawObject | null {
  const given = part['image'] ?? part['imageUrl'] ?? withId(part);
  const source = sourceOf(given, { data: 'image_url', url: 'image_url' });
  return source && { detail: 'auto', ...without(flat, 'image'), ...source, type: 'input_image' };
}

function toFile(part: RawObject, flat: RawObject): RawObject | null {
  const given = part['file'] ?? part['fileData'] ?? part['fileUrl'] ?? withId(part);
  const source = sourceOf(given, { data: 'file_data', url: 'file_url' });
  return source && { ...without(flat, 'file'), ...source, type: 'input_file' };
}

const withId = ({ fileId }: RawObject): unknown => (isText(fileId) ? { fileId } : undefined);

/** Reads an address, a data URL, base64, or an object with one of them or with an id. */
function sourceOf(given: unknown, names: { data: string; url: string }): RawObject | null {
  if (isText(given))
    return { [isAddress(given) && !given.startsWith('data:') ? names.url : names.data]: given };
  if (!isObject(given)) return null;
  const name = textIn(given, 'filename');
  const filename = name === null ? {} : { filename: name };
  const [id, url] = [textIn(given, 'id', 'fileId'), textIn(given, 'url')];
  if (id !== null) return { file_id: id, ...filename };
  if (url !== null) return { [names.url]: url, ...filename };
  const data = bytesText(given['data']);
  const type = textIn(given, 'mediaType') ?? 'application/octet-stream';
  return data === null ? null : { [names.data]: `data:${type};base64,${data}`, ...filename };
}

/** Gives the fields of an object the names of the API, with those in `providerData`. */
export function flatFields(raw: RawObject): RawObject {
  const { providerData, ...own } = raw;
  return { ...(isObject(providerData) && inSnakeCase(providerData)), ...inSnakeCase(own) };
}

/** Renames the fields of the object itself. What is inside may be data. */
export const inSnakeCase = (raw: RawObject): RawObject =>
  Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
