// Detects the format of a conversation: one line of a JSONL file, or one element of an export.
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
 * @param text the JSON that `value` was parsed from; its hash is the import key of a conversation
 *   without one
 * @throws FormatError when the value is no conversation, or a damaged one
 */
export function readConversation(value: unknown, text: string): SourceConversation {
  const format = isObject(value) ? formats.find(({ is }) => is(value)) : undefined;
  if (!format)
    throw new FormatError(
      'not a conversation: an object with `messages` (Threadkeep), `mapping` (ChatGPT) or `speakers` and `turns` (LoCoMo) was expected',
    );
  return format.read(value as JsonObject, text);
}
