// Detects the format of a conversation: one line of a JSONL file, or one element of an export.
import { fromChatGpt, isChatGpt } from './chatgpt.js';
import { FormatError, isObject, type JsonObject, type SourceConversation } from './format.js';
import { fromLocomo, isLocomo } from './locomo.js';
import { fromNative, isNative } from './native.js';
import { toStorable } from './storable.js';
import { fromOpenAiChat, isOpenAiChat } from './openai-chat.js';

export { FormatError, type ImportBody, type SourceConversation } from './format.js';

interface Format {
  is: (value: JsonObject) => boolean;
  read: (value: JsonObject, text: string) => SourceConversation;
}

const formats: Format[] = [
  { is: isChatGpt, read: fromChatGpt },
  { is: isLocomo, read: fromLocomo },
  { is: isOpenAiChat, read: fromOpenAiChat },
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
  const { name, body, warnings = [] } = format.read(value as JsonObject, text);
  const { body: storable, replaced } = toStorable(body);
  if (replaced > 0)
    warnings.push(`${replaced} texts with NUL or lone surrogates have U+FFFD in their place`);
  return { name, body: storable, ...(warnings.length > 0 ? { warnings } : {}) };
}
