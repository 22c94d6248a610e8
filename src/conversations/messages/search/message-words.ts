// Makes the terms by which a stored message is found.
import {
  MAX_SEARCHED_CHARACTERS,
  Stems,
  type TermVector,
  toVectorInSteps,
} from '../../../platform/text/index.js';
import { contentWords, fromStoredText } from '../../parts/index.js';
import { toTsvectorInSteps } from './message-terms.js';

/** Characters of a message that are indexed. */
export const MAX_INDEXED_CHARACTERS = MAX_SEARCHED_CHARACTERS;

export interface StoredContent {
  content: string;
  isJson: boolean;
}

/** Returns what a person or a model reads of a message: not types, ids and URLs. */
const textOf = ({ content, isJson }: StoredContent): string =>
  isJson ? contentWords(fromStoredText(content)) : content;

/** Makes the terms of a stored message, the text of a tsvector, in short steps. */
export const searchedTerms = (
  content: StoredContent,
  stems = new Stems(),
): Generator<void, string> => toTsvectorInSteps(textOf(content), stems);

/** Makes the terms of a stored message, to compare them here. */
export const searchedVector = (content: StoredContent, stems: Stems): Generator<void, TermVector> =>
  toVectorInSteps(textOf(content), stems);
