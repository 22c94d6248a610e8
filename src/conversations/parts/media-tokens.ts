// Estimates the tokens of documents, sounds and videos, which providers charge by pages and seconds.
import type { MediaPart } from './part.js';
import { pdfPages } from './pdf-pages.js';

/**
 * Tokens of a page of a PDF: its text and its picture. Anthropic names 1,500 to 3,000 for the text,
 * and pages of the public set pdf-token-cost take 2,300 on average.
 */
const PAGE_TOKENS = 2_300;
/** Bytes of a page when the pages cannot be counted. */
const ASSUMED_PAGE_BYTES = 50_000;

const AUDIO_TOKENS_PER_SECOND = 32;
/** As of speech in MP3. WAV has ten times as many, and is rated too high by it, never too low. */
const AUDIO_BYTES_PER_SECOND = 8_000;
const VIDEO_TOKENS_PER_SECOND = 263;
const VIDEO_BYTES_PER_SECOND = 125_000;
/** Tokens of media by URL or by id, whose size is not known. */
const UNKNOWN_SIZE_TOKENS = 5_000;

/** Returns the tokens of a file, a sound or a video that is sent as bytes or by its address. */
export function documentTokens({ kind, data }: MediaPart): number {
  if (data === null) return UNKNOWN_SIZE_TOKENS;
  const bytes = (data.length * 3) / 4;
  if (kind === 'audio') return Math.ceil(bytes / AUDIO_BYTES_PER_SECOND) * AUDIO_TOKENS_PER_SECOND;
  if (kind === 'video') return Math.ceil(bytes / VIDEO_BYTES_PER_SECOND) * VIDEO_TOKENS_PER_SECOND;
  return documentPages(data) * PAGE_TOKENS;
}

/** Counts the pages of a PDF. Those that its bytes do not tell are estimated by their number. */
export function documentPages(base64: string): number {
  const { pages, isWhole } = pdfPages(base64);
  const bytes = (base64.length * 3) / 4;
  const isTold = isWhole && pages > 0;
  return Math.max(1, pages, isTold ? 0 : Math.ceil(bytes / ASSUMED_PAGE_BYTES));
}
