// Splits any text into folded words: the same word comes out however it is written, and no text is too strange or too long.

/** Of a longer text only the beginning is searched: one message may have four million characters. */
export const MAX_SEARCHED_CHARACTERS = 125_000;

/** A longer one is no word of a language: a hash, a URL without its dots, base64. */
const MAX_WORD_LENGTH = 64;

const ASCII = /^[\0-\x7f]*$/;
const ASCII_WORD = /[a-z0-9]+(?:'[a-z]+)*/g;
/** Scripts that put no blanks between words. */
const SPACELESS = String.raw`[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]&&[\p{L}\p{M}]]`;
const SPACED = String.raw`[[\p{L}\p{N}\p{M}]--${SPACELESS}]`;
// TypeScript knows the flag v only in a later target than the one that Node 20 is compiled for.
const ANY_WORD = new RegExp(`${SPACELESS}+|${SPACED}+(?:['’]${SPACED}+)*`, 'gv');
const RUN = new RegExp(`^${SPACELESS}`, 'v');
const ACCENTS = /[\u0300-\u036f]/g;
const POSSESSIVE = /['’]s?$/;
const APOSTROPHES = /['’]/g;

/** Characters of which the words are looked for at once. */
const PIECE_LENGTH = 4_096;
/** A piece ends at a blank, where one is among its last characters. */
const BLANK_SEARCH_LENGTH = 256;
const BLANK = /\s(?=\S*$)/;

/** A text that is looked at piece by piece: together they have its words, but for a word of unusual length that is parted. */
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

/** In order, stop words included. */
export function splitWords(text: string): string[] {
  const beginning =
    text.length > MAX_SEARCHED_CHARACTERS ? text.slice(0, MAX_SEARCHED_CHARACTERS) : text;
  if (!ASCII.test(beginning)) return splitWordsOfAnyScript(beginning);
  const words: string[] = beginning.toLowerCase().match(ASCII_WORD) ?? [];
  for (let i = 0; i < words.length; i++) words[i] = normaliseWord(words[i]!);
  return words;
}

function splitWordsOfAnyScript(text: string): string[] {
  // A single character may stand for many ("ﷺ" for eighteen).
  const folded = fold(text).slice(0, MAX_SEARCHED_CHARACTERS);
  const words: string[] = [];
  for (const word of folded.match(ANY_WORD) ?? []) {
    if (RUN.test(word)) addPairs(word, words);
    else words.push(normaliseWord(word));
  }
  return words;
}

/** Compatibility forms, case and the accents of European letters are dropped; marks of other scripts are letters there, and stay. */
const fold = (text: string): string =>
  text.normalize('NFKD').toUpperCase().toLowerCase().replace(ACCENTS, '').normalize('NFC');

function normaliseWord(word: string): string {
  const bare =
    word.includes("'") || word.includes('’')
      ? word.replace(POSSESSIVE, '').replace(APOSTROPHES, '')
      : word;
  return bare.length > MAX_WORD_LENGTH ? bare.slice(0, MAX_WORD_LENGTH) : bare;
}

/** Two neighbouring characters are the nearest thing to a word that can be had without a dictionary. */
function addPairs(run: string, words: string[]): void {
  const characters = [...run];
  if (characters.length === 1) words.push(run);
  for (let i = 1; i < characters.length; i++) words.push(characters[i - 1]! + characters[i]!);
}
