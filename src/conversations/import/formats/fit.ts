// Makes a conversation of another product fit the limits of the server, and says what it changed.
import { writeJson } from '../../../platform/input/exact-json.js';
import {
  type ImportBody,
  isObject,
  isText,
  type JsonObject,
  type SourceConversation,
  type SourceItem,
} from './format.js';
import { parentPlace, withParent } from './parents.js';
import { toStorable } from './storable.js';

export const FIT_LIMITS = {
  titleCharacters: 500,
  keyCharacters: 500,
  tags: 50,
  tagCharacters: 100,
  parts: 1_000,
  contentBytes: 4_194_304,
  metadataCharacters: 60_000,
} as const;

export function fitToServer(item: SourceItem): SourceItem {
  if (item.kind !== 'conversation') return item;
  const { body, replaced } = toStorable(item.body);
  const warnings = [...item.warnings];
  if (replaced > 0)
    warnings.push(`${replaced} texts with NUL or lone surrogates have U+FFFD in their place`);
  const fitted = item.isStrict ? body : fit(body, warnings);
  return { ...item, body: fitted, warnings } satisfies SourceConversation;
}

function fit(body: ImportBody, warnings: string[]): ImportBody {
  const { title, tags, metadata, messages, headSeq } = body;
  const fields = {
    ...body,
    ...(isText(title) ? { title: fitTitle(title, warnings) } : {}),
    ...(Array.isArray(tags) ? { tags: fitTags(tags, warnings) } : {}),
    ...(isObject(metadata) ? { metadata: fitMetadata(metadata, 'metadata', warnings) } : {}),
  };
  if (!Array.isArray(messages)) return fields;
  const fitted = fitMessages(messages as unknown[], warnings);
  const head = typeof headSeq === 'number' ? { headSeq: fitted.places[headSeq] } : {};
  return { ...fields, ...head, messages: fitted.messages };
}

function fitTitle(title: string, warnings: string[]): string {
  const characters = [...title];
  if (characters.length <= FIT_LIMITS.titleCharacters) return title;
  warnings.push(`the title is cut to ${FIT_LIMITS.titleCharacters} characters`);
  return `${characters.slice(0, FIT_LIMITS.titleCharacters - 1).join('')}…`;
}

function fitTags(tags: unknown[], warnings: string[]): string[] {
  const kept = tags
    .filter(isText)
    .filter((tag) => tag.length <= FIT_LIMITS.tagCharacters)
    .slice(0, FIT_LIMITS.tags);
  if (kept.length < tags.length) warnings.push(`${tags.length - kept.length} tags are left out`);
  return kept;
}

/** Leaves out the longest fields until the others fit. */
function fitMetadata(metadata: JsonObject, place: string, warnings: string[]): JsonObject {
  const sizes = Object.entries(metadata)
    .map(([name, value]) => [name, (writeJson(value) ?? '').length + name.length] as const)
    .sort(([, a], [, b]) => a - b);
  let total = sizes.reduce((sum, [, size]) => sum + size, 0);
  const dropped = new Set<string>();
  while (total > FIT_LIMITS.metadataCharacters) {
    const [name, size] = sizes.pop()!;
    dropped.add(name);
    total -= size;
  }
  if (dropped.size === 0) return metadata;
  warnings.push(`${place}: ${[...dropped].join(', ')} is too long and is left out`);
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !dropped.has(name)));
}

/** @returns the new place of each message too, or of the one that it followed if it is left out */
function fitMessages(
  messages: unknown[],
  warnings: string[],
): { messages: unknown[]; places: number[] } {
  const fitted: unknown[] = [];
  const places = [0];
  for (const [i, message] of messages.entries()) {
    let parent = places[parentPlace(message, i)] ?? fitted.length;
    for (const piece of fitMessage(message, `message ${i + 1}`, warnings)) {
      fitted.push(withParent(piece, parent, fitted.length));
      parent = fitted.length;
    }
    places.push(parent);
  }
  return { messages: fitted, places };
}

/** A text that is too long becomes several messages. */
function fitMessage(message: unknown, place: string, warnings: string[]): JsonObject[] {
  if (!isObject(message)) {
    warnings.push(`${place} is no object and is left out`);
    return [];
  }
  const { content, metadata } = message;
  const fitted = isObject(metadata)
    ? { ...message, metadata: fitMetadata(metadata, place, warnings) }
    : message;
  const contents = piecesOf(content);
  if (contents === null) return [fitted];
  warnings.push(`${place} is too long and becomes ${contents.length} messages`);
  return contents.map((piece) => ({ ...fitted, content: piece }));
}

/** Returns null when the content fits. Of parts only their number is looked at. */
function piecesOf(content: unknown): unknown[] | null {
  if (typeof content === 'string' && Buffer.byteLength(content) > FIT_LIMITS.contentBytes)
    return chunked(content, FIT_LIMITS.contentBytes / 4);
  if (Array.isArray(content) && content.length > FIT_LIMITS.parts)
    return chunked(content as unknown[], FIT_LIMITS.parts);
  return null;
}

/** A character has at most four bytes, and a pair of surrogates is not divided. */
function chunked(whole: string | unknown[], size: number): unknown[] {
  const pieces: unknown[] = [];
  for (let at = 0; at < whole.length;) {
    let end = at + size;
    if (typeof whole === 'string' && /[\ud800-\udbff]/.test(whole[end - 1] ?? '')) end--;
    pieces.push(whole.slice(at, end));
    at = end;
  }
  return pieces;
}
