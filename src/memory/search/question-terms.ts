// Turns the words of a question into terms. A term has several forms when its word may be written
// in another way in the texts.
import {
  findExtraWords,
  findSpacelessWords,
  isEnglish,
  listWordForms,
  mayBeMistyped,
  ROOT_WEIGHT,
  SPACELESS_PAIR,
  type SpacelessWords,
  splitIntoPieces,
  splitWords,
  STOP_WORDS,
  writeTwoLetters,
} from '../../platform/text/index.js';
import { type TermKey, wordKey } from './terms.js';

export interface TermForm {
  key: TermKey;
  /** Weight of a word with the stem of this form. */
  stemWeight: number;
  /** Weight of a word with only its root. */
  rootWeight: number;
}

export interface QuestionTerm {
  forms: TermForm[];
  /** Its share in the question, besides its rarity. */
  weight: number;
  /** The word, if it may be a mistyped one. */
  word?: string;
}

/** How many different terms of a question are searched for. */
const MAX_QUESTION_TERMS = 400;
/** How many forms all terms of a question have at most. */
const MAX_FORMS = 4_000;
/** Weight of a word of one or two letters, which in most languages is an article or a preposition. */
const SHORT_WORD_WEIGHT = 0.4;
/** Weights of a term that is a single character, or a pair inside a word of a dictionary. */
const CHARACTER_WEIGHT = 0.7;
const PAIR_IN_WORD_WEIGHT = 0.15;
/** Weight of a pair of characters of two words. */
const PAIR_OF_WORDS_WEIGHT = 0.3;

const SHORT_WORD = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{M}]{1,2}$/u;
const DICTIONARY_PAIR = /^[\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

/** @param keepsStopWords stop words are terms, too */
export function toQuestionTerms(text: string, keepsStopWords = false): QuestionTerm[] {
  const terms = new Map<TermKey, QuestionTerm>();
  const english = isEnglish(text);
  let forms = 0;
  const add = (word: string, weight: number, spelling?: string): void => {
    const key = wordKey(word, keepsStopWords);
    if (key === 0 || terms.has(key) || terms.size >= MAX_QUESTION_TERMS) return;
    const term: QuestionTerm = { forms: [exactForm(word, key)], weight };
    const isStopWord = STOP_WORDS.has(word);
    if (!isStopWord && mayBeMistyped(word)) term.word = word;
    if (!isStopWord && forms < MAX_FORMS)
      term.forms.push(...otherForms(word, key, spelling, english));
    forms += term.forms.length;
    terms.set(key, term);
  };
  for (const piece of splitIntoPieces(text)) {
    const words = splitWords(piece);
    const spelled = writeTwoLetters(piece);
    const spellings = spelled === null ? words : splitWords(spelled);
    const spaceless = findSpacelessWords(piece);
    words.forEach((word, i) =>
      add(
        word,
        weighWord(word, spaceless, english),
        spellings.length === words.length ? spellings[i] : undefined,
      ),
    );
    // The last character of a Chinese run is no word.
    for (const word of findExtraWords(piece, true)) if (!ONE_CHARACTER.test(word)) add(word, 1);
    for (const character of spaceless.characters) add(character, CHARACTER_WEIGHT);
  }
  return [...terms.values()];
}

const ONE_CHARACTER = /^\p{L}$/u;

function weighWord(word: string, { pairs }: SpacelessWords, english: boolean): number {
  if (!english && SHORT_WORD.test(word)) return SHORT_WORD_WEIGHT;
  if (DICTIONARY_PAIR.test(word)) return PAIR_IN_WORD_WEIGHT;
  return SPACELESS_PAIR.test(word) && !pairs.has(word) ? PAIR_OF_WORDS_WEIGHT : 1;
}

function exactForm(word: string, key: TermKey): TermForm {
  return { key, stemWeight: 1, rootWeight: SPACELESS_PAIR.test(word) ? 0 : ROOT_WEIGHT };
}

function otherForms(
  word: string,
  key: TermKey,
  spelling: string | undefined,
  english: boolean,
): TermForm[] {
  const found = new Map<TermKey, TermForm>();
  for (const form of listWordForms(word, { spelling, english })) {
    const other = wordKey(form.word);
    if (other !== 0 && other !== key && !found.has(other))
      found.set(other, { key: other, stemWeight: form.weight, rootWeight: form.rootWeight });
  }
  return [...found.values()];
}
