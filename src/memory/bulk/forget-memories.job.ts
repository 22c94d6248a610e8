// Forgets the memories that a filter keeps.
import { Injectable } from '@nestjs/common';
import { BulkDeletion, BulkDeletionTools } from '../../platform/bulk-deletion/index.js';
import type { Condition } from '../../platform/list/index.js';
import { currentMemories, memoryList } from '../memory.list.js';
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
  ) {
    super(tools);
  }

  protected override within(): Condition[] {
    return [currentMemories(null)];
  }

  protected override async deleteThese(
    ids: string[],
    { purge, reason }: ForgetMemoriesOptions,
  ): Promise<void> {
    const written = await this.writes.nextRevision();
    for (const id of ids) await this.erasure.erase(id, written, { purge, reason });
    await this.erasure.record(ids.length, purge ? 'purge' : 'forget');
  }

  protected override dropCached(): Promise<void> {
    return this.erasure.dropCached();
  }
}
