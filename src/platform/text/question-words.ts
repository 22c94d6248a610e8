// Turns one token of a question into the words that a text must have.
import {
  allOf,
  anyOfRoot,
  anyOf,
  beginning,
  type Condition,
  exactTerm,
  type PhraseTerm,
  type PhraseWord,
  type Term,
} from './condition.js';
import {
  digitsOf,
  findEmoji,
  findValues,
  HAN_STOP_CHARACTERS,
  splitCompound,
} from './extra-words.js';
import { rootOf, stemWord } from './stem.js';
import { STOP_WORDS } from './stop-words.js';
import { listTypos, mayBeMistyped } from './typos.js';
import { ENDING_WEIGHT, type WordForm } from './word-form.js';
import { listWordForms, writeTwoLetters } from './word-forms.js';
import { cutWord, isSpaceless, splitAtRuns, splitWords } from './words.js';

/** Something that a text must have: any of these conditions. */
export interface Unit {
  /** The word itself, in any spelling. */
  exact: Condition[];
  /** The word with another ending. */
  endings: Condition[];
  /** Words with the same root. */
  related: Condition[];
  /** Less likely forms. */
  rare: Condition[];
  /** The word with one typing error less. */
  typos: Condition[];
  /** The word, when it may have other forms. */
  word?: string;
}

export interface QuestionOptions {
  english: boolean;
  /** Stop words are asked for as other words are. */
  keepsStopWords?: boolean;
  /** Words that are also asked for without one typing error. */
  mistyped?: ReadonlySet<string>;
}

/** Forms of all words of a question, besides the words themselves. */
const MAX_FORMS = 2_000;
/** Too many words share fewer letters. */
const MIN_ROOT_LENGTH = 5;
const DIGIT = /\d/;
const LATIN = /^[a-z\d]+$/;
const HANGUL = /^\p{Script=Hangul}/u;
const HAN = /^\p{Script=Han}$/u;
const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

const unitOf = (exact: Condition[], others: Partial<Unit> = {}): Unit => ({
  exact,
  endings: [],
  related: [],
  rare: [],
  typos: [],
  ...others,
});
const exactTerms = (words: string[]): Term[] => words.map(exactTerm);

export class QuestionWords {
  private forms = 0;

  constructor(private readonly options: QuestionOptions) {}

  /**
   * Returns what a text must have for an unquoted token. Empty when it has stop words only.
   * @param goesOn the last word may be the beginning of one
   */
  unitsOf(token: string, goesOn: boolean): Unit[] {
    const units: Unit[] = [];
    splitAtRuns(token.normalize('NFC')).forEach((part, i, { length }) => {
      const isOpen = goesOn && i === length - 1;
      units.push(...(isSpaceless(part) ? runUnits(part) : this.spacedUnits(part, isOpen)));
    });
    const compounds = this.compoundForms(token);
    const emoji = findEmoji(token).map((one) => unitOf([exactTerm(one)]));
    const values = exactTerms(findValues(token));
    if (units.length === 0) {
      const whole = [...values, ...compounds];
      return whole.length > 0 ? [unitOf(whole), ...emoji] : emoji;
    }
    if (values.length === 0 && compounds.length === 0) return [...units, ...emoji];
    const parts = allOf(units.map(({ exact }) => anyOf(exact)));
    const exact = values.length > 0 ? values : [parts, ...compounds];
    return [unitOf(exact, { related: [allOf(units.map(anyFormOf))] }), ...emoji];
  }

  /**
   * Returns a phrase: its words one behind another. Null when it has stop words only.
   * @param goesOn the last word may be the beginning of one
   */
  phraseOf(text: string, goesOn: boolean): Condition | null {
    const words = splitWords(text);
    const spellings = spellingsOf(text, words);
    const phrase: PhraseWord[] = [];
    words.forEach((word, at) => {
      const isOpen = goesOn && at === words.length - 1;
      if (this.isStopWord(word) && !isOpen) return;
      const terms = [word, spellings?.[at] ?? word].map(phraseTerm);
      if (isOpen) terms.push(beginning(word), beginning(stemWord(word)));
      phrase.push({ at, terms });
    });
    if (phrase.length === 0) return null;
    return phrase.length === 1 ? anyOf(phrase[0]!.terms) : { kind: 'phrase', words: phrase };
  }

  private isStopWord(word: string): boolean {
    return STOP_WORDS.has(word) && !this.options.keepsStopWords;
  }

  private spacedUnits(text: string, goesOn: boolean): Unit[] {
    const words = splitWords(text);
    const spellings = spellingsOf(text, words);
    return words.flatMap((word, i) => {
      if (goesOn && i === words.length - 1)
        return [unitOf([beginning(word), exactTerm(stemWord(word))])];
      return this.isStopWord(word) ? [] : [this.wordUnit(word, spellings?.[i])];
    });
  }

  private wordUnit(word: string, spelling: string | undefined): Unit {
    const stem = stemWord(word);
    // The index has both, and a stem of a stem may be another: Hebrew "table" begins as "that" does.
    const unit = unitOf(exactTerms(LATIN.test(word) ? [stem] : [stem, word]), { word });
    // Forms of a stop word would be most of a text.
    if (this.forms >= MAX_FORMS || STOP_WORDS.has(word)) return unit;
    const root = rootOf(stem);
    if (root.length >= MIN_ROOT_LENGTH && !DIGIT.test(word)) unit.related.push(anyOfRoot(root));
    const { english, mistyped } = this.options;
    for (const form of listWordForms(word, { spelling, english })) addForm(form, unit);
    if (mistyped?.has(word) && mayBeMistyped(word))
      unit.typos = exactTerms([...new Set(listTypos(word, false))]);
    this.forms += unit.endings.length + unit.related.length + unit.rare.length;
    return unit;
  }

  /** Returns other ways to write a name of code, a path or a number. */
  private compoundForms(token: string): Condition[] {
    const forms: Condition[] = exactTerms(digitsOf(token));
    const parts = splitCompound(token);
    if (parts === null) return forms;
    const kept = parts.filter((part) => !this.isStopWord(part)).map(stemWord);
    if (kept.length > 0) forms.push(allOf(exactTerms(kept)));
    return [...forms, exactTerm(stemWord(cutWord(parts.join(''))))];
  }
}

function addForm({ word, weight, rootWeight }: WordForm, unit: Unit): void {
  if (STOP_WORDS.has(word) || word === '') return;
  const forms = weight === 1 ? unit.exact : weight >= ENDING_WEIGHT ? unit.endings : unit.rare;
  forms.push(exactTerm(stemWord(word)));
  if (rootWeight > 0 && weight < 1 && word.length >= MIN_ROOT_LENGTH)
    unit.rare.push(anyOfRoot(rootOf(stemWord(word))));
}

export const anyFormOf = ({ exact, endings, related, rare, typos }: Unit): Condition =>
  anyOf([...exact, ...endings, ...related, ...rare, ...typos]);

/** A single Chinese character is found as the first one of a pair. */
const phraseTerm = (word: string): PhraseTerm =>
  HAN.test(word) ? beginning(word) : exactTerm(stemWord(word));

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
  if (first.length === 1) return [unitOf([beginning(pairs[0]!)])];
  const exact = [allOf(pairs.map(pairCondition))];
  if (!HANGUL.test(segment)) return [unitOf(exact)];
  // The last syllable of a Korean word may be a particle.
  const stem = pairs.slice(0, -1).map(exactTerm);
  return [unitOf(exact, { related: [stem.length > 0 ? allOf(stem) : anyOfRoot(first[0]!)] })];
}

/** A pair of Hiragana is also written in Katakana, and the reverse. */
function pairCondition(pair: string): Condition {
  const forms = listWordForms(pair, { english: false }).map(({ word }) => word);
  return anyOf([...new Set([pair, ...forms])].map(exactTerm));
}
