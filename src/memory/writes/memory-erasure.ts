// Forgetting reaches everything that was made from the content: versions, vectors and caches. Remembered answers go by a trigger.
import { Injectable } from '@nestjs/common';
import { AuditRecords } from '../../platform/audit/index.js';
import { ScopedCache } from '../../platform/cache/index.js';
import { MemoryWriter } from './memory-writer.js';
import { MemoryWritesRepository, type Written } from './memory-writes.repository.js';

@Injectable()
export class MemoryErasure {
  constructor(
    private readonly writes: MemoryWritesRepository,
    private readonly writer: MemoryWriter,
    private readonly cache: ScopedCache,
    private readonly records: AuditRecords,
  ) {}

  /** Inside the transaction of `written`. @returns false when there is nothing to erase */
  erase(
    id: string,
    written: Written,
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

  /** For the operator, in the same transaction: how many, and why. */
  record(count: number, why: 'forget' | 'purge' | 'expire'): Promise<void> {
    return this.records.writeErasure('memory', count, why);
  }

  /** After the commit. Nobody can ask for what is cached, as its stamp has changed; it is removed all the same. */
  dropCached(): Promise<void> {
    return this.cache.forgetOwner();
  }
}
