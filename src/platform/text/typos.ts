// Lists the words that a word of a question may be but for one typing error. An index of memories
// keeps hashes, and one of messages has its words in rows, so neither can name the words that are
// near: each likely word is looked up, some hundreds for one.
import { rootOf, stemWord } from './stem.js';
import { foldText } from './words.js';

const [MIN_LENGTH, MAX_LENGTH] = [5, 24];
/**
 * How many letters a stem must have. A short one is one error away from too many words: "horse" and
 * "house". Letters are swapped, doubled or typed too often by mistake only; a wrong vowel is likelier
 * than another wrong letter.
 */
const MIN_STEM = { swapped: 4, wrongVowel: 6, missing: 6, wrong: 7 };
/** A change of one of the last letters may change what the stemmer takes away. */
const ENDING_LENGTH = 3;

const LATIN = /^[a-z]/;
const LETTER = /[\p{L}\p{M}]/u;
const VOWEL = /[aeiouyαεηιουωаеиоуыэюяі]/;

/** The first and the last letter of each alphabet in Unicode, and letters that stand elsewhere. */
const ALPHABETS = [
  ['a', 'z'],
  ['α', 'ω'],
  ['а', 'џ'],
  ['ա', 'ֆ'],
  ['א', 'ת'],
  ['ء', 'ي', 'پچژگ'],
  ['\u0904', '\u094d'], // Devanagari, and from here on Bengali, Gurmukhi, Gujarati,
  ['\u0985', '\u09cd'],
  ['\u0a05', '\u0a4d'],
  ['\u0a85', '\u0acd'],
  ['\u0b85', '\u0bcd'], // Tamil, Telugu, Kannada, Malayalam and Georgian.
  ['\u0c05', '\u0c4d'],
  ['\u0c85', '\u0ccd'],
  ['\u0d05', '\u0d4d'],
  ['\u10d0', '\u10f0'],
].map(([first, last, others = '']) => {
  const letters = new Set(others);
  for (let code = first!.charCodeAt(0); code <= last!.charCodeAt(0); code++) {
    const letter = String.fromCharCode(code);
    if (LETTER.test(letter) && foldText(letter) === letter) letters.add(letter);
  }
  return letters;
});

const alphabetOf = (word: string): ReadonlySet<string> | undefined =>
  ALPHABETS.find((letters) => letters.has(word[0]!));

/** Tells whether a folded word has enough letters, all of one alphabet. */
export function mayBeMistyped(word: string): boolean {
  if (word.length < MIN_LENGTH || word.length > MAX_LENGTH) return false;
  const alphabet = alphabetOf(word);
  return alphabet !== undefined && [...word].every((letter) => alphabet.has(letter));
}

/**
 * Lists the stems of the words that a mistyped word may be.
 * @param hasRoot whether they have the root of the word, or another one
 */
export function listTypos(word: string, hasRoot: boolean): string[] {
  const stem = stemWord(word);
  const rootLength = rootOf(stem).length;
  /** The length of an article or a preposition that the stem lacks. */
  const start = Math.max(0, word.indexOf(stem));
  const [from, to] = hasRoot ? [rootLength, word.length - start + 1] : [0, rootLength];
  // Up to here, a change of the word is the same change of its stem.
  const stable = Math.min(
    commonLength(word.slice(start), stem),
    word.length - start - ENDING_LENGTH,
  );
  // English stems are shorter than words by more than an ending.
  const ending = LATIN.test(word) ? 0 : word.length - start - stem.length;
  const stems: string[] = [];
  const add = (edited: string, minStem: number): void => {
    if (edited.length + ending >= minStem) stems.push(edited);
  };
  edit(stem, from, Math.min(to, stable), add);
  edit(word, start + Math.max(from, stable), start + to, (edited, minStem) => {
    if (edited.length >= minStem) add(stemWord(edited), minStem);
  });
  return stems;
}

/** Undoes one error from `from` on and before `to`. A word's first letter is hardly ever wrong. */
function edit(
  word: string,
  from: number,
  to: number,
  add: (edited: string, minStem: number) => void,
): void {
  const alphabet = alphabetOf(word)!;
  for (let i = from; i < to; i++) {
    const [before, last, letter] = [word.slice(0, i), word[i - 1], word[i] ?? ''];
    const [next, rest] = [word[i + 1] ?? '', word.slice(i + 1)];
    if (letter !== next) add(before + next + letter + rest.slice(1), MIN_STEM.swapped);
    if (i === 0) continue;
    add(before + rest, MIN_STEM.swapped);
    const isVowel = VOWEL.test(letter);
    for (const other of alphabet) {
      if (other === letter) continue;
      add(before + other + word.slice(i), other === last ? MIN_STEM.swapped : MIN_STEM.missing);
      add(
        before + other + rest,
        isVowel && VOWEL.test(other) ? MIN_STEM.wrongVowel : MIN_STEM.wrong,
      );
    }
  }
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < b.length && a[length] === b[length]) length++;
  return length;
}
