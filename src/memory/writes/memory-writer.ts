// Shared steps of all writes of memories: actor, content guard, quotas, and the embed job.
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { Jobs } from '../../platform/jobs/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { retryOnConflict } from '../../platform/repository/index.js';
import { SecretsGuard } from '../../platform/secrets-guard/index.js';
import { Embedder } from '../embedding/embedder.js';
import { MemoryErrors } from '../memories.errors.js';
import type { MemoryAction } from '../memory.entity.js';
import type { MemoryRow } from '../memory-row.js';
import { versionsAsUsage } from '../memory-usage.repository.js';
import {
  type CreatedMemory,
  MemoryWritesRepository,
  type NewVersion,
} from './memory-writes.repository.js';

/**
 * Retries an optimistic read or write that other requests got ahead of.
 * @param attempt returns null when it must be tried again
 * @throws AppError `memory.contended` after too many attempts
 */
export const retryOnContention = <T>(attempt: () => Promise<T | null>): Promise<T> =>
  retryOnConflict(attempt, () => MemoryErrors.contended({ retryAfter: 1 }));

export const EMBED_JOB = 'memory.embed';

@Injectable()
export class MemoryWriter {
  constructor(
    private readonly writes: MemoryWritesRepository,
    private readonly contexts: RequestContexts,
    private readonly jobs: Jobs,
    private readonly database: ScopedDatabase,
    private readonly embedder: Embedder,
    private readonly config: Config,
    private readonly secrets: SecretsGuard,
    private readonly quotas: Quotas,
  ) {}

  /** The credential that writes, for the history. */
  get actor(): string {
    return this.contexts.actor;
  }

  /**
   * Refuses secrets and personal data in the texts of a write. It prevents mistakes. It does not
   * stop a writer who hides a secret.
   * @param path of the object with these fields, such as `/memories/3`; `?` for query parameters
   * @throws AppError `memory.refused`, which names the field and kind, never the text
   * @throws AppError as `WorkerPool.run` does, for a large text
   */
  async guard(path: string, fields: Record<string, unknown>): Promise<void> {
    const byPointer = Object.entries(fields).map(
      ([name, value]) => [path === '?' ? `?${name}` : `${path}/${name}`, value] as const,
    );
    const errors = await this.secrets.refused(
      Object.fromEntries(byPointer),
      this.config.memoryGuard,
    );
    if (errors.length > 0) throw MemoryErrors.refused({ errors });
  }

  /**
   * Returns null when a memory with the same fingerprint exists.
   * @throws AppError `quota.reached`
   */
  createOne(version: NewVersion): Promise<CreatedMemory | null> {
    return this.quotas.within({ memories: 1, ...versionsAsUsage([version]) }, () =>
      this.writeAndEmbed(() => this.writes.createOne(version)),
    );
  }

  /**
   * Returns the memories that were created, without duplicates.
   * @throws AppError `quota.reached` when all of them together would exceed a quota
   */
  createMany(versions: NewVersion[]): Promise<CreatedMemory[]> {
    return this.quotas.within({ memories: versions.length, ...versionsAsUsage(versions) }, () =>
      this.writeAndEmbed(() => this.writes.createMany(versions)),
    );
  }

  /**
   * Adds the version after `current`, or returns null when `current` is no longer the newest.
   * @throws AppError `quota.reached`
   */
  async replace(
    current: MemoryRow,
    next: NewVersion,
    action: MemoryAction,
    strength: number,
  ): Promise<MemoryRow | null> {
    const { version: expected, hasSources: hadSources } = current;
    const adding = {
      ...(current.content === null ? { memories: 1 } : {}),
      ...versionsAsUsage([next]),
    };
    const written = await this.quotas.within(adding, () =>
      this.writeAndEmbed(() =>
        this.writes.replace(next, { expected, action, strength, hadSources }),
      ),
    );
    if (!written) return null;
    const sourceMessageIds = [
      ...new Set([...current.sourceMessageIds, ...next.sourceMessageIds]),
    ].sort();
    const { revision, recordedAt: updatedAt } = written;
    const { removedSourceMessageIds } = current;
    return {
      ...next,
      version: expected + 1,
      revision,
      action,
      strength,
      sourceMessageIds,
      removedSourceMessageIds,
      hasSources: sourceMessageIds.length > 0,
      createdAt: current.createdAt,
      updatedAt,
      supersededAt: null,
    };
  }

  /**
   * Runs a write, and enqueues the job that embeds its memories in the same transaction. Without an
   * embedder, only writes.
   */
  writeAndEmbed<T>(write: () => Promise<T>): Promise<T> {
    if (this.embedder.model === null) return write();
    return this.database.transaction(async () => {
      const result = await write();
      await this.jobs.enqueue(EMBED_JOB, {}, { key: 'embed' });
      return result;
    });
  }
}
