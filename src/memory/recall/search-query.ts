// Reads the grammar of a search, which is that of the search of messages: "a phrase", or, -not, and
// the beginning of a word.
import {
  type Condition,
  hasRankedWordsOnly,
  readSearchQuestion,
} from '../../platform/text/index.js';
import type { SearchRequest } from './search-input.js';

export interface SearchQuery {
  /** What ranks: the words that are asked for. */
  query: string;
  /** What each hit must meet. Null when a hit only has to be ranked. */
  condition: Condition | null;
  /** True when it asks for stop words only, which no index has. */
  hasStopWordsOnly: boolean;
  /** True when it only says what must not occur, so that nothing ranks. */
  isUnranked: boolean;
  /** The beginning of a word that is asked for; null when there is none. */
  openWord: string | null;
  /** What was read. */
  written: WrittenQuery;
  /** The words that are also asked for without one typing error; null before any is known. */
  mistyped: ReadonlySet<string> | null;
}

type WrittenQuery = Pick<SearchRequest, 'query' | 'match' | 'prefix'>;

const PLAIN = { condition: null, hasStopWordsOnly: false, isUnranked: false, openWord: null };

/** In a sentence that asks, what stands in quotation marks is mostly a title that few texts repeat. */
const ASKS = /[?\uff1f\u061f]\s*$/;

/** @param mistyped words that are also asked for without one typing error */
export function readSearchQuery(
  written: WrittenQuery,
  mistyped: ReadonlySet<string> | null = null,
): SearchQuery {
  const { query, match, prefix } = written;
  const common = { written, mistyped };
  if (match === 'any' && !prefix && hasRankedWordsOnly(query))
    return { ...PLAIN, ...common, query };
  const phrasesRank = match === 'any' && ASKS.test(query);
  const question = readSearchQuestion(query, {
    ...{ prefix, phrasesRank },
    ...(mistyped && { mistyped }),
  });
  if (question === null) return { ...PLAIN, ...common, query };
  const { hasStopWordsOnly, asked, openWord } = question;
  const condition = match === 'all' ? question.match : question.demanded;
  if (condition === null) return { ...PLAIN, ...common, query, hasStopWordsOnly };
  const isUnranked = question.units.length === 0;
  return { ...common, query: asked, condition, hasStopWordsOnly, isUnranked, openWord };
}
