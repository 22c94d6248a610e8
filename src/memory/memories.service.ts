import { Injectable } from '@nestjs/common';
import { ConversationNames } from '../conversations/index.js';
import { ScopedDatabase } from '../platform/database/index.js';
import { etagOf, versionChanged } from '../platform/repository/index.js';
import type { ListQuery, Page } from '../platform/list/index.js';
import type { MemoryDto } from './dto/memory.dto.js';
import { type SourceFilter, MemoriesRepository } from './memories.repository.js';
import { MemoryErrors, noSuchConversation } from './memories.errors.js';
import { MemoryErasure } from './writes/memory-erasure.js';
import type { MemoryInput } from './writes/memory-input.js';
import type { MemoryRow } from './memory-row.js';
import { MemoryWriter, retryOnContention } from './writes/memory-writer.js';
import { MemoryWritesRepository } from './writes/memory-writes.repository.js';
import { NewVersions } from './writes/new-versions.js';
import type { AsOf } from './as-of.js';

/** Narrows a list of memories, besides the filters that every list has. */
export interface MemoryListFilter extends SourceFilter {
  asOf: AsOf | undefined;
}

@Injectable()
export class MemoriesService {
  constructor(
    private readonly memories: MemoriesRepository,
    private readonly writes: MemoryWritesRepository,
    private readonly writer: MemoryWriter,
    private readonly versions: NewVersions,
    private readonly erasure: MemoryErasure,
    private readonly database: ScopedDatabase,
    private readonly conversations: ConversationNames,
  ) {}

  /**
   * Gets a memory as it is now, or as it was at an as-of time.
   * @throws AppError 404 when there is none at that time
   */
  async get(id: string, asOf: AsOf | undefined): Promise<MemoryRow> {
    const time = await this.memories.resolveAsOf(asOf);
    const row =
      time === null ? await this.memories.current(id) : await this.memories.asOf(id, time);
    if (!row || row.label !== null || row.content === null) throw MemoryErrors.notFound();
    return row;
  }

  async list(query: ListQuery, { asOf, ...from }: MemoryListFilter): Promise<Page<MemoryDto>> {
    return this.memories.list(query, { asOf: await this.memories.resolveAsOf(asOf), ...from });
  }

  /**
   * Adds a version with the changes.
   * @throws AppError 404; 412 with the current version when it differs from `expected`; 409 when
   * another memory has the same content
   */
  async update(id: string, changes: MemoryInput, expected: number | undefined): Promise<MemoryRow> {
    return this.conversations.inBody(
      changes,
      { createIfMissing: false, notFound: () => noSuchConversation() },
      (named) => this.updateNamed(id, named, expected),
    );
  }

  private updateNamed(
    id: string,
    changes: MemoryInput,
    expected: number | undefined,
  ): Promise<MemoryRow> {
    return retryOnContention(async () => {
      const current = await this.get(id, undefined);
      if (expected !== undefined && expected !== current.version)
        throw versionChanged(current.version);
      const next = await this.versions.following(current, changes);
      return this.writer.replace(current, next, 'update', current.strength);
    });
  }

  /**
   * Erases the content of all versions; with `purge`, removes the versions as well.
   * @throws AppError 404, 412; 422 when the guard refuses the reason
   */
  async remove(
    id: string,
    {
      purge,
      expected,
      reason,
    }: { purge: boolean; expected: number | undefined; reason: string | null },
  ): Promise<void> {
    await this.writer.guard('?', { reason });
    await this.database.transaction(async () => {
      const written = await this.writes.nextRevision();
      const current = await this.memories.newestAsStored(id);
      if (!current || current.label !== null) throw MemoryErrors.notFound();
      if (expected !== undefined && expected !== current.version)
        throw versionChanged(current.version);
      if (!(await this.erasure.erase(id, written, { purge, reason })))
        throw MemoryErrors.notFound();
      await this.erasure.record(1, purge ? 'purge' : 'forget');
    });
    await this.erasure.dropCached();
  }

  /**
   * Includes the number of removed sources, because a purge of sources changes the representation
   * without adding a version.
   */
  etag({
    version,
    removedSourceMessageIds: { length: removed },
  }: Pick<MemoryRow, 'version' | 'removedSourceMessageIds'>): string {
    return removed === 0 ? etagOf(version) : etagOf(version, removed);
  }
}
