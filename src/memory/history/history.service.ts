import { Injectable } from '@nestjs/common';
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
import { fingerprintOf } from '../writes/fingerprint.js';
import { MemoriesRepository } from '../memories.repository.js';
import { MemoryErrors } from '../memories.errors.js';
import { MemoryMoments } from '../memory-moments.js';
import type { MemoryRow } from '../memory-row.js';
import { MemoryWriter, retryOnConflict } from '../writes/memory-writer.js';
import { MemoryWritesRepository } from '../writes/memory-writes.repository.js';
import type { Moment } from '../moment.js';
import { HistoryRepository } from './history.repository.js';

/** After every moment that a row can have. */
const END_OF_TIME = '9999-12-31T23:59:59.999Z';

@Injectable()
export class HistoryService {
  constructor(
    private readonly rows: HistoryRepository,
    private readonly memories: MemoriesRepository,
    private readonly writes: MemoryWritesRepository,
    private readonly writer: MemoryWriter,
    private readonly moments: MemoryMoments,
    private readonly database: ScopedDatabase,
    private readonly config: Config,
    private readonly quotas: Quotas,
  ) {}

  /** Newest first. @throws AppError 404 for a memory that never was, or was purged */
  async history(id: string, before: number, limit: number): Promise<MemoryHistoryDto> {
    const newest = await this.memories.newest(id);
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
    from: Moment,
    to: Moment | undefined,
    after: string | null,
    limit: number,
  ): Promise<MemoryDiffDto> {
    const [start, end] = [await this.moments.timeOf(from), await this.moments.timeOf(to)];
    const { rows, hasMore } = await this.rows.diff(
      start!,
      end ?? END_OF_TIME,
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

  /** All memories and blocks. It is a write like any other: going back to the revision before it undoes it. */
  async rollback(to: RollbackTo, reason: string | null): Promise<RollbackDto> {
    await this.writer.guard('', { reason });
    return this.database.transaction(async () => {
      const moment = 'moment' in to ? await this.moments.timeOf(to.moment) : null;
      const written = await this.writer.unit(() => this.writes.next());
      const { actor } = this.writer;
      const counts =
        'conversationId' in to
          ? await this.rows.unlearn(to.conversationId, written, actor, reason)
          : await this.rows.backTo(moment!, written, actor, reason);
      // How much comes back is known by now only. Taking back alone is a removal, which always works.
      if (counts.restored > 0) await this.quotas.check('memories', 'memoryVersions', 'memoryBytes');
      return { revision: written.revision, ...counts };
    });
  }

  /** One memory, to a version or a moment. @throws AppError 404; 410 when that version has been erased; 409 when another memory says the same by now */
  async rollbackOne(
    id: string,
    to: { version: number } | { moment: Moment },
    reason: string | null,
  ): Promise<MemoryRow> {
    await this.writer.guard('', { reason });
    const moment = 'moment' in to ? await this.moments.timeOf(to.moment) : null;
    return retryOnConflict(async () => {
      const current = await this.memories.newest(id);
      if (!current || current.label !== null) throw MemoryErrors.notFound();
      const target =
        'version' in to
          ? await this.memories.version(id, to.version)
          : await this.memories.asOf(id, moment!);
      if (!target) throw MemoryErrors.versionNotFound();
      if (target.content === null) throw MemoryErrors.erased();
      const values = { ...target, content: target.content };
      const next = {
        ...values,
        id,
        fingerprint: fingerprintOf(values),
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
