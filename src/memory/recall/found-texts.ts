// The answer of a search, and how those of memories and of messages become one.
import type { FoundText } from './neighbours.js';

export interface FoundTexts {
  hits: FoundText[];
  /**
   * `index` for an index in this process; `database` for PostgreSQL, when the user's index would be
   * too large.
   */
  searchedBy: 'index' | 'database';
  /** True when nothing was left out: no hit because of its size, and no text unsearched. */
  complete: boolean;
  /** Words that no text has and that may be mistyped, when nothing met what was asked for. */
  unknownWords?: string[];
}

/**
 * Merges memories and messages by score. Each search had the whole byte budget; together they have
 * it once.
 */
export function mergeFound(
  memories: FoundTexts,
  messages: FoundTexts,
  limit: number,
  budget: number,
): FoundTexts {
  const best = [...memories.hits, ...messages.hits]
    .sort((a, b) => b.hit.score - a.hit.score)
    .slice(0, limit);
  let bytes = 0;
  const hits = best.filter(({ json }) => {
    const fits = bytes < budget;
    bytes += Buffer.byteLength(json);
    return fits;
  });
  const searchedBy =
    memories.searchedBy === 'database' || messages.searchedBy === 'database' ? 'database' : 'index';
  return {
    hits,
    searchedBy,
    complete: memories.complete && messages.complete && hits.length === best.length,
  };
}
