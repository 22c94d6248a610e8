// Reads messages and content blocks of Anthropic's Messages API.
import type { DialectReader } from '../dialect.js';
import { emptyMedia, isObject, isText, objectIn, objectsIn, textIn, without } from '../fields.js';
import { from, type MediaPart, type Part, type RawObject, type ReadPart } from '../part.js';

/** Fields that only a message of an answer has. */
const ANSWER_FIELDS = ['stop_reason', 'usage', 'model'];

export const anthropicReader: DialectReader = {
  dialect: 'anthropic',

  readMessage: (raw) => {
    const { role, content } = raw;
    const isAnswer = raw['type'] === 'message' && ANSWER_FIELDS.some((name) => name in raw);
    if (!isAnswer || (role !== 'assistant' && role !== 'user') || !Array.isArray(content))
      return null;
    const metadata = without(raw, 'role', 'content', 'type');
    return { role, content: content as RawObject[], metadata };
  },

  restoreMessage: ({ role, content }) =>
    role === 'user' || role === 'assistant' ? { role, content } : null,

  readPart: (raw, readNested) => {
    const part = readBlock(raw, readNested);
    return part && [from('anthropic', raw, part)];
  },
};

/** Block types that are not sent to a model again. Some have words that a person may search for. */
const OTHER_TYPES = new Set([
  ...['container_upload', 'compaction', 'mid_conv_system', 'fallback', 'tool_reference'],
  ...['tool_addition', 'tool_removal', 'mcp_tool_listing', 'browser_state'],
]);

const SERVER_RESULT = /^[a-z_]{1,60}_tool_result$/;

function readBlock(raw: RawObject, readNested: (content: unknown) => Part[]): ReadPart | null {
  const { type } = raw;
  if (!isText(type)) return null;
  switch (type) {
    case 'text':
      return isText(raw['text']) && ('citations' in raw || 'cache_control' in raw)
        ? { kind: 'text', text: raw['text'] }
        : null;
    case 'image':
    case 'document':
      return isObject(raw['source']) ? readSource(raw, raw['source']) : null;
    case 'search_result':
      return {
        kind: 'source',
        url: textIn(raw, 'source'),
        title: textIn(raw, 'title'),
        text: textsOf(raw['content']),
      };
    case 'thinking':
      return {
        kind: 'reasoning',
        text: textIn(raw, 'thinking') ?? '',
        signedBy: isText(raw['signature']) && raw['signature'] !== '' ? 'anthropic' : null,
        signature: textIn(raw, 'signature'),
        encrypted: null,
      };
    case 'redacted_thinking': {
      const encrypted = textIn(raw, 'data');
      const signedBy = encrypted === null ? null : 'anthropic';
      return { kind: 'reasoning', text: '', signedBy, signature: null, encrypted };
    }
    case 'tool_use':
      return readCall(raw, 'tool-call');
    case 'server_tool_use':
    case 'mcp_tool_use':
      return readCall(raw, 'server-tool-call');
    case 'tool_result':
      return isText(raw['tool_use_id'])
        ? {
            kind: 'tool-result',
            callId: raw['tool_use_id'],
            name: null,
            output: readNested(raw['content']),
            isError: raw['is_error'] === true,
          }
        : null;
    case 'compaction':
      // OpenAI has items of this type, without content.
      if (!('content' in raw)) return null;
  }
  if (OTHER_TYPES.has(type))
    return { kind: 'other', text: textIn(raw, 'tool_name') ?? textsOf(raw['content']) };
  return SERVER_RESULT.test(type) && isText(raw['tool_use_id'])
    ? readServerResult(raw, type, readNested)
    : null;
}

function readCall(raw: RawObject, kind: 'tool-call' | 'server-tool-call'): ReadPart | null {
  const name = textIn(raw, 'name');
  if (name === null) return null;
  return { kind, callId: textIn(raw, 'id'), name, input: raw['input'] ?? {} };
}

/** Results of server tools have forms of their own; what a person can read of them is kept. */
function readServerResult(
  raw: RawObject,
  type: string,
  readNested: (content: unknown) => Part[],
): ReadPart {
  const { content } = raw;
  const list = isObject(content) ? [content] : Array.isArray(content) ? content : [];
  const output = list.flatMap((item) => (isObject(item) ? readFound(item) : readNested(item)));
  return {
    kind: 'server-tool-result',
    callId: textIn(raw, 'tool_use_id'),
    name: type.replace(/_tool_result$/, ''),
    output: isText(content) ? readNested(content) : output,
    isError:
      raw['is_error'] === true || list.some((item) => isObject(item) && 'error_code' in item),
  };
}

/** Reads a web page that was found, the output of code, or a document that was fetched. */
function readFound(item: RawObject): Part[] {
  const found = (read: ReadPart): Part[] => [from('anthropic', item, read)];
  switch (item['type']) {
    case 'web_search_result':
      return found({
        kind: 'source',
        url: textIn(item, 'url'),
        title: textIn(item, 'title'),
        text: null,
      });
    case 'web_fetch_result': {
      const document = objectIn(item, 'content');
      const url = textIn(item, 'url');
      const title = textIn(document, 'title');
      const read = readSource(document, objectIn(document, 'source'));
      return [
        ...found({ kind: 'source', url, title, text: read.text }),
        ...(read.data === null ? [] : found(read)),
      ];
    }
    case 'text':
      return found({ kind: 'text', text: textIn(item, 'text') ?? '' });
    default:
      return found({
        kind: 'text',
        text: ['stdout', 'stderr', 'content', 'error_code', 'error_message']
          .map((name) => textIn(item, name))
          .filter((text) => text !== null)
          .join('\n'),
      });
  }
}

/** Reads an image or a document by its source. */
function readSource(raw: RawObject, source: RawObject): Omit<MediaPart, 'dialect' | 'original'> {
  const kind: MediaPart['kind'] = raw['type'] === 'image' ? 'image' : 'file';
  const media = {
    ...emptyMedia,
    kind,
    mediaType: textIn(source, 'media_type'),
    name: textIn(raw, 'title'),
  };
  switch (source['type']) {
    case 'base64':
      return { ...media, data: textIn(source, 'data') };
    case 'url':
      return { ...media, url: textIn(source, 'url') };
    case 'file':
      return { ...media, fileId: textIn(source, 'file_id') };
    case 'text':
      return { ...media, text: textIn(source, 'data') ?? '' };
    case 'content':
      return { ...media, text: textsOf(source['content']) };
    default:
      return media;
  }
}

const textsOf = (content: unknown): string =>
  isText(content)
    ? content
    : objectsIn(content)
        .map((block) => textIn(block, 'text') ?? '')
        .join('\n');
