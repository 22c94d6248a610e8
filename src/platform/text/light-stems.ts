// Takes common endings and beginnings from words of scripts other than Latin. The rules hold for
// all languages of a script, so that no text has to be assigned to a language.

const ARABIC = /^\p{Script=Arabic}/u;
const HEBREW = /^\p{Script=Hebrew}/u;
const CYRILLIC = /^\p{Script=Cyrillic}/u;
const GREEK = /^\p{Script=Greek}/u;
const INDIC = /^[\p{Script=Devanagari}\p{Script=Gujarati}\p{Script=Gurmukhi}]/u;
const BENGALI = /^\p{Script=Bengali}/u;
const TAMIL = /^\p{Script=Tamil}/u;
const GEORGIAN = /^\p{Script=Georgian}/u;
const ARMENIAN = /^\p{Script=Armenian}/u;

/** Article and prepositions, as in the stemmer light10. */
const ARABIC_BEGINNING = /^(?:و?(?:ال|بال|كال|فال|لل))(?=..)|^و(?=...)/u;
/** The longer ones are Persian. */
const ARABIC_ENDING = /(?:هايي|هايم|هايت|هايش|هاي|ها|ان|ات|ون|ين|يه|ته|تي|هم|نا|ه|ي)$/u;
/** Letters that stand for an article, "and", "that", "when" or a preposition. */
const HEBREW_BEGINNING = /^(?:ו?(?:(?:כש|[בלמכש])?ה|ש?[בלמכ]|כ?ש)|ו)(?=...)/u;
/** The final letters of words are folded before. */
const HEBREW_ENDING = /(?:ימ|ות|יה|ית|ה|י)$/u;
/** Endings of Russian, Ukrainian, Bulgarian and Serbian; "й" is folded to "и" before. */
const CYRILLIC_ENDING =
  /(?:иями|ями|ами|ого|его|ому|ему|ыми|ими|овете|ият|ата|ето|ите|ът|ься|ся|ешь|ишь|ете|ите|ить|ать|ять|еть|ти|ов|ев|ів|ей|ам|ям|ах|ях|ом|ем|ою|ею|ую|юю|ая|яя|ое|ее|ые|ие|ые|ых|их|ым|им|ои|еи|ии|ыи|ия|ию|ья|ью|ют|ут|ят|ть|[аяоеиыуюьіїєъй])$/u;
const GREEK_ENDING =
  /(?:ουσ|ων|οσ|ου|ησ|ασ|εσ|εισ|ει|οι|ια|ιο|ιου|ατα|ατοσ|μαι|ται|ουμε|ουν|[αεηιουωσ])$/u;
const INDIC_ENDING = /(?:ियों|ियां|ियाँ|ाओं|ाएं|ाएँ|ओं|ों|ें|ीं|[ािीुूेैोौं])$/u;

const BENGALI_ENDING = /(?:গুলোর|গুলো|গুলি|দের|টির|তে|টি|টা|কে|ের|রা|[ের])$/u;
const TAMIL_ENDING = /(?:களில்|களை|கள்|யில்|வில்|ில்|ின்|ுக்கு|க்கு|ு)$/u;
/** A consonant that is doubled before an ending. */
const TAMIL_DOUBLE = /(.)\u0bcd\1$/u;
const GEORGIAN_ENDING = /(?:ებმა|ებში|ებზე|ების|ებს|ები|იდან|დან|თან|ში|ზე|მა|ის|ით|ად|[სია])$/u;
const ARMENIAN_ENDING = /(?:ներում|ներից|ներով|ների|ները|ներ|ում|ից|ով|ին|ը)$/u;

const take = (word: string, affix: RegExp, shortest: number): string => {
  const rest = word.replace(affix, '');
  return rest.length >= shortest ? rest : word;
};

/** Endings of verbs that are part of many nouns: only a longer word loses them. */
const CYRILLIC_VERB_ENDING = /(?:ет|ит|ат)$/u;

/** Returns the word without its affixes, or the word itself. */
export function lightStem(word: string): string {
  if (CYRILLIC.test(word)) return take(take(word, CYRILLIC_VERB_ENDING, 5), CYRILLIC_ENDING, 3);
  if (GREEK.test(word)) return take(word, GREEK_ENDING, 3);
  if (ARABIC.test(word)) return take(take(word, ARABIC_BEGINNING, 2), ARABIC_ENDING, 3);
  if (HEBREW.test(word)) return take(take(word, HEBREW_BEGINNING, 3), HEBREW_ENDING, 3);
  if (INDIC.test(word)) return take(word, INDIC_ENDING, 2);
  if (BENGALI.test(word)) return take(word, BENGALI_ENDING, 2);
  if (TAMIL.test(word)) return take(word, TAMIL_ENDING, 3).replace(TAMIL_DOUBLE, '$1');
  if (GEORGIAN.test(word)) return take(word, GEORGIAN_ENDING, 3);
  if (ARMENIAN.test(word)) return take(word, ARMENIAN_ENDING, 3);
  return word;
}

const CONSONANT = '[бвгджзйклмнпрстфхцчшщ]';
const FLEETING_VOWEL = new RegExp(`(${CONSONANT})[еоё](${CONSONANT})$`, 'u');
const WITHOUT_VOWEL = new RegExp(`(${CONSONANT})ь?(${CONSONANT})$`, 'u');
const CLOSED_SYLLABLE = new RegExp(`і(${CONSONANT})$`, 'u');

/** Returns the stem with the vowels that Slavic words written in Cyrillic have in other forms. */
export function listVowelChanges(word: string): string[] {
  if (!CYRILLIC.test(word)) return [];
  const stem = lightStem(word);
  const changed = [
    stem.replace(FLEETING_VOWEL, '$1$2'),
    stem.replace(WITHOUT_VOWEL, '$1е$2'),
    stem.replace(WITHOUT_VOWEL, '$1о$2'),
    word.replace(CLOSED_SYLLABLE, 'о$1'),
    word.replace(CLOSED_SYLLABLE, 'е$1'),
  ];
  // With an ending, because the last letters of the stem may look like one.
  return changed.filter((other) => other !== stem && other !== word).map((other) => `${other}а`);
}
