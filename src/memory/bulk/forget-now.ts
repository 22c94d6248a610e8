// Forgets some memories that a filter keeps while the request waits. `ForgetMemories` is the job for
// any number.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from '../../platform/database/index.js';
import { type FilterTree, Lists } from '../../platform/list/index.js';
import { currentMemories, memoryList } from '../memory.list.js';
import { SealedFilters } from '../sealing/sealed-filters.js';
import { MemoryErasure } from '../writes/memory-erasure.js';
import { MemoryWritesRepository } from '../writes/memory-writes.repository.js';
import { NIL_UUID } from '../../platform/input/index.js';

/** Memories that one transaction forgets. */
const BATCH = 100;

interface IdPage {
  after: string;
  limit: number;
}

export interface Forgotten {
  count: number;
  /** Whether the filter still kept memories when `most` of them were forgotten. */
  hasMore: boolean;
}

@Injectable()
export class ForgetNow {
  constructor(
    private readonly lists: Lists,
    private readonly database: ScopedDatabase,
    private readonly writes: MemoryWritesRepository,
    private readonly erasure: MemoryErasure,
    private readonly sealed: SealedFilters,
  ) {}

  /**
   * Forgets memories in the order of their ids, and keeps their history without content.
   * @param filters all of them must hold
   * @throws AppError `memory.sealed`
   * @param most memories of this call
   */
  async forget(filters: FilterTree[], most: number): Promise<Forgotten> {
    await this.sealed.requireStored({ filters });
    let [count, after] = [0, NIL_UUID];
    while (count < most) {
      const page = { after, limit: Math.min(BATCH, most - count) };
      // Outside of the transaction, which would make a user who is not there.
      if ((await this.find(filters, page)).length === 0) break;
      const erased = await this.database.transaction(() => this.erase(filters, page));
      count += erased.length;
      after = erased.at(-1) ?? after;
      if (erased.length < page.limit) break;
    }
    if (count > 0) await this.erasure.dropCached();
    const hasMore = count === most && (await this.find(filters, { after, limit: 1 })).length > 0;
    return { count, hasMore };
  }

  /** The revision locks the user's memories, so that no edit gets between the filter and the end. */
  private async erase(filters: FilterTree[], page: IdPage): Promise<string[]> {
    const written = await this.writes.nextRevision();
    const ids = await this.find(filters, page);
    for (const id of ids) await this.erasure.erase(id, written, {});
    await this.erasure.record(ids.length, 'forget');
    return ids;
  }

  private find(filters: FilterTree[], page: IdPage): Promise<string[]> {
    const within = [currentMemories(null), ...this.sealed.only(filters)];
    return this.lists.ids(memoryList, filters, within, page);
  }
}
