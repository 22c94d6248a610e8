// Writes images and documents as Anthropic's blocks, and counts them by its published rules.
import { isObject, isWebAddress, objectIn, objectsIn, textIn, without } from '../fields.js';
import { imageSize } from '../image-size.js';
import { documentTokens } from '../media-tokens.js';
import type { MediaPart, RawObject } from '../part.js';

export const ANTHROPIC_IMAGE_TYPES: ReadonlySet<string> = new Set([
  ...['image/jpeg', 'image/png', 'image/gif', 'image/webp'],
]);

/** Returns null for media that Anthropic does not take. */
export function mediaBlock(part: MediaPart): RawObject | null {
  if (part.dialect === 'anthropic' && part.original) {
    const block = storedBlock(part, part.original);
    return block?.['title'] === '' ? without(block, 'title') : block;
  }
  const { kind, url, data } = part;
  if (kind === 'image') {
    const mediaType = part.mediaType ?? 'image/png';
    if (data !== null && ANTHROPIC_IMAGE_TYPES.has(mediaType))
      return { type: 'image', source: { type: 'base64', media_type: mediaType, data } };
    return url !== null && isWebAddress(url)
      ? { type: 'image', source: { type: 'url', url } }
      : null;
  }
  if (kind !== 'file') return null;
  const title = part.name === null || part.name === '' ? {} : { title: part.name };
  const document = (source: RawObject) => ({ type: 'document', source, ...title });
  if (part.text !== null)
    return part.text.trim() === ''
      ? null
      : document({ type: 'text', media_type: 'text/plain', data: part.text });
  if (!isPdf(part)) return null;
  if (data !== null) return document({ type: 'base64', media_type: 'application/pdf', data });
  return url !== null && isWebAddress(url) ? document({ type: 'url', url }) : null;
}

/** An address may come without a media type, as those of the Responses API do. */
const isPdf = ({ mediaType, data, url }: MediaPart): boolean =>
  mediaType === null && data === null && url !== null
    ? /^[^?#]*\.pdf(?:[?#]|$)/i.test(url)
    : mediaType === 'application/pdf';

/** Returns a stored block when it has anything to send, of a type that is taken. */
function storedBlock(part: MediaPart, original: RawObject): RawObject | null {
  const source = objectIn(original, 'source');
  if (!Array.isArray(source['content'])) return isSent(part) ? original : null;
  const content = objectsIn(source['content']).filter(isInside);
  return content.length === 0 ? null : { ...original, source: { ...source, content } };
}

/** Tells whether a block inside a document is taken: a text with words, or an image. */
const isInside = (block: RawObject): boolean =>
  block['type'] === 'image'
    ? isObject(block['source'])
    : block['type'] === 'text' && /\S/u.test(textIn(block, 'text') ?? '');

function isSent({ kind, url, data, fileId, text, mediaType }: MediaPart): boolean {
  if (text !== null) return text.trim() !== '';
  if (data === null) return fileId !== null || (url !== null && isWebAddress(url));
  return kind === 'image'
    ? ANTHROPIC_IMAGE_TYPES.has(mediaType ?? '')
    : mediaType === 'application/pdf';
}

/** Larger images are scaled down to this side, and to this many pixels in all. */
const MAX_SIDE_PIXELS = 1_568;
const MAX_PIXELS = 1_200_000;
const PIXELS_PER_TOKEN = 750;
const MAX_IMAGE_TOKENS = 1_600;
const TEXT_DOCUMENT_TOKENS = 8;

/** Images by URL are never fetched, and count as the largest. */
export function mediaTokens(part: MediaPart): number {
  if (part.kind === 'image') return imageTokens(part);
  if (part.text === null) return documentTokens(part);
  return imagesInside(part).reduce(
    (sum, data) => sum + imageTokens({ data }),
    TEXT_DOCUMENT_TOKENS,
  );
}

/** Returns the data of the images in a document that is given as blocks; null for an address. */
const imagesInside = ({ original }: MediaPart): (string | null)[] =>
  objectsIn(objectIn(original ?? {}, 'source')['content'])
    .filter(({ type }) => type === 'image')
    .map((image) => textIn(objectIn(image, 'source'), 'data'));

function imageTokens({ data }: Pick<MediaPart, 'data'>): number {
  const size = data === null ? null : imageSize(data);
  if (!size) return MAX_IMAGE_TOKENS;
  const { width, height } = size;
  const bySide = Math.min(1, MAX_SIDE_PIXELS / Math.max(width, height));
  const pixels = Math.min(MAX_PIXELS, width * height * bySide * bySide);
  return Math.min(MAX_IMAGE_TOKENS, Math.ceil(pixels / PIXELS_PER_TOKEN));
}
