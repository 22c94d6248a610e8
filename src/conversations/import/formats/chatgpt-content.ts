// Converts the content of a ChatGPT message to text or parts, without losing anything.
import { isObject, isText, type JsonObject } from './format.js';

type ChatGptPart = { type: string; [field: string]: unknown };

/**
 * Content types with texts and objects in `parts`. Any other type becomes one part with its own
 * fields.
 */
const inParts = new Set<unknown>(['text', 'multimodal_text']);

export const isEmptyContent = (content: unknown): boolean =>
  [convertContent(content)].flat().every((part) => part === '' || isEmptyText(part));

const isEmptyText = (part: string | ChatGptPart): boolean =>
  typeof part === 'object' && part.type === 'text' && part['text'] === '';

export function convertContent(content: unknown): string | ChatGptPart[] {
  if (content === undefined || content === null) return '';
  if (!isObject(content)) return [convertPart(content)];
  const { content_type: type, ...fields } = content;
  const parts = fields['parts'];
  if (!Array.isArray(parts) || !inParts.has(type)) return [typed(content, fields, type)];
  if (parts.length === 0) return '';
  return type === 'text' && parts.length === 1 && typeof parts[0] === 'string'
    ? parts[0]
    : parts.map(convertPart);
}

function convertPart(part: unknown): ChatGptPart {
  if (typeof part === 'string') return { type: 'text', text: part };
  return isObject(part)
    ? typed(part, part, part['type'] ?? part['content_type'])
    : { type: 'unknown', value: part };
}

/**
 * Makes a part. Content that is not valid for its type, such as `text` without a text, becomes a
 * part of type `unknown` that contains it.
 */
function typed(original: JsonObject, fields: JsonObject, type: unknown = 'unknown'): ChatGptPart {
  const clashes =
    !isText(type) ||
    (type === 'text' && typeof fields['text'] !== 'string') ||
    (fields['type'] ?? type) !== type;
  return clashes ? { type: 'unknown', value: original } : { ...fields, type };
}
