// Reads what people type into a search box: words, "a phrase", or, -not.
import { allOf, anyOf, type Condition } from './condition.js';
import { anyFormOf, type QuestionOptions, QuestionWords, type Unit } from './question-words.js';
import { STOP_WORDS } from './stop-words.js';
import { isEnglish } from './word-forms.js';
import { isSpaceless, splitAtRuns, splitWords } from './words.js';

export interface SearchQuestion {
  /** What a hit matches. */
  match: Condition;
  /** The words that are asked for, and not negated. */
  units: Unit[];
  /** True when it is made of stop words only, which an index leaves out. */
  hasStopWordsOnly: boolean;
  /** The stop words that are not negated. They are asked for when there are no other words. */
  stopWords: string[];
  /** Alternatives that `or` divides. */
  alternatives: number;
  /**
   * What a hit must meet where words only rank: phrases, words to leave out, and a word that may go
   * on. An alternative without them has any of its words. Null when there are none.
   */
  demanded: Condition | null;
  /** The words that are asked for, as written: no signs, `or`, and words to leave out. */
  asked: string;
  /** The beginning of a word that is asked for; null when there is none. */
  openWord: string | null;
}

interface Token {
  text: string;
  isNegated: boolean;
  isPhrase: boolean;
  /** The last word may go on. */
  goesOn: boolean;
  /** It must be met also where words only rank. */
  isDemanded: boolean;
}

const TOKEN = /-?"[^"]*"?|[^\s"]+/g;
/** Typographic quotation marks. */
const QUOTES = /[\u201c-\u201f\uff02]/g;

/** What a question is read with. */
export interface ReadOptions {
  /** The last word may be the beginning of a word. */
  prefix?: boolean;
  /** Words that are also asked for without one typing error. */
  mistyped?: ReadonlySet<string>;
  /** Phrases only rank where words do. */
  phrasesRank?: boolean;
}

/**
 * Returns null when a question has no word to search for. When all its words are stop words, they
 * are searched for.
 */
export function readSearchQuestion(
  text: string,
  { prefix = false, mistyped, phrasesRank = false }: ReadOptions = {},
): SearchQuestion | null {
  const tokens = readTokens(text, prefix, phrasesRank);
  const options: QuestionOptions = { english: isEnglish(text), ...(mistyped && { mistyped }) };
  const question = readWith(tokens, options);
  // Words to leave out alone ask for all texts without them.
  if (question.units.length > 0) return question;
  const kept = readWith(tokens, { ...options, keepsStopWords: true });
  if (kept.units.length === 0) return question.alternatives === 0 ? null : question;
  return { ...kept, hasStopWordsOnly: true };
}

/** Quotation marks, and a sign before a word to leave out. */
const SIGNS = /["\u201c-\u201f\uff02]|(?:^|\s)-\S/;

/** Other characters may divide a token, or be none. */
const PLAIN_TOKEN = /^[\p{L}\p{N}]+$/u;

/**
 * Tells quickly that a question without an open word demands nothing where words only rank, and has
 * a word that is no stop word. False when that takes a closer look.
 */
export const hasRankedWordsOnly = (text: string): boolean =>
  !SIGNS.test(text) && text.split(/\s+/).some(tellsSomething);

const tellsSomething = (token: string): boolean =>
  PLAIN_TOKEN.test(token) && splitWords(token).some((word) => !STOP_WORDS.has(word));

interface Alternative {
  conditions: Condition[];
  demanded: Condition[];
}

function readWith(tokens: Token[], options: QuestionOptions): SearchQuestion {
  const words = new QuestionWords(options);
  const units: Unit[] = [];
  const asked: string[] = [];
  const all: Alternative[] = [{ conditions: [], demanded: [] }];
  tokens.forEach((token, i) => {
    if (isOr(token) && i > 0 && i < tokens.length - 1) {
      if (all.at(-1)!.conditions.length > 0) all.push({ conditions: [], demanded: [] });
      return;
    }
    const conditions = readToken(token, words, units);
    all.at(-1)!.conditions.push(...conditions);
    if (token.isDemanded) all.at(-1)!.demanded.push(...conditions);
    if (!token.isNegated) asked.push(token.text.replaceAll('"', ' ').trim());
  });
  const kept = all.filter(({ conditions }) => conditions.length > 0);
  const stopWords = asked.flatMap(splitWords).filter((word) => STOP_WORDS.has(word));
  return {
    match: anyOf(kept.map(({ conditions }) => allOf(conditions))),
    units,
    hasStopWordsOnly: false,
    stopWords: [...new Set(stopWords)],
    alternatives: kept.length,
    demanded: demandedBy(kept),
    asked: asked.join(' '),
    openWord: openWordOf(tokens.at(-1)),
  };
}

/** A word of a script without spaces has no beginning that stands apart. */
function openWordOf(last: Token | undefined): string | null {
  const part = last?.goesOn ? splitAtRuns(last.text.normalize('NFC')).at(-1) : undefined;
  return part === undefined || isSpaceless(part) ? null : (splitWords(part).at(-1) ?? null);
}

function demandedBy(alternatives: Alternative[]): Condition | null {
  if (alternatives.every(({ demanded }) => demanded.length === 0)) return null;
  return anyOf(
    alternatives.map(({ conditions, demanded }) =>
      demanded.length > 0 ? allOf(demanded) : anyOf(conditions),
    ),
  );
}

const isOr = ({ text, isPhrase, isNegated }: Token): boolean =>
  !isPhrase && !isNegated && text.toLowerCase() === 'or';

function readTokens(text: string, prefix: boolean, phrasesRank: boolean): Token[] {
  const tokens = text.replace(QUOTES, '"').match(TOKEN) ?? [];
  return tokens.map((token, i) => {
    const isNegated = token.length > 1 && token.startsWith('-');
    const bare = isNegated ? token.slice(1) : token;
    const isPhrase = bare.startsWith('"');
    const isClosed = isPhrase && bare.length > 1 && bare.endsWith('"');
    const isLast = i === tokens.length - 1;
    const goesOn = prefix && isLast && !isNegated && !isClosed;
    const isDemanded = isNegated || goesOn || (isPhrase && !phrasesRank);
    return { text: bare, isNegated, isPhrase, goesOn, isDemanded };
  });
}

/** Returns the conditions of a token, and adds its words to those that are asked for. */
function readToken(token: Token, words: QuestionWords, asked: Unit[]): Condition[] {
  const units = token.isPhrase
    ? phraseUnits(token, words)
    : words.unitsOf(token.text, token.goesOn);
  if (units.length === 0) return [];
  if (token.isNegated) return [{ kind: 'not', of: allOf(units.map(({ exact }) => anyOf(exact))) }];
  asked.push(...units);
  return units.map(anyFormOf);
}

function phraseUnits({ text, goesOn }: Token, words: QuestionWords): Unit[] {
  const phrase = words.phraseOf(text, goesOn);
  return phrase === null
    ? []
    : [{ exact: [phrase], endings: [], related: [], rare: [], typos: [] }];
}
