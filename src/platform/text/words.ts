// Splits any text into normalised words: different spellings of a word give the same word. Works in
// linear time for any input.

/** Only the beginning of a longer text is searched: a message may have four million characters. */
export const MAX_SEARCHED_CHARACTERS = 125_000;

/** A longer word is not natural language, but a hash, a URL or base64. It is cut here. */
const MAX_WORD_LENGTH = 64;

const ASCII = /^[\0-\x7f]*$/;
const ASCII_WORD = /[a-z0-9]+(?:'[a-z]+)*/g;
/** Scripts that do not separate words by spaces. */
const SPACELESS = String.raw`[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]&&[\p{L}\p{M}]]`;
const SPACED = String.raw`[[\p{L}\p{N}\p{M}]--${SPACELESS}]`;
// A RegExp object, because TypeScript accepts the flag v only for a later target than Node 20's.
const ANY_WORD = new RegExp(`${SPACELESS}+|${SPACED}+(?:['’]${SPACED}+)*`, 'gv');
const RUN = new RegExp(`^${SPACELESS}`, 'v');
const RUNS = new RegExp(`(${SPACELESS}+)`, 'v');
const ACCENTS = /[\u0300-\u036f]/g;
/** Marks and signs that a writer may leave out: of Arabic, Hebrew and Hindi, and invisible ones. */
const OPTIONAL_MARKS =
  /[\u00ad\u034f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u093c\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]/g;
/** Letters that have no decomposition, and forms of one letter. */
const LETTER_FORMS: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  æ: 'ae',
  œ: 'oe',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ı: 'i',
  ŧ: 't',
  þ: 'th',
  ς: 'σ',
  ى: 'ي',
  ی: 'ي',
  ې: 'ي',
  ة: 'ه',
  ہ: 'ه',
  ۀ: 'ه',
  ک: 'ك',
  ٱ: 'ا',
  '\u0901': '\u0902',
  ך: 'כ',
  ם: 'מ',
  ן: 'נ',
  ף: 'פ',
  ץ: 'צ',
};
const LETTER_FORM = new RegExp(`[${Object.keys(LETTER_FORMS).join('')}]`, 'g');
/** Digits of other scripts. */
const OTHER_DIGIT = /[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59]/g;
const DIGIT_ZEROS = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50];
/** French and Italian articles before a vowel: "l'école". */
const ELISION = /^(?:[cdjlmnst]|qu|dell|nell|sull|all|dall|un)['’](?=\p{L}{3})/u;
const POSSESSIVE = /['’]s?$/;
const APOSTROPHES = /['’]/g;

/** Length of the pieces in which a text is split. */
const PIECE_LENGTH = 4_096;
/** A piece ends at a blank, if one is among its last characters. */
const BLANK_SEARCH_LENGTH = 256;
const BLANK = /\s(?=\S*$)/;

/**
 * Splits a text into pieces that together have its words. Only a word of unusual length may be
 * divided.
 */
export function* splitIntoPieces(text: string): Generator<string> {
  const end = Math.min(text.length, MAX_SEARCHED_CHARACTERS);
  for (let from = 0; from < end;) {
    const rest = text.slice(from, Math.min(end, from + PIECE_LENGTH));
    const blank = from + rest.length < end ? rest.slice(-BLANK_SEARCH_LENGTH).search(BLANK) : -1;
    const length =
      blank < 0 ? rest.length : Math.max(0, rest.length - BLANK_SEARCH_LENGTH) + blank + 1;
    yield rest.slice(0, length);
    from += length;
  }
}

/** Returns the words in order, including stop words. */
export function splitWords(text: string): string[] {
  const beginning =
    text.length > MAX_SEARCHED_CHARACTERS ? text.slice(0, MAX_SEARCHED_CHARACTERS) : text;
  if (!ASCII.test(beginning)) return splitWordsOfAnyScript(beginning);
  const words: string[] = beginning.toLowerCase().match(ASCII_WORD) ?? [];
  for (let i = 0; i < words.length; i++) words[i] = normaliseWord(words[i]!);
  return words;
}

function splitWordsOfAnyScript(text: string): string[] {
  // One character may normalise to many ("ﷺ" to eighteen).
  const folded = foldText(text).slice(0, MAX_SEARCHED_CHARACTERS);
  const words: string[] = [];
  for (const word of folded.match(ANY_WORD) ?? []) {
    if (RUN.test(word)) addPairs(word, words);
    else words.push(normaliseWord(word));
  }
  return words;
}

/**
 * Drops compatibility forms, case, the accents of European letters, and optional marks. Other marks
 * are letters, and stay.
 */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replace(OPTIONAL_MARKS, '')
    .toUpperCase()
    .toLowerCase()
    .replace(ACCENTS, '')
    .replace(LETTER_FORM, (letter) => LETTER_FORMS[letter]!)
    .replace(OTHER_DIGIT, toAsciiDigit)
    .normalize('NFC');
}

function toAsciiDigit(digit: string): string {
  const code = digit.charCodeAt(0);
  return String(code - DIGIT_ZEROS.findLast((zero) => zero <= code)!);
}

/** Tells whether a text begins with a character of a script without spaces. */
export const isSpaceless = (text: string): boolean => RUN.test(text);

/** Divides a text where a run of a script without spaces begins or ends. */
export const splitAtRuns = (text: string): string[] =>
  text.split(RUNS).filter((part) => part !== '');

function normaliseWord(word: string): string {
  const bare =
    word.includes("'") || word.includes('’')
      ? word.replace(ELISION, '').replace(POSSESSIVE, '').replace(APOSTROPHES, '')
      : word;
  return cutWord(bare);
}

/** Cuts a word of unusual length. */
export const cutWord = (word: string): string =>
  word.length > MAX_WORD_LENGTH ? word.slice(0, MAX_WORD_LENGTH).toWellFormed() : word;

/**
 * Adds each pair of neighbouring characters: without a dictionary, the nearest thing to a word in
 * scripts without spaces.
 */
function addPairs(run: string, words: string[]): void {
  const characters = [...run];
  if (characters.length === 1) words.push(run);
  for (let i = 1; i < characters.length; i++) words.push(characters[i - 1]! + characters[i]!);
}
