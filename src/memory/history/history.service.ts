import { Injectable } from '@nestjs/common';
import { ConversationNames } from '../../conversations/index.js';
import { Config } from '../../platform/config/config.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import {
  type MemoryDiffDto,
  type MemoryHistoryDto,
  type RollbackDto,
  type RollbackTo,
  toVersionDto,
} from '../dto/history.dto.js';
import type { MemoryDto } from '../dto/memory.dto.js';
import { Quotas } from '../../platform/quotas/index.js';
import { computeFingerprint, computeNearFingerprint } from '../writes/fingerprint.js';
import { MemoriesRepository } from '../memories.repository.js';
import { MemoryErrors, noSuchConversation } from '../memories.errors.js';
import type { MemoryRow } from '../memory-row.js';
import { MemoryWriter, retryOnContention } from '../writes/memory-writer.js';
import { MemoryWritesRepository } from '../writes/memory-writes.repository.js';
import type { AsOf } from '../as-of.js';
import { HistoryRepository } from './history.repository.js';

/** After every time that a row can have. */
const MAX_TIME = '9999-12-31T23:59:59.999Z';

@Injectable()
export class HistoryService {
  constructor(
    private readonly rows: HistoryRepository,
    private readonly memories: MemoriesRepository,
    private readonly writes: MemoryWritesRepository,
    private readonly writer: MemoryWriter,
    private readonly database: ScopedDatabase,
    private readonly config: Config,
    private readonly quotas: Quotas,
    private readonly names: ConversationNames,
  ) {}

  /**
   * Lists versions, newest first.
   * @throws AppError 404 for a memory that never existed or was purged
   */
  async history(id: string, before: number, limit: number): Promise<MemoryHistoryDto> {
    const newest = await this.memories.newestAsStored(id);
    if (!newest || newest.label !== null) throw MemoryErrors.notFound();
    const { rows, hasMore } = await this.memories.history(
      id,
      before,
      limit,
      this.config.bytes.page,
    );
    return { data: rows.map(toVersionDto), next: hasMore ? rows.at(-1)!.version : null };
  }

  async diff(
    from: AsOf,
    to: AsOf | undefined,
    after: string | null,
    limit: number,
  ): Promise<MemoryDiffDto> {
    const [start, end] = [
      await this.memories.resolveAsOf(from),
      await this.memories.resolveAsOf(to),
    ];
    const { rows, hasMore } = await this.rows.diff(
      start!,
      end ?? MAX_TIME,
      after,
      limit,
      this.config.bytes.page,
    );
    const data = rows.map(({ id, before, after }) => ({
      id,
      change:
        before === null
          ? ('created' as const)
          : after === null
            ? ('removed' as const)
            : ('updated' as const),
      before: shown(before),
      after: shown(after),
    }));
    return { data, next: hasMore ? rows.at(-1)!.id : null };
  }

  /**
   * Rolls back all memories and blocks, or those with a source in one conversation. The rollback is
   * a write. To undo it, roll back to the revision before it.
   * @throws AppError 422 when no conversation has the key
   */
  async rollback(to: RollbackTo, reason: string | null): Promise<RollbackDto> {
    await this.writer.guard('', { reason });
    const conversationId = 'conversation' in to ? await this.names.find(to.conversation) : null;
    if ('conversation' in to && conversationId === null) throw noSuchConversation();
    return this.database.transaction(async () => {
      const asOf = 'asOf' in to ? await this.memories.resolveAsOf(to.asOf) : null;
      const written = await this.writer.writeAndEmbed(() => this.writes.nextRevision());
      const { actor } = this.writer;
      const counts =
        conversationId !== null
          ? await this.rows.rollbackSourcedFrom(conversationId, written, actor, reason)
          : await this.rows.rollbackTo(asOf!, written, actor, reason);
      // The number of restored memories is known only here. A rollback that restores nothing only
      // removes memories, and is always allowed.
      if (counts.restored > 0) await this.quotas.check('memories', 'memoryVersions', 'memoryBytes');
      return { revision: written.revision, ...counts };
    });
  }

  /**
   * Rolls back one memory to a version or an as-of time.
   * @throws AppError 404; 410 when that version has been erased; 409 when another memory has the
   * same content by now
   */
  async rollbackOne(
    id: string,
    to: { version: number } | { asOf: AsOf },
    reason: string | null,
  ): Promise<MemoryRow> {
    await this.writer.guard('', { reason });
    const asOf = 'asOf' in to ? await this.memories.resolveAsOf(to.asOf) : null;
    return retryOnContention(async () => {
      const current = await this.memories.newestAsStored(id);
      if (!current || current.label !== null) throw MemoryErrors.notFound();
      const target =
        'version' in to
          ? await this.memories.version(id, to.version)
          : await this.memories.asOf(id, asOf!);
      if (!target) throw MemoryErrors.versionNotFound();
      if (target.content === null) throw MemoryErrors.erased();
      const values = { ...target, content: target.content };
      const next = {
        ...values,
        id,
        fingerprint: computeFingerprint(values),
        nearFingerprint: computeNearFingerprint(values),
        sourceMessageIds: [],
        actor: this.writer.actor,
        reason,
      };
      return this.writer.replace(current, next, 'rollback', target.strength);
    });
  }
}

const shown = (memory: string | null): MemoryDto | null =>
  memory === null ? null : (JSON.parse(memory) as MemoryDto);
