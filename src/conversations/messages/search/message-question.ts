// Reads what people type into a search box: words, "a phrase", or, -not. Writes it as tsqueries.
import { isEnglish } from '../../../platform/text/index.js';
import { all, any, anyOf, QuestionWords, type Unit } from './question-words.js';

export interface MessageQuestion {
  /** What a hit matches, as the text of a tsquery. */
  match: string;
  /** Any of the words as they were asked for. Null when there are none. */
  exact: string | null;
  /** Any of their other forms. Null when there are none. */
  others: string | null;
}

interface Token {
  text: string;
  isNegated: boolean;
  isPhrase: boolean;
  /** The last word may go on. */
  isBeginning: boolean;
}

const TOKEN = /-?"[^"]*"?|[^\s"]+/g;
/** Typographic quotation marks. */
const QUOTES = /[\u201c-\u201f\uff02]/g;

/**
 * Returns null when a question has no word to search for.
 * @param options.prefix the last word may be the beginning of a word
 */
export function readQuestion(text: string, { prefix = false } = {}): MessageQuestion | null {
  const words = new QuestionWords(isEnglish(text));
  const ranked: Unit[] = [];
  const alternatives: string[][] = [[]];
  const tokens = readTokens(text, prefix);
  tokens.forEach((token, i) => {
    if (isOr(token) && i > 0 && i < tokens.length - 1) alternatives.push([]);
    else alternatives.at(-1)!.push(...readToken(token, words, ranked));
  });
  const parts = alternatives.filter((terms) => terms.length > 0).map(all);
  if (parts.length === 0) return null;
  return {
    match: any(parts),
    exact: anyOfAll(ranked.flatMap(({ exact }) => exact)),
    others: anyOfAll(ranked.flatMap(({ endings, related }) => [...endings, ...related])),
  };
}

const isOr = ({ text, isPhrase, isNegated }: Token): boolean =>
  !isPhrase && !isNegated && text.toLowerCase() === 'or';

const anyOfAll = (parts: string[]): string | null =>
  parts.length === 0 ? null : any([...new Set(parts)]);

function readTokens(text: string, prefix: boolean): Token[] {
  const tokens = text.replace(QUOTES, '"').match(TOKEN) ?? [];
  return tokens.map((token, i) => {
    const isNegated = token.length > 1 && token.startsWith('-');
    const bare = isNegated ? token.slice(1) : token;
    const isPhrase = bare.startsWith('"');
    const isClosed = isPhrase && bare.length > 1 && bare.endsWith('"');
    const isLast = i === tokens.length - 1;
    return {
      text: bare,
      isNegated,
      isPhrase,
      isBeginning: prefix && isLast && !isNegated && !isClosed,
    };
  });
}

/** Returns the conditions of a token, and adds its words to those that rank. */
function readToken(token: Token, words: QuestionWords, ranked: Unit[]): string[] {
  const units = token.isPhrase
    ? phraseUnits(token, words)
    : words.unitsOf(token.text, token.isBeginning);
  if (units.length === 0) return [];
  if (token.isNegated) return [`!${all(units.map(({ exact }) => any(exact)))}`];
  ranked.push(...units);
  return units.map(anyOf);
}

function phraseUnits({ text, isBeginning }: Token, words: QuestionWords): Unit[] {
  const phrase = words.phraseOf(text, isBeginning);
  return phrase === null ? [] : [{ exact: [`(${phrase})`], endings: [], related: [] }];
}
