// Adds the texts before and after each hit, within the byte budget of the answer.
import type { TextIndex } from '../search/text-index.js';
import type { HitRows, ReadRows, ShownHit, ShownHits } from './hits.js';
import type { ScannedTable } from './word-scan.repository.js';

/** A hit with its neighbours, in the JSON that the API returns. */
export interface FoundText extends ShownHit {
  of: ScannedTable;
  before: readonly string[];
  after: readonly string[];
}

const NO_TEXTS: readonly string[] = [];

/** Returns the hits with their neighbours, and whether nothing was left out. */
export async function withNeighbours(
  of: ScannedTable,
  texts: TextIndex,
  { shown, left, isWhole }: ShownHits,
  count: number,
  rowsOf: ReadRows<HitRows>,
): Promise<{ hits: FoundText[]; isWhole: boolean }> {
  if (count === 0 || shown.length === 0)
    return {
      hits: shown.map((hit) => ({ of, ...hit, before: NO_TEXTS, after: NO_TEXTS })),
      isWhole,
    };
  const around = shown.map(
    ({ hit: { ref } }) =>
      [texts.findNeighbours(ref, count, 0), texts.findNeighbours(ref, 0, count)] as const,
  );
  const refs = [...new Set(around.flat(2))];
  // The rest of the budget is shared by all neighbours, counted each time they are shown.
  const rows = await rowsOf(
    refs,
    Math.max(0, Math.floor(left / Math.max(1, around.flat(2).length))),
  );
  const known = (refs: readonly string[]) => refs.flatMap((ref) => rows.get(ref)?.json ?? []);
  const hits = shown.map((hit, i) => ({
    of,
    ...hit,
    before: known(around[i]![0]),
    after: known(around[i]![1]),
  }));
  return { hits, isWhole: isWhole && [...rows.values()].every(({ json }) => json !== null) };
}
