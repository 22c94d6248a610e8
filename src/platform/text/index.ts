// Splits text of any language into the words by which it is found. No index is stored, so a change of
// words or stems needs no migration.
export type { Condition, Term } from './condition.js';
export { findExtraWords, findSpacelessWords, type SpacelessWords } from './extra-words.js';
export { compoundTail } from './latin-forms.js';
export { lightStem } from './light-stems.js';
export type { Unit } from './question-words.js';
export { MAX_NEAR_CHARACTERS, toNearForm, toNearQuestion, toSameForm } from './near-form.js';
export { hasRankedWordsOnly, readSearchQuestion, type SearchQuestion } from './search-question.js';
export { indexedRootOf, rootOf, stemWord } from './stem.js';
export { STOP_WORDS } from './stop-words.js';
export { Stems, TermVector, toVectorInSteps } from './term-vector.js';
export { isMet } from './met-condition.js';
export { listTypos, mayBeMistyped } from './typos.js';
export { ENDING_WEIGHT, ROOT_WEIGHT, type WordForm } from './word-form.js';
export { isEnglish, listWordForms, SPACELESS_PAIR, writeTwoLetters } from './word-forms.js';
export {
  cutWord,
  foldText,
  isSpaceless,
  MAX_SEARCHED_CHARACTERS,
  splitAtRuns,
  splitIntoPieces,
  splitWords,
} from './words.js';
