// Takes the best of what an index finds that may also be shown, and no more of the rest than it must.
import type { SearchHit, TextIndex } from '../search/text-index.js';

/** How many times more hits are looked up when those before were not enough. */
const MORE = 8;

export interface Shown<Row> {
  hit: SearchHit;
  row: Row;
}

/**
 * @param rowsOf the rows of some refs, without those that may not be shown; null when the index is not up to date
 * @returns the best, or null when the index is not up to date
 */
export async function bestShown<Row>(
  texts: TextIndex,
  search: { question: string; vector?: Int8Array | undefined },
  limit: number,
  rowsOf: (refs: string[]) => Promise<Map<string, Row> | null>,
): Promise<Shown<Row>[] | null> {
  const { question, vector } = search;
  for (let look = limit, looked = 0, shown: Shown<Row>[] = []; ; look *= MORE) {
    const hits = texts.search(question, { limit: look, ...(vector ? { vector } : {}) });
    const fresh = hits.slice(looked);
    const rows = await rowsOf(fresh.map(({ ref }) => ref));
    if (!rows) return null;
    shown = [...shown, ...fresh.flatMap((hit) => (rows.has(hit.ref) ? [{ hit, row: rows.get(hit.ref)! }] : []))];
    if (shown.length >= limit || hits.length < look) return shown.slice(0, limit);
    looked = hits.length;
  }
}
