// Lists other ways to write a word of a question: with another ending, or with two letters for one.

export interface WordForm {
  word: string;
  /**
   * `spelling`: the same word. `ending`: with another ending. `part`: the last part of a word that
   * may be a compound.
   */
  kind: 'spelling' | 'ending' | 'part';
}

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

/** Endings of European languages. A short word is compared with each of them. */
export const ENDINGS = 'a e i o u y s n t en er em es et te in om ow ami ach ler lar'.split(' ');
const ENDING = /(?:ami|ach|ego|emu|ow|om|en|er|em|es|et|te|st|[aeiouynts])$/;
/** They follow a doubled consonant: "kat" and "katten". */
export const DOUBLING_ENDINGS = ['en', 'e', 'er', 'arna', 'erna'];
const MIN_STEM = 3;
/** A longer word has its root in common with its other forms. */
const MAX_SHORT_STEM = 5;
/** A word from this length on may be a compound of words. */
const MIN_COMPOUND_LENGTH = 9;
const MAX_COMPOUND_LENGTH = 40;
const MIN_PART_LENGTH = 4;

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
export function listSpellings(
  word: string,
  { spelling = word, english }: SpellingOptions,
): string[] {
  const single = english || !LATIN.test(word) ? word : word.replace(AS_TWO_LETTERS, firstOf);
  const definite = HEBREW.test(word) ? HEBREW_ARTICLE + word : word;
  return [spelling, single, definite].filter((other) => other !== word);
}

const firstOf = (letters: string): string => letters[0]!;

/** Lists the other forms of a word. The word itself may be among them. */
export function listWordForms(word: string, options: SpellingOptions): WordForm[] {
  const forms = listSpellings(word, options).map((other): WordForm => ({
    word: other,
    kind: 'spelling',
  }));
  if (options.english || !LATIN.test(word)) return forms;
  addEndings(word, (form) => forms.push({ word: form, kind: 'ending' }));
  if (word.length >= MIN_COMPOUND_LENGTH && word.length <= MAX_COMPOUND_LENGTH)
    for (let i = MIN_PART_LENGTH; i <= word.length - MIN_PART_LENGTH; i++)
      forms.push({ word: word.slice(i), kind: 'part' });
  return forms;
}

function addEndings(word: string, add: (form: string) => void): void {
  const withoutEnding = word.replace(ENDING, '');
  const stem = withoutEnding.length < MIN_STEM ? word : withoutEnding;
  if (stem.length > MAX_SHORT_STEM) return;
  // "kot" has no ending, though it ends with a letter that is one elsewhere.
  const stems = new Set(word.length <= MAX_SHORT_STEM ? [stem, word] : [stem]);
  for (const each of stems) {
    add(each);
    for (const ending of ENDINGS) add(each + ending);
    // "kat" and "katten".
    for (const ending of DOUBLING_ENDINGS) add(each + each.at(-1)! + ending);
  }
}
