// The content of a ChatGPT message as a text or parts, nothing left out.
import { isObject, isText, type JsonObject } from './format.js';

type Part = { type: string; [field: string]: unknown };

/** Content types whose `parts` are texts and objects in order; any other is one part with its own fields. */
const inParts = new Set<unknown>(['text', 'multimodal_text']);

export const isEmptyContent = (content: unknown): boolean =>
  [contentOf(content)].flat().every((part) => part === '' || isEmptyText(part));

const isEmptyText = (part: string | Part): boolean =>
  typeof part === 'object' && part.type === 'text' && part['text'] === '';

export function contentOf(content: unknown): string | Part[] {
  if (content === undefined || content === null) return '';
  if (!isObject(content)) return [partOf(content)];
  const { content_type: type, ...fields } = content;
  const parts = fields['parts'];
  if (!Array.isArray(parts) || !inParts.has(type)) return [typed(content, fields, type)];
  if (parts.length === 0) return '';
  return type === 'text' && parts.length === 1 && typeof parts[0] === 'string'
    ? parts[0]
    : parts.map(partOf);
}

function partOf(part: unknown): Part {
  if (typeof part === 'string') return { type: 'text', text: part };
  return isObject(part)
    ? typed(part, part, part['type'] ?? part['content_type'])
    : { type: 'unknown', value: part };
}

/** What cannot stand as a part of its type, such as a `text` without a text, is kept inside one of unknown type. */
function typed(original: JsonObject, fields: JsonObject, type: unknown = 'unknown'): Part {
  const clashes =
    !isText(type) ||
    (type === 'text' && typeof fields['text'] !== 'string') ||
    (fields['type'] ?? type) !== type;
  return clashes ? { type: 'unknown', value: original } : { ...fields, type };
}
