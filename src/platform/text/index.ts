// Splits text of any language into the words by which it is found. The index of messages stores
// words and stems: a change of them needs a migration that empties `message_search`, which searches
// fill again.
export {
  digitsOf,
  findEmoji,
  findExtraWords,
  findSpacelessWords,
  findValues,
  HAN_STOP_CHARACTERS,
  type SpacelessWords,
  splitCompound,
} from './extra-words.js';
export { lightStem, listVowelChanges } from './light-stems.js';
export { rootOf, stemWord } from './stem.js';
export { STOP_WORDS } from './stop-words.js';
export {
  DOUBLING_ENDINGS,
  ENDINGS,
  isEnglish,
  listSpellings,
  listWordForms,
  type WordForm,
  writeTwoLetters,
} from './word-forms.js';
export {
  cutWord,
  foldText,
  isSpaceless,
  MAX_SEARCHED_CHARACTERS,
  splitAtRuns,
  splitIntoPieces,
  splitWords,
} from './words.js';
