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
import { EmbeddingRepository, type Unembedded } from '../embedding/embedding.repository.js';
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
    private readonly embeddings: EmbeddingRepository,
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
  async createOne(version: NewVersion): Promise<CreatedMemory | null> {
    const embedded = await this.embedInTime(version, 1);
    return this.quotas.within({ memories: 1, ...versionsAsUsage([version]) }, () =>
      this.writeAndEmbed(() => this.writes.createOne(version), embedded),
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
    const embedded = await this.embedInTime(next, expected + 1);
    const written = await this.quotas.within(adding, () =>
      this.writeAndEmbed(
        () => this.writes.replace(next, { expected, action, strength, hadSources }),
        embedded,
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
   * Runs a write and saves the vector of its memory in the same transaction, or else enqueues the job
   * that embeds its memories. Without an embedder, only writes.
   */
  writeAndEmbed<T>(write: () => Promise<T>, embedded?: EmbeddedVersion | null): Promise<T> {
    const { model } = this.embedder;
    if (model === null) return write();
    return this.database.transaction(async () => {
      const result = await write();
      if (embedded) await this.embeddings.save(model, [embedded], [embedded.vector]);
      else await this.jobs.enqueue(EMBED_JOB, {}, { key: 'embed' });
      return result;
    });
  }

  /**
   * Embeds a version that is about to be written, so that the next search finds it by meaning.
   * Returns null when that takes too long, and inside a transaction, which must not wait for it.
   */
  private async embedInTime(
    { id, content, label }: NewVersion,
    version: number,
  ): Promise<EmbeddedVersion | null> {
    if (content === null || label !== null || this.database.inTransaction) return null;
    const vector = await this.embedder.embedInTime(content);
    return vector && { id, version, content, vector };
  }
}

interface EmbeddedVersion extends Unembedded {
  vector: Int8Array;
}
