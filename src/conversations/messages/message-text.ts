// The words of a message: what tokens are counted in, whatever shape its parts have.
import type { MessageContent } from './message-input.js';

/** Fields whose text a model reads. Addresses and binary data of images and files are not words. */
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
 * The text of a message; of parts, their words, one line each.
 * @param whole fields of which, where they are objects, every text counts
 */
export function textOf(content: MessageContent, whole = NO_FIELDS): string {
  if (typeof content === 'string') return content;
  const words: string[] = [];
  collect(content, { counts: false, all: false }, whole, words);
  return words.join('\n');
}

/** Whether a text counts here; and whether it does whatever field it is in. */
interface Place {
  counts: boolean;
  all: boolean;
}

/** Inside a field of words every text counts: the arguments of a tool call have names of their own. */
function collect(value: unknown, place: Place, whole: ReadonlySet<string>, words: string[]): void {
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
