// OpenAI's published rule for the tokens of an image: 85, and 170 for each tile of high detail.
import { imageSize, type ImageSize } from '../image-size.js';
import type { MediaPart } from '../part.js';

const BASE_TOKENS = 85;
const TILE_TOKENS = 170;
const TILE_PIXELS = 512;
const MAX_SIDE_PIXELS = 2_048;
const SHORT_SIDE_PIXELS = 768;
/** A size of 768 by 2,048 pixels, which no image exceeds after scaling, is 2 by 4 tiles. */
const MAX_TILES = 8;

/** Images by URL are never fetched, and count as the largest of their detail. */
export function imageTokens({ data, detail }: MediaPart): number {
  if (detail === 'low') return BASE_TOKENS;
  const size = data === null ? null : imageSize(data);
  return BASE_TOKENS + TILE_TOKENS * (size ? tiles(size) : MAX_TILES);
}

function tiles(size: ImageSize): number {
  const fitted = scaled(size, MAX_SIDE_PIXELS / Math.max(size.width, size.height));
  const { width, height } = scaled(
    fitted,
    SHORT_SIDE_PIXELS / Math.min(fitted.width, fitted.height),
  );
  return Math.ceil(width / TILE_PIXELS) * Math.ceil(height / TILE_PIXELS);
}

/** Scales down, never up. */
function scaled({ width, height }: ImageSize, factor: number): ImageSize {
  const by = Math.min(1, factor);
  return {
    width: Math.max(1, Math.round(width * by)),
    height: Math.max(1, Math.round(height * by)),
  };
}
