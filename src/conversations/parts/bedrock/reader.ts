// Reads messages of Bedrock's Converse API. Each block is an object with one field, its kind.
import { writeJson } from '../../../platform/input/exact-json.js';
import { bytesText } from '../bytes.js';
import type { DialectReader } from '../dialect.js';
import { emptyMedia, isObject, isText, objectIn, objectsIn, textIn, without } from '../fields.js';
import { from, type MediaPart, type Part, type RawObject, type ReadPart } from '../part.js';

const FIELDS = new Set([
  ...['text', 'image', 'document', 'video', 'audio', 'toolUse', 'toolResult', 'guardContent'],
  ...['cachePoint', 'reasoningContent', 'citationsContent', 'searchResult', 'json'],
  ...['toolAddition', 'toolRemoval'],
]);

export const bedrockReader: DialectReader = {
  dialect: 'bedrock',

  readMessage: (raw) => {
    const { role, content } = raw;
    if ((role !== 'user' && role !== 'assistant') || !Array.isArray(content)) return null;
    if (content.length === 0 || !content.every(isBlock)) return null;
    const metadata = without(raw, 'role', 'content');
    return {
      role,
      content: content,
      metadata: Object.keys(metadata).length > 0 ? metadata : null,
    };
  },

  restoreMessage: ({ role, content }) =>
    (role === 'user' || role === 'assistant') && !isText(content) ? { role, content } : null,

  readPart: (raw, readNested) => {
    const part = isBlock(raw) ? readBlock(raw, readNested) : null;
    return part && [from('bedrock', raw, part)];
  },
};

const isBlock = (block: unknown): block is RawObject => {
  if (!isObject(block)) return false;
  const names = Object.keys(block);
  return names.length === 1 && FIELDS.has(names[0]!);
};

function readBlock(raw: RawObject, readNested: (content: unknown) => Part[]): ReadPart | null {
  const [name] = Object.keys(raw) as [string];
  const value = raw[name];
  if (name === 'text') return isText(value) ? { kind: 'text', text: value } : null;
  if (name === 'json') return { kind: 'text', text: writeJson(value) };
  if (!isObject(value)) return null;
  switch (name) {
    case 'image':
    case 'video':
    case 'audio':
      return readMedia(name, value, textIn(value, 'format') ?? '');
    case 'document':
      return readMedia('file', value, textIn(value, 'format') ?? 'pdf');
    case 'toolUse': {
      const tool = textIn(value, 'name');
      if (tool === null) return null;
      const kind = value['type'] === 'server_tool_use' ? 'server-tool-call' : 'tool-call';
      const callId = textIn(value, 'toolUseId');
      return { kind, callId, name: tool, input: value['input'] ?? {} };
    }
    case 'toolResult':
      return {
        kind: isText(value['type']) ? 'server-tool-result' : 'tool-result',
        callId: textIn(value, 'toolUseId'),
        name: null,
        output: readNested(value['content']),
        isError: value['status'] === 'error',
      };
    case 'reasoningContent':
      return readReasoning(value);
    case 'citationsContent':
      return { kind: 'text', text: joinTexts(readNested(value['content'])) };
    case 'guardContent':
      return { kind: 'text', text: textIn(objectIn(value, 'text'), 'text') ?? '' };
    case 'searchResult':
      return {
        kind: 'source',
        url: textIn(value, 'source'),
        title: textIn(value, 'title'),
        text: joinTexts(readNested(value['content'])),
      };
    default:
      return { kind: 'other', text: '' };
  }
}

/** Bedrock's Claude signs its reasoning; the signature is valid there only. */
function readReasoning(value: RawObject): ReadPart {
  const said = objectIn(value, 'reasoningText');
  const encrypted = bytesText(value['redactedContent']);
  const signature = textIn(said, 'signature');
  return {
    kind: 'reasoning',
    text: textIn(said, 'text') ?? '',
    signedBy: signature !== null || encrypted !== null ? 'bedrock' : null,
    signature,
    encrypted,
  };
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  file: 'application',
  image: 'image',
  video: 'video',
  audio: 'audio',
};

function readMedia(kind: MediaPart['kind'], value: RawObject, format: string): ReadPart {
  const source = objectIn(value, 'source');
  const words = textIn(source, 'text') ?? textsOf(source['content']);
  const data = bytesText(source['bytes']);
  const isWords = kind === 'file' && /^(?:txt|md|csv|html)$/.test(format);
  return {
    ...emptyMedia,
    kind,
    data,
    url: textIn(objectIn(source, 's3Location'), 'uri'),
    mediaType: isWords ? 'text/plain' : `${MEDIA_TYPES[kind]}/${format}`,
    name: textIn(value, 'name'),
    text: words ?? (isWords && data !== null ? Buffer.from(data, 'base64').toString('utf8') : null),
  };
}

/** Returns the texts of a document that is given as blocks, or null. */
function textsOf(content: unknown): string | null {
  const texts = objectsIn(content).flatMap((block) => textIn(block, 'text') ?? []);
  return texts.length === 0 ? null : texts.join('\n');
}

const joinTexts = (parts: Part[]): string =>
  parts.map((part) => (part.kind === 'text' ? part.text : '')).join('\n');
