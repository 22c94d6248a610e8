// Extracts the text of a message from content of any shape. Tokens are counted in it.
import type { MessageContent } from './message-content.js';

/** Fields whose text a model reads. URLs and binary data of images and files are left out. */
const TEXT_FIELDS = new Set([
  'text',
  'thinking',
  'reasoning',
  'summary',
  'refusal',
  'name',
  'arguments',
  'args',
  'input',
  'content',
  'output',
  'result',
]);
const NO_FIELDS: ReadonlySet<string> = new Set();

/**
 * Returns the text of a message; the texts of parts are joined by line breaks.
 * @param whole fields of which every nested text counts, when they are objects
 */
export function textOf(content: MessageContent, whole = NO_FIELDS): string {
  if (typeof content === 'string') return content;
  const words: string[] = [];
  collect(content, { counts: false, all: false }, whole, words);
  return words.join('\n');
}

/**
 * `counts`: texts at this place count. `isWhole`: all nested texts count, whatever field they are
 * in.
 */
interface TextPlace {
  counts: boolean;
  all: boolean;
}

/**
 * Collects texts. In a text field that is an object all nested texts count: the arguments of a tool
 * call have names of their own.
 */
function collect(
  value: unknown,
  place: TextPlace,
  whole: ReadonlySet<string>,
  words: string[],
): void {
  if (typeof value === 'string') {
    if (place.counts || place.all) words.push(value);
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, place, whole, words);
  } else if (typeof value === 'object' && value !== null) {
    const isPart = typeof (value as { type?: unknown }).type === 'string';
    for (const [key, field] of Object.entries(value)) {
      const counts = TEXT_FIELDS.has(key) || (place.counts && !isPart);
      const all = place.all || (whole.has(key) && isObject(field));
      collect(field, { counts, all }, whole, words);
    }
  }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && !Array.isArray(value);
