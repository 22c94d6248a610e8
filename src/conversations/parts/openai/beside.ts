// Reads what a message has beside its content: reasoning, a refusal, a spoken answer, images. Each
// is stored as a part that has these fields of the message, and no type.
import { addressOf, emptyMedia, isObject, isText, objectsIn, textIn } from '../fields.js';
import type { RawObject, ReadPart } from '../part.js';

interface Group {
  /** Fields that are stored in one part. */
  names: readonly string[];
  /** True for what stands before the text of the message. */
  isFirst: boolean;
  /** True when the field has a value with words or media. */
  isTold: (value: unknown) => boolean;
  read: (fields: RawObject) => ReadPart[];
}

const isFilled = (value: unknown): boolean =>
  (isText(value) && value !== '') || (Array.isArray(value) && value.some(isObject));

const GROUPS: readonly Group[] = [
  {
    // DeepSeek and vLLM have the first, OpenRouter the next two, Ollama the last.
    names: ['reasoning_content', 'reasoning', 'reasoning_details', 'thinking'],
    isFirst: true,
    isTold: isFilled,
    read: (fields) => [readReasoning(fields)],
  },
  {
    names: ['refusal'],
    isFirst: false,
    isTold: (value) => isText(value) && value !== '',
    read: ({ refusal }) => [{ kind: 'refusal', text: refusal as string }],
  },
  {
    names: ['audio'],
    isFirst: false,
    isTold: (value) => isObject(value) && textIn(value, 'id', 'transcript', 'data') !== null,
    read: ({ audio }) => readAudio(audio as RawObject),
  },
  {
    names: ['images'],
    isFirst: false,
    isTold: (value) => Array.isArray(value) && value.length > 0,
    read: ({ images }) => readImages(images as unknown[]),
  },
  {
    // The form of calls before there were several.
    names: ['function_call'],
    isFirst: false,
    isTold: (value) => isObject(value) && textIn(value, 'name') !== null && 'arguments' in value,
    read: ({ function_call: call }) => [readFunctionCall(call as RawObject)],
  },
];
const MAX_NAMES = Math.max(...GROUPS.map(({ names }) => names.length));

/** Fields of a message that may be stored as parts. */
export const BESIDE_FIELDS: readonly string[] = GROUPS.flatMap(({ names }) => names);

export interface Beside {
  before: RawObject[];
  after: RawObject[];
}

/** Takes the fields that have words or media out of a message. */
export function besideIn(message: RawObject): Beside {
  const beside: Beside = { before: [], after: [] };
  for (const { names, isFirst, isTold } of GROUPS) {
    const told = names.filter((name) => isTold(message[name]));
    if (told.length === 0) continue;
    const part = Object.fromEntries(told.map((name) => [name, message[name]]));
    (isFirst ? beside.before : beside.after).push(part);
  }
  return beside;
}

/** Returns null for what is no part that `besideIn` made. */
export function readBeside(raw: RawObject): ReadPart[] | null {
  const group = groupOf(raw);
  return group && group.read(raw);
}

export const isBeside = (raw: RawObject): boolean => groupOf(raw) !== null;

function groupOf(raw: RawObject): Group | null {
  if ('type' in raw) return null;
  const names = Object.keys(raw);
  if (names.length === 0 || names.length > MAX_NAMES) return null;
  const group = GROUPS.find((one) => one.names.includes(names[0]!));
  const isWhole = group?.names && names.every((name) => isFieldOf(group, name, raw[name]));
  return isWhole ? group : null;
}

const isFieldOf = ({ names, isTold }: Group, name: string, value: unknown): boolean =>
  names.includes(name) && isTold(value);

/** Servers that give reasoning in two fields have the same words in both. */
function readReasoning(fields: RawObject): ReadPart {
  const details = objectsIn(fields['reasoning_details']).map((detail) =>
    textIn(detail, 'text', 'summary'),
  );
  const text =
    textIn(fields, 'reasoning_content', 'reasoning', 'thinking') ??
    details.filter((one) => one !== null).join('\n');
  return { kind: 'reasoning', text, signedBy: null, signature: null, encrypted: null };
}

/** The transcript is what the model said; a model that cannot hear reads it. */
function readAudio(audio: RawObject): ReadPart[] {
  const transcript = textIn(audio, 'transcript');
  const data = textIn(audio, 'data');
  const format = textIn(audio, 'format');
  const parts: ReadPart[] = transcript === null ? [] : [{ kind: 'text', text: transcript }];
  if (data !== null || transcript === null)
    parts.push({
      ...emptyMedia,
      kind: 'audio',
      data,
      fileId: textIn(audio, 'id'),
      mediaType: format === null ? null : `audio/${format}`,
    });
  return parts;
}

/** OpenRouter gives parts with an address or a data URL, Ollama takes texts in base64. */
function readImages(images: unknown[]): ReadPart[] {
  return images.map((image): ReadPart => {
    const inside = isObject(image) ? image['image_url'] : image;
    const url = isObject(inside) ? inside['url'] : inside;
    if (!isText(url)) return { kind: 'other', text: '' };
    const isAddress = /^(?:data|https?):/i.test(url);
    return {
      ...emptyMedia,
      kind: 'image',
      ...(isAddress ? addressOf(url) : { data: url }),
      detail: isObject(inside) ? textIn(inside, 'detail') : null,
    };
  });
}

const readFunctionCall = (call: RawObject): ReadPart => ({
  kind: 'tool-call',
  callId: null,
  name: textIn(call, 'name')!,
  input: call['arguments'] ?? {},
});
