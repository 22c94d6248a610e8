// Makes the terms by which a stored message is found.
import { MAX_SEARCHED_CHARACTERS } from '../../../platform/text/index.js';
import { contentWords, fromStoredText } from '../../parts/index.js';
import { Stems, toVectorInSteps } from './message-terms.js';

/** Characters of a message that are indexed. */
export const MAX_INDEXED_CHARACTERS = MAX_SEARCHED_CHARACTERS;

export interface StoredContent {
  content: string;
  isJson: boolean;
}

/**
 * Makes the terms of a stored message, the text of a tsvector, in short steps. Of parts it takes what
 * a person or a model reads, not types, ids and URLs.
 */
export const searchedTerms = (
  { content, isJson }: StoredContent,
  stems = new Stems(),
): Generator<void, string> =>
  toVectorInSteps(isJson ? contentWords(fromStoredText(content)) : content, stems);
