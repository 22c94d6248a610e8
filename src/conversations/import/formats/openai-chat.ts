// Reads a line of OpenAI's chat files, as they are used for fine-tuning: `{messages, tools?}`.
import { writeJson } from '../../../platform/input/exact-json.js';
import type { JsonObject, SourceConversation } from './format.js';
import { keyOfText } from './native.js';

const FIELDS = new Set([
  ...['messages', 'tools', 'functions', 'parallel_tool_calls', 'model', 'weight'],
]);

/** True for messages with what only these files have beside them. */
export const isOpenAiChat = (value: JsonObject): boolean => {
  const names = Object.keys(value);
  return 'messages' in value && names.length > 1 && names.every((name) => FIELDS.has(name));
};

/** Metadata may have 64 KiB in all. */
const MAX_TOOLS_CHARACTERS = 16_000;

/** The tools go to the metadata when they are not too long. */
export function fromOpenAiChat(
  { messages, ...fields }: JsonObject,
  text: string,
): SourceConversation {
  const key = keyOfText(text);
  const kept = Object.entries(fields).filter(
    ([, value]) => writeJson(value).length <= MAX_TOOLS_CHARACTERS,
  );
  const metadata = { source: 'openai-chat', ...Object.fromEntries(kept) };
  return { name: key, body: { importKey: key, metadata, messages } };
}
