// A `BaseStore` of `@langchain/langgraph-checkpoint` over the store of a user.
import type { AnswerOf, RequestOf } from './request.js';
import type { User } from './user.js';

export interface StoreOptions {
  /** Minutes after which items that are put expire. Without it, they stay. */
  ttlMinutes?: number;
  /** Whether the time to live of items that are read begins again. */
  refreshTtlOnRead?: boolean;
}

type Batch = RequestOf<'POST /v1/store/batch'>['body'];
type Answer = AnswerOf<'POST /v1/store/batch'>;
type Hit = Answer['search'][number][number];
type StoredItem = Omit<Hit, 'score'>;
type Put = NonNullable<Batch['put']>[number];
type SearchBody = NonNullable<Batch['search']>[number];
type ListBody = NonNullable<Batch['namespaces']>[number];

interface GetOperation {
  namespace: string[];
  key: string;
}
interface PutOperation extends GetOperation {
  value: unknown;
  index?: false | string[];
}
interface SearchOperation {
  namespacePrefix: string[];
  filter?: Record<string, unknown>;
  limit?: number;
  offset?: number;
  query?: string;
}
interface ListOperation {
  matchConditions?: { matchType: string; path: string[] }[];
  maxDepth?: number;
  limit?: number;
  offset?: number;
}
type Operation = GetOperation | PutOperation | SearchOperation | ListOperation;

/** What one request takes. */
const MAX_GETS = 100;
const MAX_SEARCHES = 5;
/** Items that are asked for by keys and by searches. */
const MAX_ITEMS = 128;
const MAX_WRITES = 100;
/** What one search, or one list of namespaces, gives. */
const MAX_HITS = 100;
const MAX_NAMESPACES = 1_000;

/**
 * Makes a store of a graph: `createStore(BaseStore, client.user('ada'))`. A batch is one
 * transaction unless it reads and deletes, or has more than 100 reads by key, 5 searches, 100 writes,
 * or 128 items that may be found.
 * @param Base `BaseStore` of your version of `@langchain/langgraph-checkpoint`
 */
export function createStore<Store extends object>(
  Base: abstract new () => Store,
  user: User,
  options: StoreOptions = {},
): Store {
  class ThreadkeepStore extends (Base as unknown as new () => object) {
    /** @throws ThreadkeepError, as all methods do */
    batch(operations: Operation[]): Promise<unknown[]> {
      return new StoreBatch(user, options, operations).run();
    }
  }
  return new ThreadkeepStore() as Store;
}

/** The operations of one batch. What is read is as it was before what is put. */
class StoreBatch {
  private readonly gets: GetOperation[] = [];
  private readonly searches: SearchBody[] = [];
  private readonly lists: ListBody[] = [];
  private readonly puts = new Map<string, PutOperation>();
  private readonly answer: Answer = { get: [], search: [], namespaces: [] };
  /** Gives the result of each operation when all is read. */
  private readonly results: (() => unknown)[];

  constructor(
    private readonly user: User,
    private readonly options: StoreOptions,
    operations: Operation[],
  ) {
    this.results = operations.map((operation) => this.add(operation));
  }

  async run(): Promise<unknown[]> {
    const [reads, writes] = [this.reads(), this.writes()];
    const isShown = reads.length > 0 && writes.some((body) => body.delete?.length);
    if (!isShown && reads.length <= 1 && writes.length === 1)
      await this.send({ ...reads[0], ...writes[0] });
    else for (const body of [...reads, ...writes]) await this.send(body);
    return this.results.map((result) => result());
  }

  private add(operation: Operation): () => unknown {
    if ('namespacePrefix' in operation) return this.addSearch(operation);
    if ('value' in operation) {
      const { namespace, key } = operation;
      this.puts.set(JSON.stringify([namespace, key]), operation);
      return () => undefined;
    }
    if ('key' in operation) {
      const { namespace, key } = operation;
      const at = this.gets.push({ namespace, key }) - 1;
      return () => {
        const item = this.answer.get[at];
        return item ? itemOf(item) : null;
      };
    }
    return this.addList(operation);
  }

  private addSearch({ namespacePrefix, filter, query, ...page }: SearchOperation): () => unknown {
    const pages = pagesOf(page, 10, MAX_HITS).map((one): SearchBody => ({
      ...one,
      prefix: namespacePrefix,
      ...(filter ? { filter } : {}),
      ...(query ? { query } : {}),
    }));
    const at = this.searches.push(...pages) - pages.length;
    return () =>
      this.answer.search
        .slice(at, at + pages.length)
        .flat()
        .map(hitOf);
  }

  private addList({ matchConditions = [], maxDepth, ...page }: ListOperation): () => unknown {
    const pages = pagesOf(page, 100, MAX_NAMESPACES).map((one): ListBody => ({
      ...one,
      ...pathsOf(matchConditions),
      ...(maxDepth === undefined ? {} : { maxDepth }),
    }));
    const at = this.lists.push(...pages) - pages.length;
    return () => this.answer.namespaces.slice(at, at + pages.length).flat();
  }

  private reads(): Batch[] {
    return [
      ...chunksOf(this.gets, MAX_GETS).map((get): Batch => ({ get })),
      ...this.searches.map((one): Batch => ({ search: [one] })),
      ...this.lists.map((one): Batch => ({ namespaces: [one] })),
    ].reduce<Batch[]>(joinIfFits, []);
  }

  private writes(): Batch[] {
    const { ttlMinutes } = this.options;
    return chunksOf([...this.puts.values()], MAX_WRITES).map((chunk) => ({
      delete: chunk.filter(isDeletion).map(({ namespace, key }) => ({ namespace, key })),
      put: chunk
        .filter((operation) => !isDeletion(operation))
        .map(({ namespace, key, value, index }) => ({
          ...{ namespace, key, value: value as Put['value'] },
          ...(index === undefined ? {} : { index: index === false ? [] : index }),
          ...(ttlMinutes === undefined ? {} : { ttlMinutes }),
        })),
    }));
  }

  private async send(body: Batch): Promise<void> {
    const refreshTtl = this.options.refreshTtlOnRead === true;
    const isRead = !body.put && !body.delete && !refreshTtl;
    const { get, search, namespaces } = isRead
      ? await this.user.request('POST /v1/store/read', { body })
      : await this.user.request('POST /v1/store/batch', { body: { ...body, refreshTtl } });
    this.answer.get.push(...get);
    this.answer.search.push(...search);
    this.answer.namespaces.push(...namespaces);
  }
}

const isDeletion = ({ value }: PutOperation): boolean => value === null || value === undefined;

/** Joins reads into the last request as long as it takes them. */
function joinIfFits(joined: Batch[], next: Batch): Batch[] {
  const last = joined.at(-1) ?? {};
  const both = {
    get: [...(last.get ?? []), ...(next.get ?? [])],
    search: [...(last.search ?? []), ...(next.search ?? [])],
    namespaces: [...(last.namespaces ?? []), ...(next.namespaces ?? [])],
  };
  const items = both.search.reduce((sum, { limit }) => sum + (limit ?? 0), both.get.length);
  const fits =
    both.get.length <= MAX_GETS &&
    both.search.length <= MAX_SEARCHES &&
    both.namespaces.length <= MAX_SEARCHES &&
    items <= MAX_ITEMS;
  joined.splice(fits ? -1 : joined.length, 1, fits ? both : next);
  return joined;
}

/** The pages that a request for many is made of. */
function pagesOf(
  { limit, offset = 0 }: { limit?: number; offset?: number },
  usual: number,
  most: number,
): { limit: number; offset: number }[] {
  const wanted = limit ?? usual;
  const pages = Array.from({ length: Math.ceil(wanted / most) }, (_, i) => i * most);
  return pages.map((at) => ({ offset: offset + at, limit: Math.min(most, wanted - at) }));
}

/** @throws TypeError for two conditions of a kind */
function pathsOf(conditions: { matchType: string; path: string[] }[]): Partial<ListBody> {
  const paths: Partial<ListBody> = {};
  for (const { matchType, path } of conditions) {
    if ((matchType !== 'prefix' && matchType !== 'suffix') || paths[matchType])
      throw new TypeError('namespaces are listed by one prefix and one suffix at most');
    paths[matchType] = path;
  }
  return paths;
}

function chunksOf<T>(all: T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, i) =>
    all.slice(i * most, (i + 1) * most),
  );
}

const itemOf = ({ namespace, key, value, createdAt, updatedAt }: StoredItem) => ({
  namespace,
  key,
  value,
  createdAt: new Date(createdAt),
  updatedAt: new Date(updatedAt),
});

const hitOf = ({ score, ...item }: Hit) => ({ ...itemOf(item), score: score ?? undefined });
