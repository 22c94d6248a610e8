// Reads calls of the tools that OpenAI runs itself. One item holds the call and what it found.
import { addressOf, emptyMedia, isObject, isText, objectIn, objectsIn, textIn } from '../fields.js';
import type { MediaPart, Part, RawObject, ReadPart } from '../part.js';

const SERVER_CALLS = new Set([
  ...['web_search_call', 'file_search_call', 'code_interpreter_call', 'image_generation_call'],
  ...['mcp_call', 'hosted_tool_call', 'program', 'program_output'],
]);

export const isServerCall = (type: string): boolean => SERVER_CALLS.has(type);

/** The Agents SDK has the item of the API in `providerData`, and some of its fields outside. */
export const HOSTED = 'hosted_tool_call';
/** What the Agents SDK stores as such a call, and is none. */
const NO_CALLS = /^mcp_(?:list_tools|approval_)/;
const HOSTED_TYPES: ReadonlySet<string> = new Set([
  ...['web_search_call', 'file_search_call', 'code_interpreter_call', 'image_generation_call'],
  ...['mcp_call', 'mcp_list_tools', 'mcp_approval_request', 'mcp_approval_response'],
]);

/** Returns which item of the API the Agents SDK has stored; null for one that the API does not have. */
export function hostedTypeOf(raw: RawObject): string | null {
  const told = textIn(objectIn(raw, 'providerData'), 'type') ?? textIn(raw, 'name') ?? '';
  // Earlier versions of the SDK have the name of the tool.
  return [told, `${told}_call`].find((type) => HOSTED_TYPES.has(type)) ?? null;
}

/** Reads the item as a result, with its call in the first line: both are one. */
export function readServerTool(
  raw: RawObject,
  type: string,
  readNested: (content: unknown) => Part[],
): ReadPart {
  const provided = objectIn(raw, 'providerData');
  const item = type === HOSTED ? { ...raw, ...provided } : raw;
  const kind = type === HOSTED ? (textIn(provided, 'type') ?? textIn(raw, 'name') ?? type) : type;
  if (NO_CALLS.test(kind)) return { kind: 'other', text: '' };
  const { error } = item;
  const isFailed = error !== undefined && error !== null;
  return {
    kind: 'server-tool-result',
    callId: textIn(raw, 'id', 'call_id', 'callId'),
    name: textIn(type === HOSTED ? provided : raw, 'name') ?? kind.replace(/_call$/, ''),
    output: [
      ...readNested([...asked(item), ...found(item)].join('\n')),
      ...(kind === 'image_generation_call'
        ? imagesIn([item['result'] ?? item['output']], textIn(item, 'output_format') ?? 'png')
        : readNested(item['output'] ?? item['result'])),
      ...imagesIn(
        objectsIn(item['outputs']).map(({ url }) => url),
        'png',
      ),
      ...readNested(error),
    ],
    isError: isFailed || raw['status'] === 'failed',
  };
}

/** Returns what the tool was asked, each line once. */
function asked(item: RawObject): string[] {
  const action = objectIn(item, 'action');
  const queries = [action['query'], ...listOf(action['queries']), ...listOf(item['queries'])];
  const others = [action['url'], action['pattern'], item['code'], item['arguments']];
  return [...new Set([...queries, ...others].filter(isText))].filter((text) => text !== '');
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const FOUND_FIELDS = ['title', 'filename', 'url', 'text'];

function found(item: RawObject): string[] {
  const sources = [
    ...objectsIn(objectIn(item, 'action')['sources']),
    ...objectsIn(item['results']),
  ];
  const logs = objectsIn(item['outputs']).map(({ logs: text }) => text);
  return [...sources.map(wordsOfSource), ...logs].filter(isText).filter((text) => text !== '');
}

const wordsOfSource = (source: RawObject): string =>
  FOUND_FIELDS.map((name) => source[name])
    .filter(isText)
    .join('\n');

/** Reads images in base64 or by address, such as those that the tool made. */
const imagesIn = (images: unknown[], format: string): Part[] =>
  images.filter(isText).flatMap((image) => (image === '' ? [] : imagePart(image, format)));

const imagePart = (image: string, format: string): MediaPart => ({
  ...emptyMedia,
  kind: 'image',
  ...(isAddress(image) ? addressOf(image) : { data: image, mediaType: `image/${format}` }),
  dialect: null,
  original: null,
});

/** Base64 has no colon. */
export const isAddress = (text: string): boolean => /^[a-z][a-z0-9+.-]{0,20}:/i.test(text);

/** True for what the Agents SDK stores of an item that it does not know. */
export const isUnknownItem = (raw: RawObject): boolean =>
  raw['type'] === 'unknown' &&
  Object.keys(raw).every((name) => name === 'type' || name === 'id' || name === 'providerData') &&
  (raw['providerData'] === undefined || isObject(raw['providerData']));
