// Takes the best of what an index finds that may also be shown, and no more of the rest than it must.
import type { SearchHit, SearchOptions, TextIndex } from '../search/text-index.js';

/** How many times more hits are looked up when those before were not enough. */
const LIMIT_GROWTH = 8;
/** Hits that are looked up at once. */
const MAX_ROWS_PER_READ = 5_000;

/** Larger than any row. */
const UNLIMITED_BYTES = 2_147_483_647;

/** A memory or a message; its JSON is what the API shows. */
export interface HitRow {
  id: string;
  /** Of a memory, which write it is of. */
  revision: number;
  bytes: number;
  /** Null where it has more bytes than were asked for. */
  json: string | null;
}

export interface ShownHit {
  hit: SearchHit;
  json: string;
}

interface Hit {
  hit: SearchHit;
  row: HitRow;
}

export type HitRows = ReadonlyMap<string, HitRow>;

/** The rows of some refs, without those that may not be shown; null when the index is not up to date. */
export type ReadRows<Found extends HitRows | null> = (
  refs: string[],
  maxBytes: number,
) => Promise<Found>;

export interface RankedQuery extends SearchOptions {
  question: string;
}

export interface ShownHits {
  shown: ShownHit[];
  /** Bytes of the budget that are left. */
  left: number;
  /** No hit was left out because of its size. */
  isWhole: boolean;
}

/**
 * @param budget bytes that the hits may have; the first is shown whatever it has
 * @returns the best, or null when the index is not up to date
 */
export async function findBestHits<Found extends HitRows | null>(
  texts: TextIndex,
  search: RankedQuery,
  budget: number,
  readRows: ReadRows<Found>,
): Promise<ShownHits | Extract<Found, null>> {
  const best = await collectHits(texts, search, budget, readRows);
  if (best === null) return best as Extract<Found, null>;
  const fitting = withinBudget(best, budget);
  const withheld = fitting.flatMap(({ row }) => (row.json === null ? [row.id] : []));
  const read = withheld.length > 0 ? await readRows(withheld, UNLIMITED_BYTES) : NO_ROWS;
  if (read === null) return read as Extract<Found, null>;
  const shown = fitting.flatMap(({ hit, row }) => {
    const whole = row.json === null ? read.get(row.id) : row;
    // It may have been changed meanwhile, and is another then.
    return whole?.json != null && whole.revision === row.revision
      ? [{ hit, json: whole.json }]
      : [];
  });
  return {
    shown,
    left: budget - fitting.reduce((sum, { row }) => sum + row.bytes, 0),
    isWhole: fitting.length === best.length,
  };
}

const NO_ROWS: HitRows = new Map();

async function collectHits<Found extends HitRows | null>(
  texts: TextIndex,
  search: RankedQuery,
  budget: number,
  rowsOf: ReadRows<Found>,
): Promise<Hit[] | null> {
  const { question, limit } = search;
  const best: Hit[] = [];
  for (let look = limit, looked = 0; ; look *= LIMIT_GROWTH) {
    const hits = texts.search(question, { ...search, limit: look });
    // Asked also for no refs: only then is it known that the index is up to date.
    do {
      const fresh = hits.slice(looked, looked + MAX_ROWS_PER_READ);
      const rows = await rowsOf(
        fresh.map(({ ref }) => ref),
        Math.floor(budget / Math.max(1, fresh.length)),
      );
      if (rows === null) return null;
      for (const hit of fresh) {
        const row = rows.get(hit.ref);
        if (row && best.length < limit) best.push({ hit, row });
      }
      looked += fresh.length;
    } while (looked < hits.length && best.length < limit);
    if (best.length >= limit || hits.length < look) return best;
  }
}

function withinBudget(best: Hit[], budget: number): Hit[] {
  let bytes = 0;
  return best.filter(({ row }) => {
    const fits = bytes < budget;
    bytes += row.bytes;
    return fits;
  });
}
