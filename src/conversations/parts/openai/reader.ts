// Reads messages of OpenAI's Chat Completions, and of the servers that are compatible with it.
import type { DialectReader, StoredMessage } from '../dialect.js';
import {
  addressOf,
  emptyMedia,
  fileWords,
  isObject,
  isText,
  lookUp,
  objectIn,
  textIn,
  without,
} from '../fields.js';
import { from, type RawObject, type ReadPart } from '../part.js';
import { BESIDE_FIELDS, besideIn, isBeside, readBeside } from './beside.js';

const ROLES: Readonly<Record<string, StoredMessage['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
};

/** Fields that a message may have. One of the later ones tells the dialect. */
const COMMON_FIELDS = new Set(['role', 'content']);
const OWN_FIELDS = new Set([
  ...BESIDE_FIELDS,
  ...['name', 'tool_calls', 'tool_call_id', 'tool_name', 'annotations', 'prefix'],
]);

export const openAiReader: DialectReader = {
  dialect: 'openai',

  readMessage: (raw) => {
    const role = lookUp(ROLES, raw['role']);
    const names = Object.keys(raw);
    if (!role || !names.every((name) => COMMON_FIELDS.has(name) || OWN_FIELDS.has(name)))
      return null;
    const isOwn =
      names.some((name) => OWN_FIELDS.has(name)) || raw['role'] !== role || raw['content'] === null;
    if (!isOwn || !isContent(raw['content'])) return null;
    const { before, after } = besideIn(raw);
    const calls = callsIn(raw);
    const content = joinedContent(raw['content'], before, [...after, ...calls]);
    const metadata = {
      ...without(raw, 'role', 'content', ...storedFields(before, after, calls)),
      ...(raw['role'] === role ? {} : { role: raw['role'] }),
      // Some servers refuse null, so that an empty text is given back as one.
      ...(raw['content'] === '' && content !== '' ? { content: '' } : {}),
    };
    return { role, content, metadata: Object.keys(metadata).length > 0 ? metadata : null };
  },

  restoreMessage: ({ role, content, metadata }) => {
    const list = isText(content) ? [] : content;
    const calls = list.filter(isCall);
    const beside = list.filter(isBeside).flatMap((part) => Object.entries(part));
    const isTwice = new Set(beside.map(([name]) => name)).size < beside.length;
    if (isTwice || (calls.length > 0 && role !== 'assistant')) return null;
    const said = isText(content)
      ? content
      : contentOf(list.filter((part) => !isCall(part) && !isBeside(part)));
    const isEmptyText = said === null && metadata?.['content'] === '';
    return {
      role,
      content: isEmptyText ? '' : said,
      ...Object.fromEntries(beside),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
      ...fieldsIn(metadata ?? {}, role),
    };
  },

  readPart: (raw) => {
    const beside = readBeside(raw);
    if (beside) return beside.map((part) => from('openai', raw, part));
    const part = readPart(raw);
    return part && [from('openai', raw, part)];
  },
};

/**
 * An application's own metadata may have a role, too, which is none of a message. OpenAI refuses an
 * empty list of calls.
 */
function fieldsIn(metadata: RawObject, role: StoredMessage['role']): RawObject {
  const fields = Object.entries(metadata).filter(([name, value]) => {
    if (name === 'role') return lookUp(ROLES, value) === role;
    return OWN_FIELDS.has(name) && !(name === 'tool_calls' && isEmptyList(value));
  });
  return Object.fromEntries(fields);
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** Some servers leave out the type of a function. */
const isCall = ({ type, function: called }: RawObject): boolean =>
  type === 'function' || type === 'custom' || (type === undefined && isObject(called));

/** Content that is only one text was most likely a text, and none at all is null beside calls. */
function contentOf(parts: RawObject[]): unknown {
  const [only] = parts;
  if (only === undefined) return null;
  const isPlain = parts.length === 1 && only['type'] === 'text' && Object.keys(only).length === 2;
  return isPlain ? only['text'] : parts;
}

const isContent = (content: unknown): boolean =>
  content === null || content === undefined || isText(content) || Array.isArray(content);

/** Returns the calls beside the content. A list with anything else stays in the metadata. */
function callsIn({ tool_calls: calls }: RawObject): RawObject[] {
  return Array.isArray(calls) && calls.every(isObject) ? calls : [];
}

/** Returns the fields of the message that are parts of its content now. */
const storedFields = (before: RawObject[], after: RawObject[], calls: RawObject[]): string[] => [
  ...[...before, ...after].flatMap((part) => Object.keys(part)),
  ...(calls.length > 0 ? ['tool_calls'] : []),
];

function joinedContent(
  content: unknown,
  before: RawObject[],
  after: RawObject[],
): StoredMessage['content'] {
  const isAlone = before.length === 0 && after.length === 0;
  if (isText(content) && isAlone) return content;
  const text = isText(content) && content !== '' ? [{ type: 'text', text: content }] : [];
  const said = Array.isArray(content) ? (content as RawObject[]) : text;
  return isAlone ? said : [...before, ...said, ...after];
}

function readPart(raw: RawObject): ReadPart | null {
  switch (raw['type']) {
    case 'text':
      return isText(raw['text']) ? { kind: 'text', text: raw['text'] } : null;
    case 'refusal':
      return isText(raw['refusal']) ? { kind: 'refusal', text: raw['refusal'] } : null;
    case 'image_url':
      return readMedia(raw, 'image');
    case 'video_url':
      return readMedia(raw, 'video');
    case 'audio_url':
      return readMedia(raw, 'audio');
    case 'input_audio': {
      const { data, format } = objectIn(raw, 'input_audio');
      if (!isText(data)) return null;
      const mediaType = `audio/${isText(format) ? format : 'wav'}`;
      return { ...emptyMedia, kind: 'audio', data, mediaType };
    }
    case 'file':
      return readFile(raw);
    case undefined:
    case 'function':
    case 'custom':
      return readCall(raw);
    default:
      return null;
  }
}

/** The URL is in an object, or, as some servers take it, the value itself. */
function readMedia(raw: RawObject, kind: 'image' | 'video' | 'audio'): ReadPart | null {
  const field = `${kind}_url`;
  const media = objectIn(raw, field);
  const url = isText(raw[field]) ? raw[field] : media['url'];
  if (!isText(url)) return null;
  return { ...emptyMedia, kind, ...addressOf(url), detail: textIn(media, 'detail') };
}

/** The Agents SDK has files with other fields in parts of the same type. */
const FOREIGN_FILE_FIELDS = ['data', 'url', 'id', 'mediaType'];

function readFile(raw: RawObject): ReadPart | null {
  const { file } = raw;
  if (!isObject(file) || FOREIGN_FILE_FIELDS.some((name) => name in file)) return null;
  const { file_data: data, file_id: fileId, filename } = file;
  const media = { ...emptyMedia, ...(isText(data) ? inData(data) : {}) };
  return {
    ...media,
    kind: 'file',
    fileId: isText(fileId) ? fileId : null,
    name: isText(filename) ? filename : null,
    text: fileWords(media),
  };
}

/** File data is a data URL, or base64 by itself. */
const inData = (data: string) =>
  data.startsWith('data:') ? addressOf(data) : { data, mediaType: 'application/pdf' };

function readCall(raw: RawObject): ReadPart | null {
  const called = objectIn(raw, raw['type'] === 'custom' ? 'custom' : 'function');
  const name = textIn(called, 'name');
  if (name === null) return null;
  return {
    kind: 'tool-call',
    callId: textIn(raw, 'id'),
    name,
    input: called['arguments'] ?? called['input'] ?? {},
  };
}
