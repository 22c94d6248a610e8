// Forgets the memories that a filter keeps.
import { Injectable } from '@nestjs/common';
import {
  BulkDeletion,
  BulkDeletionTools,
  type SentFilter,
} from '../../platform/bulk-deletion/index.js';
import type { Condition, FilterTree } from '../../platform/list/index.js';
import { currentMemories, memoryList } from '../memory.list.js';
import { SealedFilters } from '../sealing/sealed-filters.js';
import { SealedMemories } from '../sealing/sealed-memories.js';
import { MemoryErasure } from '../writes/memory-erasure.js';
import { MemoryWritesRepository } from '../writes/memory-writes.repository.js';

export interface ForgetMemoriesOptions {
  /** Deletes the history, too. */
  purge: boolean;
  /** Why they are forgotten, for the history. */
  reason: string | null;
}

@Injectable()
export class ForgetMemories extends BulkDeletion<ForgetMemoriesOptions> {
  override readonly name = 'memory.bulk_forget';
  protected override readonly list = memoryList;
  protected override readonly batch = 100;

  constructor(
    tools: BulkDeletionTools,
    private readonly writes: MemoryWritesRepository,
    private readonly erasure: MemoryErasure,
    private readonly sealing: SealedMemories,
    private readonly sealed: SealedFilters,
  ) {
    super(tools);
  }

  /** The reason waits in the job, sealed where memories are. */
  override async request(
    asked: { filter: SentFilter; dryRun?: boolean | null },
    options: ForgetMemoriesOptions,
  ) {
    const reason = await this.sealing.jobReason(options.reason);
    return super.request(asked, { ...options, reason });
  }

  /** @throws AppError `memory.sealed` */
  protected override requireFilters(filters: FilterTree[]): Promise<void> {
    return this.sealed.requireStored({ filters });
  }

  protected override within(_: ForgetMemoriesOptions, filters: FilterTree[]): Condition[] {
    return [currentMemories(null), ...this.sealed.only(filters)];
  }

  protected override async deleteThese(
    ids: string[],
    { purge, reason: stored }: ForgetMemoriesOptions,
  ): Promise<void> {
    const reason = await this.sealing.openJobReason(stored);
    const written = await this.writes.nextRevision();
    for (const id of ids) await this.erasure.erase(id, written, { purge, reason });
    await this.erasure.record(ids.length, purge ? 'purge' : 'forget');
  }

  protected override dropCached(): Promise<void> {
    return this.erasure.dropCached();
  }
}
