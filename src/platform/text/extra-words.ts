// Finds words that splitting by blanks and signs does not give: parts and wholes of compounds,
// numbers by value, words of scripts without spaces, and emoji.
import { cutWord, foldText } from './words.js';

/** Something in the text may be a compound: a sign, a digit or a capital inside a word. */
const BOUNDARY =
  /[a-z][A-Z]|[A-Za-z]\d|\d[A-Za-z]|[\p{L}\p{N}][-_./@:,][\p{L}\p{N}]|\d[ \u00a0]\d/u;
const COMPOUND = /[\p{L}\p{N}]+(?:[-_./@:]+[\p{L}\p{N}]+)*/gu;
/** Digits in groups of three, with or without decimals. */
const GROUPED_NUMBER =
  /(?<![\d.,])\d{1,3}(?:(?:,\d{3})+(?:\.\d+)?|(?:\.\d{3})+,\d+|(?:\.\d{3}){2,}|(?:[ \u00a0]\d{3})+)(?![\d.,]*\d)/g;
const DIGIT = /\d/;
/** A time of day, with "am", "pm" or minutes. */
const TIME = /(?<![\d.,:])(\d{1,2})(?::([0-5]\d))?(?: ?([ap])\.?m\b|(?<=:\d\d)(?![\d:]))/gi;
const HOURS_PER_HALF_DAY = 12;
/** A number with decimals, after groups of digits or not. */
const DECIMAL_NUMBER =
  /(?<![\d.,:])(\d{1,3}(?:[.,]\d{3}){1,4}|\d{1,12})[.,](\d{1,2})(?![\d.,:]*\d)/g;
/** Names of programming languages. */
const SIGN_OF_LANGUAGE = /\+\+|#/;
const LANGUAGE_NAME = /(?<![\w+#])[A-Za-z]{1,2}(?:\+\+|#)(?![\w+#])/g;
/** A number of a telephone: three groups of digits or more. */
const SPACED_DIGITS = /(?<!\d)\d{2,5}(?:[ -]\d{2,5}){2,6}(?!\d)/g;
const DECIMALS = /[.,]\d{1,2}$/;
const SIGNS = /[-_./@:]+/;
/** Changes of case inside a word of code. */
const HUMPS = /(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/;
/** Letters and then a number, as in "v2". */
const NUMBERED = /^([a-z]+)(\d+)$/;
const NON_DIGITS = /\D/g;

/** A compound of more parts is a path or a list: it is found by its parts. */
const MAX_JOINED_PARTS = 6;
/** A longer token is a hash or base64. */
const MAX_TOKEN_LENGTH = 128;

/** A picture without its variants, or the two letters of a flag. */
const EMOJI = new RegExp(String.raw`[\p{Extended_Pictographic}--[©®™‼⁉ℹ]]|\p{RI}\p{RI}`, 'gv');
const NON_ASCII = /[^\0-\x7f]/;

/** A Persian word may have parts that an invisible sign joins. */
const ARABIC_WORD = /[\p{scx=Arabic}\u200c]+/gu;
const JOINER = '\u200c';
/** A shorter part is an ending or "می". */
const MIN_JOINED_PART = 3;

const BY_DICTIONARY = /[\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]{2,}/gu;
// A RegExp object, because TypeScript accepts the flag v only for a later target than Node 20's.
const HAN_RUN = new RegExp(
  String.raw`[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]&&[\p{L}\p{M}]]{2,}`,
  'gv',
);
const ONE_WORD_CHARACTER = /^[\p{Script=Han}\p{Script=Hangul}]$/u;
const HANGUL = /^\p{Script=Hangul}/u;
const KOREAN_PARTICLE =
  /(?<=.)(?:에서는|에서|에게|에는|까지|부터|으로|처럼|보다|이나|하고|은|는|이|가|을|를|에|의|도|로|와|과|만)$/u;
/** A verb or particle that a dictionary may count as a part of a word: "狗叫". */
const HAN_FUNCTION_CHARACTER = /(?<=.)[的了是在有叫吗呢]$/u;
/** Words of questions that tell nothing about the subject of a text. */
const FUNCTION_WORDS = new Set(
  '什么 怎么 怎样 怎么样 为什么 哪里 哪儿 哪个 多少 几个 我们 你们 他们 她们 这个 那个 一个 没有 名叫 です ます ました でした どこ なに いつ だれ から まで こと もの の は が を に で と も'.split(
    ' ',
  ),
);
/** Chinese words of one character that tell nothing about the subject of a text. */
export const HAN_STOP_CHARACTERS = new Set(
  '的了是在我你他她它们吗呢和有不这那什么怎哪谁都也就很要会能去年月日个家中叫',
);
const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

/**
 * Returns further words of a piece of text. Takes linear time. "v2.1" in a text is found by "2", but
 * "v2.1" in a question does not ask for any 2.
 */
export function findExtraWords(piece: string, isQuestion = false): string[] {
  const words = findValues(piece);
  if (BOUNDARY.test(piece)) addCompounds(piece, words, isQuestion);
  if (NON_ASCII.test(piece)) {
    words.push(...findEmoji(piece));
    if (piece.includes(JOINER)) addJoinedParts(piece, words);
    addDictionaryWords(piece, words);
    for (const run of piece.match(HAN_RUN) ?? []) words.push([...foldText(run)].at(-1)!);
  }
  return asWords(words);
}

/** Cuts long words, and leaves out those that consisted of optional marks. */
const asWords = (words: (string | undefined)[]): string[] =>
  words.flatMap((word) => (word ? [cutWord(word)] : []));

/** Returns the times of day, numbers with decimals and names of languages of a text. */
export function findValues(text: string): string[] {
  const words: string[] = [];
  if (DIGIT.test(text)) addValues(text, words);
  if (SIGN_OF_LANGUAGE.test(text))
    for (const name of text.match(LANGUAGE_NAME) ?? []) words.push(name.toLowerCase());
  return words;
}

export interface SpacelessWords {
  /** Pairs of characters inside of words. Other pairs are of two words. */
  pairs: ReadonlySet<string>;
  /** Words of one character. An index finds them as the first character of a pair. */
  characters: ReadonlySet<string>;
}

/** Finds the Chinese, Japanese and Korean words in a question. */
export function findSpacelessWords(question: string): SpacelessWords {
  const [pairs, characters] = [new Set<string>(), new Set<string>()];
  for (const run of question.match(HAN_RUN) ?? []) {
    for (const { segment } of segmenter.segment(foldText(run))) {
      const word = HANGUL.test(segment) ? segment.replace(KOREAN_PARTICLE, '') : segment;
      if (FUNCTION_WORDS.has(word)) continue;
      const subject = word.replace(HAN_FUNCTION_CHARACTER, '');
      if (ONE_WORD_CHARACTER.test(subject) && !HAN_STOP_CHARACTERS.has(subject))
        characters.add(subject);
      const letters = [...word];
      for (let i = 1; i < letters.length; i++) pairs.add(letters[i - 1]! + letters[i]!);
    }
  }
  return { pairs, characters };
}

function addJoinedParts(piece: string, words: string[]): void {
  for (const word of piece.match(ARABIC_WORD) ?? []) {
    const parts = word.split(JOINER);
    for (const part of parts)
      if (parts.length > 1 && part.length >= MIN_JOINED_PART) words.push(foldText(part));
  }
}

/** Returns the emoji of a text in order. */
export const findEmoji = (text: string): string[] => text.match(EMOJI) ?? [];

/**
 * Returns the parts of a token such as "getUserName" or "install-linux", or null when it has one part
 * or too many.
 */
export function splitCompound(token: string): string[] | null {
  if (token.length > MAX_TOKEN_LENGTH || !BOUNDARY.test(token)) return null;
  const parts = asWords(
    (token.match(COMPOUND) ?? [])
      .flatMap((compound) => compound.split(SIGNS))
      .flatMap((word) => word.split(HUMPS))
      .map(foldText),
  );
  return parts.length > 1 && parts.length <= MAX_JOINED_PARTS ? parts : null;
}

/** Returns the digits of a number in groups, without decimals: "1299" of "1,299.00". */
export const digitsOf = (token: string): string[] =>
  (token.match(GROUPED_NUMBER) ?? []).map((number) =>
    number.replace(DECIMALS, '').replace(NON_DIGITS, ''),
  );

function addDictionaryWords(piece: string, words: string[]): void {
  for (const run of piece.match(BY_DICTIONARY) ?? []) {
    for (const { segment, isWordLike } of segmenter.segment(run))
      if (isWordLike && segment.length > 1) words.push(foldText(segment));
  }
}

/** Adds times of day and numbers with decimals, each by its value. */
function addValues(piece: string, words: string[]): void {
  for (const [, hour, minute = '00', half] of piece.matchAll(TIME)) {
    const isMorning = half?.toLowerCase() !== 'p';
    const hours = half
      ? (Number(hour) % HOURS_PER_HALF_DAY) + (isMorning ? 0 : HOURS_PER_HALF_DAY)
      : Number(hour);
    words.push(`${hours}:${minute}`);
  }
  for (const [, whole, decimals] of piece.matchAll(DECIMAL_NUMBER)) {
    const value = Number(`${whole!.replace(NON_DIGITS, '')}.${decimals}`);
    if (!Number.isInteger(value)) words.push(String(value));
  }
}

function addCompounds(piece: string, words: string[], isQuestion: boolean): void {
  words.push(...digitsOf(piece));
  for (const number of piece.match(SPACED_DIGITS) ?? []) words.push(number.replace(NON_DIGITS, ''));
  for (const token of piece.match(COMPOUND) ?? []) {
    if (token.length <= MAX_TOKEN_LENGTH && BOUNDARY.test(token))
      addParts(token, words, isQuestion);
  }
}

function addParts(token: string, words: string[], isQuestion: boolean): void {
  const bySign = token.split(SIGNS);
  const parts: string[] = [];
  for (const word of bySign) {
    const humps = word.split(HUMPS);
    for (const hump of humps) {
      const part = foldText(hump);
      parts.push(part);
      // Splitting by signs gives the other words already.
      if (humps.length > 1) words.push(part);
      const numbered = isQuestion || bySign.length === 1 ? null : NUMBERED.exec(part);
      if (numbered) words.push(numbered[1]!, numbered[2]!);
    }
  }
  if (parts.length > MAX_JOINED_PARTS) return;
  for (let i = 1; i < parts.length; i++) words.push(parts[i - 1]! + parts[i]!);
  if (parts.length > 2 && bySign.length > 1) words.push(parts.join(''));
}
