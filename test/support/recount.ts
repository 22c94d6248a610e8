// Counts the tokens of a context from its messages alone: each text, name, id, arguments and result
// by the encoding, 4 for each message, and media by the published rules. A lower bound.
import type { CheckedContext } from './dialect-rules/index.js';
import type { ContextFormat } from '../../src/context-window/formats.js';

type Count = (text: string) => number;
type Fields = Record<string, unknown>;

const MESSAGE_TOKENS = 4;

/** Fields whose values are words, wherever they stand. */
const WORDS = new Set([
  ...['text', 'content', 'refusal', 'name', 'arguments', 'call_id', 'tool_call_id', 'tool_use_id'],
  ...['toolCallId', 'toolName', 'thinking', 'errorText', 'code', 'filename', 'title', 'context'],
]);
/** Fields whose value is sent as JSON when it is no text. */
const JSON_VALUES = new Set(['input', 'args', 'output', 'response']);
/** Objects whose `id` is that of a call. */
const CALL_TYPES = new Set(['function', 'custom', 'tool_use', 'server_tool_use', 'mcp_tool_use']);
/** Fields that are not for the model, or that only the provider reads. */
const UNREAD = new Set([
  ...['metadata', 'providerMetadata', 'callProviderMetadata', 'resultProviderMetadata'],
  ...['annotations', 'citations', 'logprobs', 'signature', 'thoughtSignature', 'source'],
  ...['cache_control', 'encrypted_content', 'inlineData', 'fileData', 'image_url', 'input_audio'],
]);

export function recount(format: ContextFormat, context: CheckedContext, count: Count): number {
  const all = [...(context.system ?? []), ...context.messages] as Fields[];
  return all.reduce((sum, one) => sum + MESSAGE_TOKENS + countFields(one, format, count), 0);
}

function countValue(value: unknown, format: ContextFormat, count: Count): number {
  if (Array.isArray(value))
    return value.reduce<number>((sum, item) => sum + countValue(item, format, count), 0);
  return typeof value === 'object' && value !== null
    ? countFields(value as Fields, format, count)
    : 0;
}

function countFields(fields: Fields, format: ContextFormat, count: Count): number {
  const type = String(fields['type']);
  let sum = mediaTokens(fields, format) + countDocument(fields, count);
  if (CALL_TYPES.has(type) || 'args' in fields || 'response' in fields)
    sum += countText(fields['id'], count);
  if (type.startsWith('tool-') && format === 'ai-sdk') sum += count(type.slice('tool-'.length));
  for (const [name, value] of Object.entries(fields)) {
    if (UNREAD.has(name)) continue;
    if (typeof value === 'string')
      sum += WORDS.has(name) || JSON_VALUES.has(name) ? count(value) : 0;
    else if (JSON_VALUES.has(name)) sum += countJson(value, format, count);
    else sum += countValue(value, format, count);
  }
  return sum;
}

const countText = (value: unknown, count: Count): number =>
  typeof value === 'string' ? count(value) : 0;

/** A result is its own text, a list of parts, or JSON. */
function countJson(value: unknown, format: ContextFormat, count: Count): number {
  if (value === undefined || value === null) return 0;
  if (Array.isArray(value) && value.some((item) => typeof (item as Fields)?.['type'] === 'string'))
    return countValue(value, format, count);
  const [only, ...others] = typeof value === 'object' ? Object.values(value) : [value];
  return others.length === 0 && typeof only === 'string'
    ? count(only)
    : count(JSON.stringify(value));
}

/** Counts the text of a document. */
function countDocument({ type, source }: Fields, count: Count): number {
  if (type !== 'document') return 0;
  const { type: kind, data } = source as Fields;
  return kind === 'text' ? count(String(data)) : 0;
}

/** Tokens of an image of this size, or of the largest one when the size is not known. */
type ImageRule = (width: number, height: number) => number;
const tiles = (length: number, size: number): number => Math.max(1, Math.ceil(length / size));
const IMAGE_RULES: Record<ContextFormat, { known: ImageRule; unknown: number }> = {
  // Fits 2,048 squared, then the short side 768, then 170 for each tile of 512, and 85.
  openai: { known: openAiImage, unknown: 1_445 },
  'openai-responses': { known: openAiImage, unknown: 1_445 },
  // Fits 1,568 squared and 1.15 megapixels, then pixels by 750.
  anthropic: { known: anthropicImage, unknown: 1_533 },
  gemini: { known: () => 258, unknown: 258 },
  'ai-sdk': { known: () => 0, unknown: 0 },
};

function openAiImage(width: number, height: number): number {
  const fit = Math.min(1, 2_048 / Math.max(width, height));
  const scale = fit * Math.min(1, 768 / (Math.min(width, height) * fit));
  return 85 + 170 * tiles(width * scale, 512) * tiles(height * scale, 512);
}

function anthropicImage(width: number, height: number): number {
  const scale = Math.min(1, 1_568 / Math.max(width, height));
  return Math.floor(Math.min(1_150_000, width * height * scale * scale) / 750);
}

const LOW_DETAIL_TOKENS = 85;
const PDF_PAGE_TOKENS: Record<ContextFormat, number> = {
  openai: 0,
  'openai-responses': 0,
  anthropic: 1_500,
  gemini: 258,
  'ai-sdk': 0,
};

function mediaTokens(fields: Fields, format: ContextFormat): number {
  const { url, data, type, detail } = imageOf(fields);
  if (type === 'application/pdf' && data !== null) return PDF_PAGE_TOKENS[format];
  if (!type.startsWith('image/')) return 0;
  if (detail === 'low' && format.startsWith('openai')) return LOW_DETAIL_TOKENS;
  const { known, unknown } = IMAGE_RULES[format];
  if (url !== null) return unknown;
  const size = sizeOf(data ?? '');
  return size ? known(...size) : 0;
}

interface SentMedia {
  url: string | null;
  data: string | null;
  type: string;
  detail: unknown;
}

/** Reads the media of a part of any of the formats. */
function imageOf(part: Fields): SentMedia {
  const none = { url: null, data: null, type: '', detail: undefined };
  switch (part['type']) {
    case 'image_url': {
      const { url, detail } = part['image_url'] as Fields;
      return { ...fromAddress(String(url), 'image/'), detail };
    }
    case 'input_image':
      return { ...fromAddress(String(part['image_url']), 'image/'), detail: part['detail'] };
    case 'image':
    case 'document': {
      const source = part['source'] as Fields;
      if (source['type'] === 'base64')
        return { ...none, data: String(source['data']), type: String(source['media_type']) };
      return part['type'] === 'image' ? { ...none, url: 'elsewhere', type: 'image/' } : none;
    }
    default: {
      const inline = part['inlineData'] as Fields | undefined;
      return inline
        ? { ...none, data: String(inline['data']), type: String(inline['mimeType']) }
        : none;
    }
  }
}

function fromAddress(url: string, type: string): SentMedia {
  const [head, data] = url.startsWith('data:') ? url.slice('data:'.length).split(',') : [];
  return data === undefined
    ? { url, data: null, type, detail: undefined }
    : { url: null, data, type: head!.split(';')[0]!, detail: undefined };
}

/** Reads the size of a PNG or a GIF. */
function sizeOf(base64: string): [width: number, height: number] | null {
  const bytes = Buffer.from(base64.slice(0, 64), 'base64');
  if (bytes.length >= 24 && bytes.toString('latin1', 1, 4) === 'PNG')
    return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (bytes.length >= 10 && bytes.toString('latin1', 0, 3) === 'GIF')
    return [bytes.readUInt16LE(6), bytes.readUInt16LE(8)];
  return null;
}
