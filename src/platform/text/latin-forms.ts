// Lists other forms that a word written in Latin letters may have in a text. The rules hold for all
// languages, so that no text has to be assigned to a language. Forms that no text has do nothing.
import { ENDING_WEIGHT, type WordForm } from './word-form.js';

const listOf = (list: string): string[] => list.trim().split(/\s+/);

/** Endings of European languages. A short word is compared with each of them. */
const ENDINGS = listOf('a e i o u y s n t en er em es et te in om ow ami ach ler lar');
/** They follow a doubled consonant: "kat" and "katten". */
const DOUBLING_ENDINGS = listOf('en e er arna erna');
/** Longer endings, of languages that add several to a word: each is rarer. */
const LONG_ENDINGS = listOf(`
  ssa sta lla lta lle ksi na ta an un ni nsa mme ssani stani llani lleni
  ban ben bol ba be ra re rol tol hoz nak nek val vel ot at unk uk juk aim eim ai ei ok ek ak
  im um imiz umuz iniz da de dan den ta te tan ten lari leri larim lerim lik su si yi yu nin
  owi ego ej ou ech ich uje eje oje as is us ul ului lui le lor ii ele uri
  ene erne arna orna ar ir or ur inum anum ga st
`);
const STRIPPED = [...ENDINGS, ...LONG_ENDINGS, ...listOf('larinden lerinden larindan lerindan')];
const IS_STRIPPED = new Set(STRIPPED);
const MAX_STRIPPED = Math.max(...STRIPPED.map(({ length }) => length));
/** Beginnings of verbs in German, Dutch, Indonesian and Malay. */
const BEGINNINGS = listOf('ge mem men me ber di ter pem');
const MIN_BEGUN = 4;

/** Endings that replace one another. */
const REPLACED: readonly [ending: RegExp, others: string[]][] = [
  [/(?:oes|aes)$/, ['ao']],
  [/ao$/, ['oes', 'aes']],
  [/aux$/, ['al', 'ail']],
  [/a(?:l|il)$/, ['aux']],
  [/ces$/, ['z']],
  [/z$/, ['ces']],
  [/ch[ei]$/, ['ca', 'co']],
  [/gh[ei]$/, ['ga', 'go']],
  [/c[ao]$/, ['che', 'chi']],
  [/g[ao]$/, ['ghe', 'ghi']],
];

/** How the last consonant of a stem changes before an ending. */
const CONSONANTS: Readonly<Record<string, string>> = {
  b: 'p',
  d: 't',
  f: 'v',
  g: 'k',
  k: 'g',
  p: 'b',
  s: 'z',
  t: 'd',
  v: 'f',
  z: 's',
};
/** The last vowel of a stem may be another before an ending. */
const LAST_VOWEL = /[aeo](?=[^aeiouy]+$)/;
const VOWELS: Readonly<Record<string, string>> = { a: 'e', e: 'a', o: 'u' };
/** A vowel that only some forms have, as in "cykel" and "cyklar". */
const CLUSTER = /([^aeiouy])([lrn])$/;

const MIN_STEM = 3;
/** After a long ending, also a shorter stem is likely. */
const MIN_STEM_OF_LONG_ENDING = 2;
const LONG_ENDING_LENGTH = 5;
/** A longer word has its root in common with its other forms. */
const MAX_SHORT_STEM = 5;
/** A word from this length on may be a compound of words. */
const MIN_COMPOUND_LENGTH = 9;
const MAX_COMPOUND_LENGTH = 40;
const MIN_PART_LENGTH = 4;
/** A longer part is likely enough to be looked for by its beginning. */
const MIN_ROOT_OF_PART_LENGTH = 7;

const RARE_WEIGHT = 0.6;
const STEM_ROOT_WEIGHT = 0.4;
const PART_WEIGHT = 0.5;
const PART_ROOT_WEIGHT = 0.25;
/** Weight of a compound that ends as the word does. */
const TAIL_WEIGHT = 0.35;

/** A longer word of a text may be a compound. It is also found by the end of its last part. */
const MIN_INDEXED_COMPOUND_LENGTH = 11;
const TAIL_LENGTH = 6;
const LETTERS = /^[a-z]+$/;
/** A sign that is in no word. */
const TAIL_SIGN = '~';
const toTail = (word: string): string => TAIL_SIGN + word.slice(-TAIL_LENGTH);

/** Returns the term by which a word of a text is found as a compound; null for another word. */
export const compoundTail = (word: string): string | null =>
  word.length >= MIN_INDEXED_COMPOUND_LENGTH && LETTERS.test(word) ? toTail(word) : null;

/** Returns the forms, the likeliest first: at most a few hundred. */
export function listLatinForms(word: string): WordForm[] {
  const forms: WordForm[] = [];
  const stems = listStems(word);
  for (const stem of stems) addForms(stem, ENDING_WEIGHT, forms);
  for (const [ending, others] of REPLACED) {
    if (!ending.test(word)) continue;
    for (const other of others) add(word.replace(ending, other), ENDING_WEIGHT, forms);
  }
  if (word.length <= MAX_SHORT_STEM)
    for (const ending of LONG_ENDINGS) add(word + ending, RARE_WEIGHT, forms);
  for (const stem of stems)
    for (const changed of listChanges(stem)) addForms(changed, RARE_WEIGHT, forms);
  addBeginnings(word, stems, forms);
  if (word.length >= TAIL_LENGTH) add(toTail(word), TAIL_WEIGHT, forms);
  if (word.length >= MIN_COMPOUND_LENGTH && word.length <= MAX_COMPOUND_LENGTH)
    addParts(word, forms);
  return forms;
}

function add(word: string, weight: number, forms: WordForm[]): void {
  forms.push({ word, weight, rootWeight: 0 });
}

/** Lists the word without each ending that it may have, and the word itself when it is short. */
function listStems(word: string): string[] {
  const stems = word.length <= MAX_SHORT_STEM ? [word] : [];
  for (let length = Math.min(MAX_STRIPPED, word.length - 1); length > 0; length--) {
    const stem = word.slice(0, -length);
    const shortest = length >= LONG_ENDING_LENGTH ? MIN_STEM_OF_LONG_ENDING : MIN_STEM;
    if (stem.length >= shortest && IS_STRIPPED.has(word.slice(-length))) stems.push(stem);
  }
  return stems;
}

/** Adds a short stem and its forms. */
function addForms(stem: string, weight: number, forms: WordForm[]): void {
  if (stem.length > MAX_SHORT_STEM) return;
  forms.push({
    word: stem,
    weight,
    rootWeight: stem.length === MAX_SHORT_STEM ? STEM_ROOT_WEIGHT : 0,
  });
  if (stem.length < MIN_STEM) return;
  for (const ending of ENDINGS) add(stem + ending, weight, forms);
  // "kat" and "katten".
  for (const ending of DOUBLING_ENDINGS) add(stem + stem.at(-1)! + ending, weight, forms);
}

function addBeginnings(word: string, stems: string[], forms: WordForm[]): void {
  for (const beginning of BEGINNINGS) {
    const rest = word.slice(beginning.length);
    if (word.startsWith(beginning) && rest.length >= MIN_BEGUN)
      forms.push({ word: rest, weight: RARE_WEIGHT, rootWeight: STEM_ROOT_WEIGHT });
    for (const stem of stems)
      if (stem.length >= MIN_BEGUN) add(beginning + stem, RARE_WEIGHT, forms);
  }
}

function listChanges(stem: string): string[] {
  if (stem.length > MAX_SHORT_STEM || stem.length < MIN_STEM) return [];
  const consonant = CONSONANTS[stem.at(-1)!];
  return [
    ...(consonant ? [stem.slice(0, -1) + consonant] : []),
    stem.replace(LAST_VOWEL, (vowel) => VOWELS[vowel]!),
    stem.replace(CLUSTER, '$1e$2'),
  ].filter((changed) => changed !== stem);
}

/** Adds the first and the last part of a compound, cut at each place. */
function addParts(word: string, forms: WordForm[]): void {
  add(word.slice(0, MIN_PART_LENGTH), PART_WEIGHT, forms);
  for (let i = MIN_PART_LENGTH; i <= word.length - MIN_PART_LENGTH; i++) {
    const rootWeight = word.length - i >= MIN_ROOT_OF_PART_LENGTH ? PART_ROOT_WEIGHT : 0;
    forms.push({ word: word.slice(i), weight: PART_WEIGHT, rootWeight });
  }
}
