// The readers of all dialects, and how a part finds its own.
import { writeJson } from '../../platform/input/exact-json.js';
import { anthropicReader } from './anthropic/reader.js';
import { bedrockReader } from './bedrock/reader.js';
import { aiSdkReader } from './ai-sdk/reader.js';
import { readChatGptPart } from './chatgpt/reader.js';
import type { DialectReader } from './dialect.js';
import { isObject, isText, isWebAddress } from './fields.js';
import { geminiReader } from './gemini/reader.js';
import { langChainReader } from './langchain/reader.js';
import { openAiReader } from './openai/reader.js';
import { openAiResponsesReader } from './openai-responses/reader.js';
import { isMedia, type Part, type RawObject, textPart } from './part.js';
import { readToolPart } from './tool-parts.js';

/** In the order in which they are asked: those with the most telling shapes come first. */
export const READERS: readonly DialectReader[] = [
  anthropicReader,
  aiSdkReader,
  openAiReader,
  openAiResponsesReader,
  langChainReader,
  bedrockReader,
  geminiReader,
];

/** Parts inside results may hold parts, down to this depth. */
const MAX_DEPTH = 8;

/** Reads the content of a message: a text, or a list of parts of any dialects. */
export function readParts(content: unknown): Part[] {
  if (!Array.isArray(content)) return readValue(content, 0);
  return content.flatMap((part) => readListed(part, 0) ?? [otherPart(part)]);
}

/** Content too deep to be read stays what it is, a JSON text. */
const jsonParts = (content: unknown): Part[] =>
  content === undefined || content === null ? [] : [jsonPart(content)];

/** Reads the output of a tool: parts if it holds any, otherwise its JSON text as one text part. */
function readValue(value: unknown, depth: number): Part[] {
  if (value === undefined || value === null || value === '') return [];
  if (isText(value)) return [textPart(value)];
  if (!Array.isArray(value)) return readObject(value, depth) ?? [jsonPart(value)];
  const read = value.map((part) => readListed(part, depth));
  if (!value.some((part, i) => isObject(part) && read[i] !== null))
    return value.length === 0 ? [] : [jsonPart(value)];
  return read.flatMap((parts, i) => parts ?? [jsonPart(value[i])]);
}

const jsonPart = (value: unknown): Part => ({ ...textPart(writeJson(value)), value });

function readListed(part: unknown, depth: number): Part[] | null {
  if (isText(part)) return part === '' ? [] : [textPart(part)];
  return readObject(part, depth);
}

function readObject(value: unknown, depth: number): Part[] | null {
  if (!isObject(value)) return null;
  const text = plainTextIn(value);
  if (text !== null) return [textPart(text)];
  const readNested = (content: unknown): Part[] =>
    depth < MAX_DEPTH ? readValue(content, depth + 1) : jsonParts(content);
  for (const reader of READERS) {
    const parts = reader.readPart(value, readNested);
    if (parts) return parts.map(withTidyMedia);
  }
  return readChatGptPart(value) ?? readToolPart(value, readNested);
}

/** Reads the commonest part, which looks the same in most dialects. */
function plainTextIn(value: RawObject): string | null {
  const { type, text } = value;
  return type === 'text' && isText(text) && Object.keys(value).length === 2 ? text : null;
}

/** Base64 is looked at this far: a sender that begins well goes on well. */
const LOOKED_AT_CHARACTERS = 1_024;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** Takes an address that stands where data should, and no data that is none. */
function withTidyMedia(part: Part): Part {
  if (!isMedia(part) || part.data === null) return part;
  const { data } = part;
  if (data.length >= 4 && BASE64.test(data.slice(0, LOOKED_AT_CHARACTERS))) return part;
  return { ...part, data: null, url: part.url ?? (isWebAddress(data) ? data : null) };
}

/** True for a part that a dialect knows, whether it has a type or not. */
export const isKnownPart = (part: RawObject): boolean => readObject(part, MAX_DEPTH) !== null;

function otherPart(value: unknown): Part {
  const original: RawObject = isObject(value) ? value : { value };
  const texts: string[] = [];
  collectWords(original, false, texts);
  return { kind: 'other', text: texts.join('\n'), dialect: null, original };
}

/** Fields of parts of no known dialect that hold words, and not ids, types, URLs or data. */
const WORD_FIELDS = new Set([
  ...['text', 'content', 'summary', 'title', 'name', 'snippet', 'value', 'output', 'result'],
  ...['input', 'arguments', 'user_profile', 'user_instructions', 'model_set_context', 'refusal'],
  ...['thinking', 'reasoning', 'thoughts', 'transcript', 'parts'],
]);

/** Collects the texts in those fields. The depth is bounded by the guard of JSON bodies. */
function collectWords(value: unknown, isWords: boolean, texts: string[]): void {
  if (isText(value)) {
    if (isWords) texts.push(value);
  } else if (Array.isArray(value)) {
    for (const item of value) collectWords(item, isWords, texts);
  } else if (isObject(value)) {
    for (const [name, field] of Object.entries(value))
      collectWords(field, WORD_FIELDS.has(name), texts);
  }
}
