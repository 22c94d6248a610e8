// Lists other ways to write a word of a question, in any language: the searches of memories and of
// messages look for the same forms.
import { listLatinForms } from './latin-forms.js';
import { listVowelChanges } from './light-stems.js';
import { ENDING_WEIGHT, ROOT_WEIGHT, type WordForm } from './word-form.js';

/** Words of questions in English, and of no other language that is written with these letters. */
const ENGLISH_WORD =
  /\b(?:the|what|which|who|whose|where|when|why|how|does|did|has|have|had|are|were|with|and|of|from|my|your|their|this|that|you|she|they)\b/i;
const LATIN = /^[a-z]+$/;

/** Letters that are also written otherwise, mostly as two: as in "Broetchen" and "Koebenhavn". */
const TWO_LETTERS: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  å: 'aa',
  ø: 'oe',
  Ä: 'Ae',
  Ö: 'Oe',
  Ü: 'Ue',
  Å: 'Aa',
  Ø: 'Oe',
  ؤ: 'ئ',
  ئ: 'ؤ',
};
const WITH_TWO_LETTERS = new RegExp(`[${Object.keys(TWO_LETTERS).join('')}]`, 'g');
const AS_TWO_LETTERS = /ae|oe|ue|aa/g;

/** Tells whether a question has words that only English has. */
export const isEnglish = (question: string): boolean => ENGLISH_WORD.test(question);

/** Writes letters such as `ä` as two. Returns null when there are none. */
export function writeTwoLetters(text: string): string | null {
  const composed = text.normalize('NFC');
  const written = composed.replace(WITH_TWO_LETTERS, (letter) => TWO_LETTERS[letter]!);
  return written === composed ? null : written;
}

interface SpellingOptions {
  /** The word with two letters for one, if it has such letters. */
  spelling?: string | undefined;
  english: boolean;
}

/** The first letter of a Hebrew word may look like a preposition, but not behind the article. */
const HEBREW = /^\p{Script=Hebrew}{3}/u;
const HEBREW_ARTICLE = 'ה';

/** Lists other spellings of a word. */
function listSpellings(word: string, { spelling = word, english }: SpellingOptions): string[] {
  const single = english || !LATIN.test(word) ? word : word.replace(AS_TWO_LETTERS, firstOf);
  const definite = HEBREW.test(word) ? HEBREW_ARTICLE + word : word;
  return [spelling, single, definite].filter((other) => other !== word);
}

const firstOf = (letters: string): string => letters[0]!;

/** A pair of characters of a script without spaces. */
export const SPACELESS_PAIR = /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]{2}$/u;
const DIGIT = /\d/;

/**
 * Lists the other forms of a word, the likeliest first: at most a few hundred. The word itself may be
 * among them.
 */
export function listWordForms(word: string, options: SpellingOptions): WordForm[] {
  if (word === '' || DIGIT.test(word)) return [];
  const forms = listSpellings(word, options).map((other) => toForm(other, 1, ROOT_WEIGHT));
  if (SPACELESS_PAIR.test(word)) forms.push(toForm(swapKana(word), 1));
  for (const changed of listVowelChanges(word)) forms.push(toForm(changed, ENDING_WEIGHT));
  if (!options.english && LATIN.test(word)) forms.push(...listLatinForms(word));
  return forms;
}

const toForm = (word: string, weight: number, rootWeight = 0): WordForm => ({
  word,
  weight,
  rootWeight,
});

const KANA = /[\u3041-\u3096\u30a1-\u30f6]/g;
const HIRAGANA_END = 0x3096;
const KANA_DISTANCE = 0x60;

/** Writes Hiragana as Katakana, and Katakana as Hiragana. */
const swapKana = (word: string): string =>
  word.replace(KANA, (kana) => {
    const code = kana.charCodeAt(0);
    return String.fromCharCode(code <= HIRAGANA_END ? code + KANA_DISTANCE : code - KANA_DISTANCE);
  });
