// Forgetting reaches everything that was made from the content: versions, vectors, remembered answers and caches.
import { Injectable, Logger } from '@nestjs/common';
import { AuditRecords } from '../platform/audit/index.js';
import { ScopedCache } from '../platform/cache/index.js';
import { RequestContexts } from '../platform/context/index.js';
import { IdempotencyRepository } from '../platform/http/index.js';
import { MemoryWriter } from './memory-writer.js';
import { MemoryWritesRepository, type Written } from './memory-writes.repository.js';

@Injectable()
export class MemoryErasure {
  private readonly logger = new Logger(MemoryErasure.name);

  constructor(
    private readonly writes: MemoryWritesRepository,
    private readonly writer: MemoryWriter,
    private readonly answers: IdempotencyRepository,
    private readonly cache: ScopedCache,
    private readonly contexts: RequestContexts,
    private readonly records: AuditRecords,
  ) {}

  /** Inside the transaction of `written`. @returns false when there is nothing to erase */
  async erase(id: string, written: Written, { purge = false, reason = null, action = 'forget' }: { purge?: boolean; reason?: string | null; action?: 'forget' | 'expire' }): Promise<boolean> {
    const erased = purge ? await this.writes.purge(id) : await this.writes.erase(id, written, action, this.writer.actor, reason);
    if (!erased) return false;
    await this.answers.erase(id);
    return true;
  }

  /** For the operator, in the same transaction: how many, and why. */
  record(count: number, why: 'forget' | 'purge' | 'expire'): Promise<void> {
    return this.records.writeErasure('memory', count, why);
  }

  /** After the commit. Nobody can ask for what is cached, as its stamp has changed; it is removed all the same. */
  async dropCached(): Promise<void> {
    const { userId } = this.contexts.userScope();
    const failed = (error: unknown) => this.logger.warn({ msg: 'cached contexts of a user could not be removed and will expire', err: error });
    await this.cache.forgetUser(userId).catch(failed);
  }
}
