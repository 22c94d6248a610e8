// The words by which a message is searched, in a form that PostgreSQL's parser reads in time linear in them.
import { textOf } from './message-text.js';
import type { MessageContent } from './message-input.js';

/** Characters of one message that are indexed: a tsvector holds one megabyte, and the densest text, pairs of rare letters, takes 7.5 bytes for each. */
export const MAX_INDEXED_CHARACTERS = 125_000;

/**
 * Characters without a blank that are left together. The parser looks ahead from each of them, for hosts, paths and addresses of mail:
 * 30,000 times `a_` took it minutes.
 */
const MAX_RUN_CHARACTERS = 256;

export interface StoredContent {
  content: string;
  isJson: boolean;
}

/** The words of a message as it is stored. Of parts, the fields that a person or a model reads; not types, ids and addresses. */
export function searchedWords({ content, isJson }: StoredContent): string {
  const text = isJson ? textOf(JSON.parse(content) as MessageContent, INPUTS) : content;
  return parsable(text.slice(0, MAX_INDEXED_CHARACTERS));
}

/** Inside these objects every text was searched before texts were taken by `textOf` alone, and still is. */
const INPUTS: ReadonlySet<string> = new Set(['arguments', 'args', 'input', 'output', 'result']);

/** Breaks what the parser looks far ahead for: runs without a blank, and comments and tags, which may have no end. */
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
