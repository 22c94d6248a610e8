// Finds out which format a conversation is in: one line of a file, or one element of an export.
import { fromChatGpt, isChatGpt } from './chatgpt.js';
import { FormatError, isObject, type JsonObject, type SourceConversation } from './format.js';
import { fromLocomo, isLocomo } from './locomo.js';
import { fromNative, isNative } from './native.js';

export { FormatError, type ImportBody, type SourceConversation } from './format.js';

interface Format {
  is: (value: JsonObject) => boolean;
  read: (value: JsonObject, text: string) => SourceConversation;
}

const formats: Format[] = [
  { is: isChatGpt, read: fromChatGpt },
  { is: isLocomo, read: fromLocomo },
  { is: isNative, read: fromNative },
];

/**
 * `text` is what `value` was parsed from: a conversation without a key of its own is known by it.
 * @throws FormatError when it is no conversation, or a damaged one.
 */
export function readConversation(value: unknown, text: string): SourceConversation {
  const format = isObject(value) ? formats.find(({ is }) => is(value)) : undefined;
  if (!format)
    throw new FormatError(
      'not a conversation: an object with `messages` (Threadkeep), `mapping` (ChatGPT) or `speakers` and `turns` (LoCoMo) was expected',
    );
  return format.read(value as JsonObject, text);
}
