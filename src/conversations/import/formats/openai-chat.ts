// Reads a line of OpenAI's chat files, as they are used for fine-tuning: `{messages, tools?}`.
import { writeJson } from '../../../platform/input/exact-json.js';
import { type JsonObject, keyOfText, type SourceItem } from './format.js';

const FIELDS = new Set([
  ...['messages', 'tools', 'functions', 'parallel_tool_calls', 'model', 'weight'],
]);

/** True for messages alone, or with what only these files have beside them. */
export const isOpenAiChat = (value: JsonObject): boolean => {
  const names = Object.keys(value);
  return Array.isArray(value['messages']) && names.every((name) => FIELDS.has(name));
};

/** Metadata may have 64 KiB in all. */
const MAX_TOOLS_CHARACTERS = 16_000;

/** The tools go to the metadata when they are not too long. */
export function fromOpenAiChat({ messages, ...fields }: JsonObject, text: string): SourceItem[] {
  const key = keyOfText(text);
  const all = Object.entries(fields);
  const kept = all.filter(([, value]) => writeJson(value).length <= MAX_TOOLS_CHARACTERS);
  const metadata = { source: 'openai-chat', ...Object.fromEntries(kept) };
  const warnings = all
    .filter((field) => !kept.includes(field))
    .map(([name]) => `${name} is longer than ${MAX_TOOLS_CHARACTERS} characters and is left out`);
  const body = { importKey: key, metadata, messages };
  return [{ kind: 'conversation', name: key, body, warnings }];
}
