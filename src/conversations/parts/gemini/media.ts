// Writes media as Gemini's parts, and counts it by Gemini's published rules.
import { imageSize } from '../image-size.js';
import { documentPages, documentTokens } from '../media-tokens.js';
import type { MediaPart, RawObject } from '../part.js';

const IMAGE_TYPES = new Set(['png', 'jpeg', 'webp', 'heic', 'heif'].map((name) => `image/${name}`));
const OTHER_TYPES = /^(?:audio|video)\/|^application\/pdf$|^text\//;

export const isGeminiType = (mediaType: string): boolean =>
  IMAGE_TYPES.has(mediaType) || OTHER_TYPES.test(mediaType);

/** Addresses of files at Google, and of public videos. */
const OWN_ADDRESS =
  /^(?:gs:\/\/|https:\/\/(?:generativelanguage\.googleapis\.com|www\.youtube\.com|youtu\.be)\/)/;

/** Returns null for media that Gemini does not take. It takes addresses of its own files only. */
export function mediaPart(part: MediaPart): RawObject | null {
  const mediaType = part.mediaType ?? (part.kind === 'image' ? 'image/png' : '');
  const isTaken = isGeminiType(mediaType);
  const isOwn = part.data !== null || (part.url !== null && OWN_ADDRESS.test(part.url));
  if (part.dialect === 'gemini' && part.original && isOwn && isTaken) return part.original;
  if (part.data === null || !isTaken) return null;
  // The data of a text that was shortened is still the whole.
  const data = part.text === null ? part.data : Buffer.from(part.text).toString('base64');
  return { inlineData: { mimeType: mediaType, data } };
}

const TILE_TOKENS = 258;
const SMALL_IMAGE_PIXELS = 384;
const TILE_PIXELS = 768;
/** Tiles of an image whose size is not known. */
const MAX_TILES = 6;

export function mediaTokens(part: MediaPart): number {
  if (part.kind === 'image') return imageTokens(part);
  if (part.text !== null) return 0;
  return part.kind === 'file' && part.data !== null
    ? documentPages(part.data) * TILE_TOKENS
    : documentTokens(part);
}

function imageTokens({ data }: MediaPart): number {
  const size = data === null ? null : imageSize(data);
  if (!size) return MAX_TILES * TILE_TOKENS;
  const { width, height } = size;
  if (width <= SMALL_IMAGE_PIXELS && height <= SMALL_IMAGE_PIXELS) return TILE_TOKENS;
  return Math.ceil(width / TILE_PIXELS) * Math.ceil(height / TILE_PIXELS) * TILE_TOKENS;
}
