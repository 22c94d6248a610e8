// The words of a message: what tokens are counted in, whatever shape its parts have.
import type { MessageContent } from './message-input.js';

/** Fields whose text a model reads. Addresses and binary data of images and files are not words. */
const WORDS = new Set(['text', 'thinking', 'reasoning', 'summary', 'refusal', 'name', 'arguments', 'args', 'input', 'content', 'output', 'result']);

/** The text of a message; of parts, their words, one line each. */
export function textOf(content: MessageContent): string {
  if (typeof content === 'string') return content;
  const words: string[] = [];
  collect(content, false, words);
  return words.join('\n');
}

/** Inside a field of words every text counts: the arguments of a tool call have names of their own. */
function collect(value: unknown, counts: boolean, words: string[]): void {
  if (typeof value === 'string') {
    if (counts) words.push(value);
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, counts, words);
  } else if (typeof value === 'object' && value !== null) {
    const isPart = typeof (value as { type?: unknown }).type === 'string';
    for (const [key, field] of Object.entries(value)) collect(field, WORDS.has(key) || (counts && !isPart), words);
  }
}
