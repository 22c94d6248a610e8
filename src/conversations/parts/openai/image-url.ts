// The images that OpenAI takes, by both of its APIs.
import { mediaUrl } from '../as-text.js';
import type { MediaPart } from '../part.js';

export const OPENAI_IMAGE_TYPES: ReadonlySet<string> = new Set([
  ...['image/png', 'image/jpeg', 'image/gif', 'image/webp'],
]);

/** Returns the address or the data URL of an image, or null when it is of another type. */
export const imageUrl = (part: MediaPart): string | null =>
  part.data === null || OPENAI_IMAGE_TYPES.has(part.mediaType ?? 'image/png')
    ? mediaUrl(part, 'image/png')
    : null;
