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
const ACCENTS = /[\u0300-\u036f]/g;
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
  const folded = fold(text).slice(0, MAX_SEARCHED_CHARACTERS);
  const words: string[] = [];
  for (const word of folded.match(ANY_WORD) ?? []) {
    if (RUN.test(word)) addPairs(word, words);
    else words.push(normaliseWord(word));
  }
  return words;
}

/**
 * Drops compatibility forms, case and the accents of European letters. Marks of other scripts are
 * letters, and stay.
 */
const fold = (text: string): string =>
  text.normalize('NFKD').toUpperCase().toLowerCase().replace(ACCENTS, '').normalize('NFC');

function normaliseWord(word: string): string {
  const bare =
    word.includes("'") || word.includes('’')
      ? word.replace(POSSESSIVE, '').replace(APOSTROPHES, '')
      : word;
  return bare.length > MAX_WORD_LENGTH ? bare.slice(0, MAX_WORD_LENGTH) : bare;
}

/**
 * Adds each pair of neighbouring characters: without a dictionary, the nearest thing to a word in
 * scripts without spaces.
 */
function addPairs(run: string, words: string[]): void {
  const characters = [...run];
  if (characters.length === 1) words.push(run);
  for (let i = 1; i < characters.length; i++) words.push(characters[i - 1]! + characters[i]!);
}
