// Converts texts, images and files to each provider's form. Parts that a provider does not accept
// are left out.
import type { ContentPart } from '../../conversations/index.js';
import { isPlainObject } from '../../platform/input/json-value.js';

/** An image or a file, by URL or by data. */
interface Media {
  url: string | null;
  data: string | null;
  mediaType: string;
}

/**
 * Returns the text of a part of any type. Returns null for other parts, and for reasoning, which is
 * not sent again.
 */
export function textOfPart({ type, text, refusal }: ContentPart): string | null {
  const words = text ?? refusal;
  return typeof words === 'string' && !REASONING.test(type) ? words : null;
}

const REASONING = /reasoning|thinking/;

export function openAiPart(part: ContentPart): ContentPart | null {
  const text = textOfPart(part);
  if (text !== null) return { type: 'text', text };
  if (part.type === 'image_url' || part.type === 'input_audio') return part;
  const media = part.type === 'image' || part.type === 'input_image' ? readMedia(part) : null;
  if (media)
    return {
      type: 'image_url',
      image_url: { url: media.url ?? `data:${media.mediaType};base64,${media.data}` },
    };
  return part.type === 'file' && isPlainObject(part['file']) ? part : null;
}

export function anthropicPart(part: ContentPart): ContentPart | null {
  const text = textOfPart(part);
  // Anthropic refuses empty texts.
  if (text !== null) return text.trim() === '' ? null : { type: 'text', text };
  if ((part.type === 'image' || part.type === 'document') && isPlainObject(part['source']))
    return part;
  const media = /^(image|image_url|input_image)$/.test(part.type) ? readMedia(part) : null;
  return media && { type: 'image', source: toAnthropicSource(media) };
}

const toAnthropicSource = ({ url, data, mediaType }: Media) =>
  data === null ? { type: 'url', url } : { type: 'base64', media_type: mediaType, data };

function readMedia(part: ContentPart): Media | null {
  const source = isPlainObject(part['source']) ? part['source'] : part;
  const image = isPlainObject(part['image_url'])
    ? part['image_url']['url']
    : (part['image_url'] ?? source['url'] ?? source['image']);
  const named = [source['media_type'], source['mediaType'], source['mimeType']].find(isText);
  const mediaType = named ?? 'image/png';
  if (typeof source['data'] === 'string') return { url: null, data: source['data'], mediaType };
  if (typeof image !== 'string') return null;
  const inline = /^data:([^;,]+);base64,(.*)$/s.exec(image);
  return inline
    ? { url: null, data: inline[2]!, mediaType: inline[1]! }
    : { url: image, data: null, mediaType };
}

const isText = (value: unknown): value is string => typeof value === 'string';
