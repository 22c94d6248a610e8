// The store of a user: JSON values under namespaces and keys.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { type Read, ScopedDatabase } from '../../platform/database/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import { words } from '../../platform/input/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { STORE_LIMITS } from './dto/store-checks.js';
import {
  type PutEntryDto,
  type ReadStoreDto,
  type StoreBatchDto,
  type StoreAnswerDto,
  toStoreHitDto,
  toStoreEntryDto,
} from './dto/store.dto.js';
import { conditionsOf } from './store-filters.js';
import { pathOf, rangeOf } from './store-paths.js';
import { searchTextOf } from './store-texts.js';
import {
  type AskedItemRow,
  type FoundItemRow,
  type NewItem,
  StoreRepository,
} from './store.repository.js';

const DEFAULT_NAMESPACES = 100;
const ANY_DEPTH = 1_000;

/** Rows of all reads of a request. */
interface Found {
  items: AskedItemRow[];
  searches: FoundItemRow[][];
  namespaces: string[][][];
}

@Injectable()
export class StoreService {
  constructor(
    private readonly items: StoreRepository,
    private readonly database: ScopedDatabase,
    private readonly quotas: Quotas,
  ) {}

  /** @throws AppError 422 for too many items */
  async read(asked: ReadStoreDto): Promise<StoreAnswerDto> {
    refuseTooMany(asked);
    return toAnswer(asked, await this.find(asked));
  }

  /**
   * Reads, then deletes, then puts: all of it or nothing. The last put of a key stays.
   * @throws AppError 422 for too many items, and for deletions beside reads; `quota.reached`
   */
  async batch(asked: StoreBatchDto): Promise<StoreAnswerDto> {
    refuseTooMany(asked);
    refuseShownDeletions(asked);
    const items = newestOf(asked.put ?? []);
    const adding = { storeItems: items.length, storeBytes: bytesOf(items) };
    const places = (asked.delete ?? []).map(placeOf);
    return this.quotas.within(adding, () =>
      this.database.transaction(async () => {
        const found = await this.find(asked);
        if (asked.refreshTtl) await this.refresh(found);
        if (places.length > 0) await this.items.remove(places);
        if (items.length > 0) await this.items.put(items);
        return toAnswer(asked, found);
      }),
    );
  }

  private async find(asked: ReadStoreDto): Promise<Found> {
    const places = (asked.get ?? []).map(placeOf);
    const searches = (asked.search ?? []).map(({ prefix, filter, query, limit, offset }) =>
      this.items.search({
        range: rangeOf(prefix),
        conditions: JSON.stringify(conditionsOf(filter ?? {})),
        query: query ?? null,
        limit: limit ?? STORE_LIMITS.defaultHits,
        offset: offset ?? 0,
      }),
    );
    const listings = (asked.namespaces ?? []).map((listing) => {
      const { prefix, suffix, maxDepth, limit, offset } = listing;
      const wild = prefix?.indexOf('*') ?? -1;
      return this.items.namespaces({
        range: rangeOf(wild < 0 ? (prefix ?? []) : prefix!.slice(0, wild)),
        prefix: prefix ?? [],
        suffix: suffix ?? [],
        maxDepth: maxDepth ?? ANY_DEPTH,
        limit: limit ?? DEFAULT_NAMESPACES,
        offset: offset ?? 0,
      });
    });
    const gets: Read[] = places.length > 0 ? [this.items.get(places)] : [];
    const rows = await this.database.readAll([...gets, ...searches, ...listings]);
    const ends = [gets.length, gets.length + searches.length] as const;
    return {
      items: rows.slice(0, ends[0]).flat() as AskedItemRow[],
      searches: rows.slice(...ends) as FoundItemRow[][],
      namespaces: (rows.slice(ends[1]) as { labels: string[] }[][]).map((found) =>
        found.map(({ labels }) => labels),
      ),
    };
  }

  private async refresh({ items, searches }: Found): Promise<void> {
    const ids = [...items, ...searches.flat()]
      .filter(({ expiresAt }) => expiresAt !== null)
      .map(({ id }) => id);
    if (ids.length > 0) await this.items.refresh(ids);
  }
}

/** Bounds the answer: each item may have a value of 64 KiB. */
function refuseTooMany({ get, search }: ReadStoreDto): void {
  const hits = (search ?? []).map(({ limit }) => limit ?? STORE_LIMITS.defaultHits);
  if (hits.reduce((sum, limit) => sum + limit, get?.length ?? 0) > STORE_LIMITS.items)
    throw refusal('/search', words.maxItemsTogether(STORE_LIMITS.items));
}

/** An answer that is kept for its `Idempotency-Key` would show what the request has deleted. */
function refuseShownDeletions({ get, search, namespaces, delete: gone }: StoreBatchDto): void {
  if (gone?.length && [get, search, namespaces].some((reads) => reads?.length))
    throw refusal('/delete', words.notBesideReads);
}

const refusal = (pointer: string, message: string) =>
  RequestErrors.invalidBody({ errors: [{ pointer, message }] });

const placeOf = ({ namespace, key }: { namespace: string[]; key: string }) => ({
  path: pathOf(namespace),
  key,
});

function newestOf(puts: PutEntryDto[]): NewItem[] {
  const items = new Map<string, NewItem>();
  for (const { namespace, key, value, index, ttlMinutes } of puts) {
    const path = pathOf(namespace);
    // NUL stands in no text of a body; a key may have what ends a label.
    items.set(`${path}\0${key}`, {
      id: uuidv7(),
      path,
      key,
      value: JSON.stringify(value),
      searchText: searchTextOf(value, index ?? null),
      ttlMinutes: ttlMinutes ?? null,
    });
  }
  return [...items.values()];
}

/** Names count twice, as they stand in the index of the key, too. */
const bytesOf = (items: NewItem[]): number =>
  items.reduce(
    (sum, { path, key, value, searchText }) =>
      sum + Buffer.byteLength(path + key + path + key + value + (searchText ?? '')),
    0,
  );

function toAnswer(asked: ReadStoreDto, { items, searches, namespaces }: Found): StoreAnswerDto {
  const byPlace = new Map(items.map((item) => [item.at, item]));
  return {
    get: (asked.get ?? []).map((_, at) => {
      const item = byPlace.get(at);
      return item ? toStoreEntryDto(item) : null;
    }),
    search: searches.map((hits) => hits.map(toStoreHitDto)),
    namespaces,
  };
}
