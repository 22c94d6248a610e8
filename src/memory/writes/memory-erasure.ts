// Erases everything that was made from a memory's content: versions, vectors and caches. A trigger
// erases remembered answers.
import { Injectable } from '@nestjs/common';
import { AuditRecords } from '../../platform/audit/index.js';
import { ScopedCache } from '../../platform/cache/index.js';
import { MemoryWriter } from './memory-writer.js';
import { MemoryWritesRepository, type WriteRevision } from './memory-writes.repository.js';

@Injectable()
export class MemoryErasure {
  constructor(
    private readonly writes: MemoryWritesRepository,
    private readonly writer: MemoryWriter,
    private readonly cache: ScopedCache,
    private readonly records: AuditRecords,
  ) {}

  /** Call it inside the transaction of `written`. Returns false when there is nothing to erase. */
  erase(
    id: string,
    written: WriteRevision,
    {
      purge = false,
      reason = null,
      action = 'forget',
    }: { purge?: boolean; reason?: string | null; action?: 'forget' | 'expire' },
  ): Promise<boolean> {
    return purge
      ? this.writes.purge(id)
      : this.writes.erase(id, written, action, this.writer.actor, reason);
  }

  /** Writes the operator's audit record in the same transaction: how many, and why. */
  record(count: number, why: 'forget' | 'purge' | 'expire'): Promise<void> {
    return this.records.writeErasure('memory', count, why);
  }

  /**
   * Call it after the commit. Cached contexts are unreachable by then, as their state version has
   * changed; this removes their bytes.
   */
  dropCached(): Promise<void> {
    return this.cache.forgetOwner();
  }
}
