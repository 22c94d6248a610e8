// Prepares the words of a message for the search index, in a form that PostgreSQL parses in linear
// time.
import { textOf } from './message-text.js';
import type { MessageContent } from './message-content.js';

/**
 * Characters of a message that are indexed. A tsvector holds 1 MB, and the densest text (pairs of
 * rare letters) takes 7.5 bytes a character.
 */
export const MAX_INDEXED_CHARACTERS = 125_000;

/**
 * Longest run of characters without a space. The parser looks ahead from each character for hosts,
 * paths and mail addresses: 30,000 times `a_` took minutes.
 */
const MAX_RUN_CHARACTERS = 256;

export interface StoredContent {
  content: string;
  isJson: boolean;
}

/**
 * Returns the searchable words of a stored message. Of parts it takes what a person or a model
 * reads, not types, ids and URLs.
 */
export function searchedWords({ content, isJson }: StoredContent): string {
  const text = isJson ? textOf(JSON.parse(content) as MessageContent, INPUTS) : content;
  return parsable(text.slice(0, MAX_INDEXED_CHARACTERS));
}

/** Every text in these objects is searched, as older releases did. */
const INPUTS: ReadonlySet<string> = new Set(['arguments', 'args', 'input', 'output', 'result']);

/** Inserts breaks where the parser would look far ahead: in long runs, comments and tags. */
export function parsable(text: string): string {
  const pieces: string[] = [];
  let [from, run] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isBlank(code)) run = 0;
    else if (++run > MAX_RUN_CHARACTERS && !isLowSurrogate(code)) {
      pieces.push(text.slice(from, i));
      [from, run] = [i, 1];
    }
  }
  pieces.push(text.slice(from));
  return pieces.join(' ').replaceAll('<', ' ');
}

const isBlank = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d);
const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;
