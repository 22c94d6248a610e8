export interface Page<T> {
  data: T[];
  /** Where the next page begins; null on the last one. */
  nextCursor: string | null;
  /** Number of items on all pages, when `count` was asked for. */
  total?: number;
}

/** A list. `for await` reads all items, a page when it is needed. */
export class List<T> implements AsyncIterable<T> {
  /** Reads one page: the first one, or that of a cursor. */
  constructor(readonly page: (cursor?: string) => Promise<Page<T>>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    let cursor: string | undefined;
    do {
      const page = await this.page(cursor);
      yield* page.data;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** Reads all items. */
  async toArray(): Promise<T[]> {
    const items: T[] = [];
    for await (const item of this) items.push(item);
    return items;
  }
}
