// Turns one token of a question into the words that a message must have.
import {
  cutWord,
  digitsOf,
  findEmoji,
  findValues,
  HAN_STOP_CHARACTERS,
  isSpaceless,
  listWordForms,
  rootOf,
  splitAtRuns,
  splitCompound,
  splitWords,
  stemWord,
  STOP_WORDS,
  writeTwoLetters,
} from '../../../platform/text/index.js';
import { quoteWord } from './message-terms.js';

/** Something that a message must have: any of these parts of a tsquery. */
export interface Unit {
  /** The word itself, in any spelling. */
  exact: string[];
  /** The word with another ending. */
  endings: string[];
  /** Words with the same root. */
  related: string[];
}

/** Forms of all words of a question, besides the words themselves. */
const MAX_FORMS = 500;
/** Fewer letters are the beginning of too many words. */
const MIN_ROOT_LENGTH = 5;
const DIGIT = /\d/;
const LATIN = /^[a-z\d]+$/;
const HANGUL = /^\p{Script=Hangul}/u;
const HAN = /^\p{Script=Han}$/u;
const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

export const all = (parts: string[]): string =>
  parts.length === 1 ? parts[0]! : `(${parts.join(' & ')})`;
export const any = (parts: string[]): string =>
  parts.length === 1 ? parts[0]! : `(${parts.join(' | ')})`;
const beginsWith = (word: string): string => `${quoteWord(word)}:*`;
const exactly = (...exact: string[]): Unit => ({ exact, endings: [], related: [] });

export class QuestionWords {
  private forms = 0;

  constructor(private readonly english: boolean) {}

  /**
   * Returns what a message must have for an unquoted token. Empty when it has stop words only.
   * @param isBeginning the last word may go on
   */
  unitsOf(token: string, isBeginning: boolean): Unit[] {
    const units: Unit[] = [];
    splitAtRuns(token.normalize('NFC')).forEach((part, i, { length }) => {
      const goesOn = isBeginning && i === length - 1;
      units.push(...(isSpaceless(part) ? runUnits(part) : this.spacedUnits(part, goesOn)));
    });
    const compounds = this.compoundForms(token);
    const emoji = findEmoji(token).map((one) => exactly(quoteWord(one)));
    const values = findValues(token).map(quoteWord);
    if (units.length === 0)
      return [
        ...[...values, ...compounds].slice(0, 1).map(() => exactly(...values, ...compounds)),
        ...emoji,
      ];
    if (values.length === 0 && compounds.length === 0) return [...units, ...emoji];
    const parts = all(units.map(({ exact }) => any(exact)));
    const whole = {
      exact: values.length > 0 ? values : [parts, ...compounds],
      endings: [],
      related: [all(units.map(anyOf))],
    };
    return [whole, ...emoji];
  }

  /**
   * Returns a phrase: its words one behind another. Null when it has stop words only.
   * @param isBeginning the last word may go on
   */
  phraseOf(text: string, isBeginning: boolean): string | null {
    const words = splitWords(text);
    const spellings = spellingsOf(text, words);
    let phrase: string | null = null;
    let last = 0;
    words.forEach((word, i) => {
      const goesOn = isBeginning && i === words.length - 1;
      if (STOP_WORDS.has(word) && !goesOn) return;
      const forms = new Set([word, spellings?.[i] ?? word].map(wordOperand));
      if (goesOn) forms.add(beginsWith(word)).add(beginsWith(stemWord(word)));
      const operand = any([...forms]);
      phrase = phrase === null ? operand : `${phrase} <${i - last}> ${operand}`;
      last = i;
    });
    return phrase;
  }

  private spacedUnits(text: string, isBeginning: boolean): Unit[] {
    const words = splitWords(text);
    const spellings = spellingsOf(text, words);
    return words.flatMap((word, i) => {
      const goesOn = isBeginning && i === words.length - 1;
      if (goesOn) return [exactly(beginsWith(word), quoteWord(stemWord(word)))];
      return STOP_WORDS.has(word) ? [] : [this.wordUnit(word, spellings?.[i])];
    });
  }

  private wordUnit(word: string, spelling: string | undefined): Unit {
    const stem = stemWord(word);
    // The index has both, and a stem of a stem may be another: Hebrew "table" begins as "that" does.
    const exact = new Set(
      LATIN.test(word) ? [quoteWord(stem)] : [quoteWord(stem), quoteWord(word)],
    );
    const endings = new Set<string>();
    const related = new Set<string>();
    if (this.forms < MAX_FORMS) {
      const root = rootOf(stem);
      const beginning = root.length < MIN_ROOT_LENGTH ? word : root;
      if (beginning.length >= MIN_ROOT_LENGTH && !DIGIT.test(word))
        related.add(beginsWith(beginning));
      const sets = { spelling: exact, ending: endings, part: related };
      for (const form of listWordForms(word, { spelling, english: this.english }))
        if (!STOP_WORDS.has(form.word)) sets[form.kind].add(quoteWord(stemWord(form.word)));
      this.forms += exact.size + endings.size + related.size;
    }
    return { exact: [...exact], endings: [...endings], related: [...related] };
  }

  /** Returns other ways to write a name of code, a path or a number. */
  private compoundForms(token: string): string[] {
    const forms = digitsOf(token).map(quoteWord);
    const parts = splitCompound(token);
    if (parts === null) return forms;
    const kept = parts
      .filter((part) => !STOP_WORDS.has(part))
      .map((part) => quoteWord(stemWord(part)));
    if (kept.length > 0) forms.push(all(kept));
    forms.push(quoteWord(stemWord(cutWord(parts.join('')))));
    return forms;
  }
}

export const anyOf = ({ exact, endings, related }: Unit): string =>
  any([...new Set([...exact, ...endings, ...related])]);

/** A single Chinese character is found as the first one of a pair. */
const wordOperand = (word: string): string =>
  HAN.test(word) ? beginsWith(word) : quoteWord(stemWord(word));

function spellingsOf(text: string, words: string[]): string[] | null {
  const spelled = writeTwoLetters(text);
  if (spelled === null) return null;
  const spellings = splitWords(spelled);
  return spellings.length === words.length ? spellings : null;
}

/** Returns the words of a run of a script without spaces, without those that tell nothing. */
function runUnits(run: string): Unit[] {
  const segments: string[] = [];
  for (const { segment } of segmenter.segment(run)) segments.push(segment);
  const telling = segments.filter(isTelling);
  return (telling.length > 0 ? telling : segments).flatMap(segmentUnit);
}

function isTelling(segment: string): boolean {
  const characters = [...segment];
  if (characters.every((character) => HAN_STOP_CHARACTERS.has(character))) return false;
  return characters.length > 1 || HAN.test(segment) || HANGUL.test(segment);
}

/** The index has pairs of characters, so a word of three has two pairs. */
function segmentUnit(segment: string): Unit[] {
  const pairs = splitWords(segment);
  if (pairs.length === 0) return [];
  const first = [...pairs[0]!];
  if (first.length === 1) return [exactly(beginsWith(pairs[0]!))];
  const exact = [all(pairs.map(quoteWord))];
  if (!HANGUL.test(segment)) return [{ exact, endings: [], related: [] }];
  // The last syllable of a Korean word may be a particle.
  const stem = pairs.slice(0, -1).map(quoteWord);
  const related = [stem.length > 0 ? all(stem) : beginsWith(first[0]!)];
  return [{ exact, endings: [], related }];
}
