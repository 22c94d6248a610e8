// Reads content blocks of LangChain: those of its standard, and the older ones with a `source_type`.
import { bytesText } from '../bytes.js';
import { addressOf, emptyMedia, fileWords, isObject, isText, textIn, valueIn } from '../fields.js';
import type { MediaPart, Part, RawObject, ReadPart } from '../part.js';

export function readBlock(
  raw: RawObject,
  readNested: (content: unknown) => Part[],
): ReadPart | null {
  const { type } = raw;
  if (!isText(type)) return null;
  switch (type) {
    case 'text':
      return isText(raw['text']) ? { kind: 'text', text: raw['text'] } : null;
    case 'image_url':
      return readImageUrl(raw);
    case 'text-plain':
      return readPlainText(raw);
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return readMedia(raw, type);
    case 'reasoning':
    case 'reasoning_content':
      return readReasoning(raw);
    case 'refusal':
      return isText(raw['refusal']) ? { kind: 'refusal', text: raw['refusal'] } : null;
    case 'tool_call':
    case 'server_tool_call':
      return readCall(raw, type === 'tool_call' ? 'tool-call' : 'server-tool-call');
    case 'server_tool_call_result':
      return {
        kind: 'server-tool-result',
        callId: textIn(raw, 'toolCallId', 'tool_call_id'),
        name: null,
        output: readNested(raw['output']),
        isError: raw['status'] === 'error',
      };
    case 'citation':
      return {
        kind: 'source',
        url: textIn(raw, 'url'),
        title: textIn(raw, 'title'),
        text: textIn(raw, 'citedText', 'cited_text'),
      };
    case 'tool_call_chunk':
    case 'server_tool_call_chunk':
    case 'invalid_tool_call':
    case 'non_standard':
      return { kind: 'other', text: '' };
    default:
      return null;
  }
}

/** The image is an address, or an object with one. */
function readImageUrl(raw: RawObject): ReadPart | null {
  const image = raw['image_url'];
  const url = isObject(image) ? textIn(image, 'url') : image;
  if (!isText(url) || url === '') return null;
  const detail = isObject(image) ? textIn(image, 'detail') : null;
  return { ...emptyMedia, kind: 'image', ...addressOf(url), detail };
}

/** The text stands in the block, or its bytes do. */
function readPlainText(raw: RawObject): ReadPart {
  const media = readMedia(raw, 'file') ?? { ...emptyMedia, kind: 'file' as const };
  const data = bytesText(raw['data']);
  const decoded = data === null ? null : Buffer.from(data, 'base64').toString('utf8');
  const name = textIn(raw, 'title', 'filename');
  const text = textIn(raw, 'text') ?? decoded;
  return { ...media, mediaType: textIn(raw, 'mimeType', 'mime_type') ?? 'text/plain', name, text };
}

type ReadMedia = Extract<ReadPart, { url: string | null; data: string | null }>;

function readMedia(raw: RawObject, kind: MediaPart['kind']): ReadMedia | null {
  const url = textIn(raw, 'url');
  const data = bytesText(raw['data'] ?? raw['base64']);
  const fileId =
    textIn(raw, 'fileId', 'file_id') ?? (raw['source_type'] === 'id' ? textIn(raw, 'id') : null);
  const words = raw['source_type'] === 'text' ? textIn(raw, 'text') : null;
  if (url === null && data === null && fileId === null && words === null) return null;
  const address = url === null ? { url, data, mediaType: null } : addressOf(url);
  const mediaType = textIn(raw, 'mimeType', 'mime_type') ?? address.mediaType;
  return {
    ...emptyMedia,
    kind,
    ...address,
    mediaType,
    fileId,
    name: textIn(raw, 'filename', 'title'),
    text: words ?? (kind === 'file' ? fileWords({ data: address.data, mediaType }) : null),
  };
}

function readReasoning(raw: RawObject): ReadPart {
  const inside = raw['reasoningText'];
  const text =
    textIn(raw, 'reasoning', 'text') ?? (isObject(inside) ? textIn(inside, 'text') : null);
  return {
    kind: 'reasoning',
    text: text ?? '',
    signedBy: null,
    signature: null,
    encrypted: null,
  };
}

function readCall(raw: RawObject, kind: 'tool-call' | 'server-tool-call'): ReadPart | null {
  const name = textIn(raw, 'name');
  if (name === null || !('args' in raw)) return null;
  return { kind, callId: textIn(raw, 'id'), name, input: valueIn(raw, 'args') ?? {} };
}
