// Selects the best hits of an index that the caller may see, and reads as few other rows as
// possible.
import type { Demand } from './demand.js';
import type { TextHit, SearchOptions, TextIndex } from '../search/text-index.js';
import { MAX_INTEGER } from '../../platform/input/index.js';

/** When the hits before were not enough, this many times more are looked up. */
const LIMIT_GROWTH = 8;
/** How many hits one read looks up. */
const MAX_ROWS_PER_READ = 5_000;
/** Of rows whose text is compared, so that few are withheld because of their size. */
const MAX_ROWS_TO_COMPARE = 200;

/** More bytes than any row has. */
const UNLIMITED_BYTES = MAX_INTEGER;

/** Where a message stands. */
export interface MessagePlace {
  conversationId: string;
  seq: number;
  createdAt: string;
  /** True when its conversation has branches, so that it may not be shown. */
  isBranched: boolean;
}

/** A memory or a message, in the JSON that the API returns. */
export interface HitRow {
  id: string;
  /** The revision of a memory; 0 for a message. */
  revision: number;
  bytes: number;
  /** Null when the row has more bytes than were asked for. */
  json: string | null;
  /** Of messages only. */
  place?: MessagePlace | undefined;
}

export interface ShownHit extends Pick<HitRow, 'place'> {
  hit: TextHit;
  json: string;
}

interface Hit {
  hit: TextHit;
  row: HitRow;
}

export type HitRows = ReadonlyMap<string, HitRow>;

/**
 * Reads the rows of some refs, without those that the caller may not see. Returns null when the
 * index is not up to date.
 */
export type ReadRows<Found extends HitRows | null> = (
  refs: string[],
  maxBytes: number,
) => Promise<Found>;

export interface RankedQuery extends SearchOptions {
  question: string;
  /** What the text of a hit must have besides; null for no more than to be ranked. */
  demand?: Demand | null;
  /** Nothing ranks: the newest texts are the hits. */
  isUnranked?: boolean;
}

export interface ShownHits {
  shown: ShownHit[];
  /** Bytes left of the budget. */
  left: number;
  /** True when no hit was left out because of its size. */
  isWhole: boolean;
}

/**
 * Finds the best hits and reads their JSON.
 * @param budget bytes for all hits; the first hit is returned whatever its size
 * @returns null when the index is not up to date
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
    // Skip a row that was changed since it was ranked.
    return whole?.json != null && whole.revision === row.revision
      ? [{ hit, json: whole.json, place: whole.place }]
      : [];
  });
  return {
    shown,
    left: budget - fitting.reduce((sum, { row }) => sum + row.bytes, 0),
    isWhole: fitting.length === best.length && !search.demand?.isExhausted,
  };
}

const NO_ROWS: HitRows = new Map();

async function collectHits<Found extends HitRows | null>(
  texts: TextIndex,
  search: RankedQuery,
  budget: number,
  rowsOf: ReadRows<Found>,
): Promise<Hit[] | null> {
  const { question, limit, demand } = search;
  const best: Hit[] = [];
  const readWhole = async (id: string): Promise<HitRow | undefined> =>
    (await rowsOf([id], UNLIMITED_BYTES))?.get(id);
  for (let look = limit, looked = 0; ; look *= LIMIT_GROWTH) {
    const hits = search.isUnranked
      ? texts.newest({ ...search, limit: look })
      : texts.search(question, { ...search, limit: look });
    // Read even when there are no refs: only a read tells whether the index is up to date.
    do {
      const fresh = hits.slice(looked, looked + (demand ? MAX_ROWS_TO_COMPARE : MAX_ROWS_PER_READ));
      const rows = await rowsOf(
        fresh.map(({ ref }) => ref),
        Math.floor(budget / Math.max(1, fresh.length)),
      );
      if (rows === null) return null;
      for (const hit of fresh) {
        if (best.length >= limit) break;
        const row = rows.get(hit.ref);
        if (row && (!demand || (await demand.isMetBy(row, readWhole)))) best.push({ hit, row });
      }
      looked += fresh.length;
    } while (looked < hits.length && best.length < limit && !demand?.isExhausted);
    if (best.length >= limit || hits.length < look || demand?.isExhausted) return best;
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
