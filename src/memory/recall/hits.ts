// Takes the best of what an index finds that may also be shown, and no more of the rest than it must.
import type { SearchHit, SearchOptions, TextIndex } from '../search/text-index.js';

/** How many times more hits are looked up when those before were not enough. */
const MORE = 8;

/** A memory or a message; its JSON is what the API shows. */
export interface Showable {
  id: string;
  json: string;
}

export interface Shown {
  hit: SearchHit;
  json: string;
}

export type Rows = ReadonlyMap<string, Showable>;

export interface Question extends SearchOptions {
  question: string;
}

/**
 * @param rowsOf the rows of some refs, without those that may not be shown; null when the index is not up to date
 * @returns the best, or null when the index is not up to date
 */
export async function bestShown<Found extends Rows | null>(
  texts: TextIndex,
  search: Question,
  rowsOf: (refs: string[]) => Promise<Found>,
): Promise<Shown[] | Extract<Found, null>> {
  const { question, limit } = search;
  const shown: Shown[] = [];
  for (let look = limit, looked = 0; ; look *= MORE) {
    const hits = texts.search(question, { ...search, limit: look });
    const fresh = hits.slice(looked);
    const rows = await rowsOf(fresh.map(({ ref }) => ref));
    if (rows === null) return rows as Extract<Found, null>;
    for (const hit of fresh) {
      const row = rows.get(hit.ref);
      if (row && shown.length < limit) shown.push({ hit, json: row.json });
    }
    if (shown.length >= limit || hits.length < look) return shown;
    looked = hits.length;
  }
}
