// What all writes of memories have in common: who writes, what may not be written, and what follows from a write.
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { Jobs } from '../../platform/jobs/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { retryOnConflict as tryUntilDone } from '../../platform/repository/index.js';
import { SecretsGuard } from '../../platform/secrets-guard/index.js';
import { Embedder } from '../embedding/embedder.js';
import { MemoryErrors } from '../memories.errors.js';
import type { MemoryAction } from '../memory.entity.js';
import type { MemoryRow } from '../memory-row.js';
import { versionsAsUsage } from '../memory-usage.repository.js';
import {
  type Created,
  MemoryWritesRepository,
  type NewVersion,
} from './memory-writes.repository.js';

/** @param attempt gives null when somebody else got ahead of it @throws AppError `memory.contended` when that happens again and again */
export const retryOnConflict = <T>(attempt: () => Promise<T | null>): Promise<T> =>
  tryUntilDone(attempt, () => MemoryErrors.contended({ retryAfter: 1 }));

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

  /** Whose credential it is, for the history. */
  get actor(): string {
    return this.contexts.actor;
  }

  /**
   * Refuses secrets in the texts of a write. It is a seat belt, not a wall.
   * @param path of the object that has these fields, as `/memories/3`, or `?` for parameters
   * @throws AppError `memory.refused` that says what was found, and never the text of it; as `WorkerPool.run` does for a large one
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

  /** Null when the same has been said before. @throws AppError `quota.reached` */
  createOne(version: NewVersion): Promise<Created | null> {
    return this.quotas.within({ memories: 1, ...versionsAsUsage([version]) }, () =>
      this.unit(() => this.writes.createOne(version)),
    );
  }

  /** Those of them that had not been said before. @throws AppError `quota.reached` when all of them would be too much */
  createMany(versions: NewVersion[]): Promise<Created[]> {
    return this.quotas.within({ memories: versions.length, ...versionsAsUsage(versions) }, () =>
      this.unit(() => this.writes.createMany(versions)),
    );
  }

  /** The version after `current`, or null when that is no longer the newest. @throws AppError `quota.reached` */
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
      this.unit(() => this.writes.replace(next, { expected, action, strength, hadSources })),
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

  /** A write, with what is to follow from it: vectors come later; with no embedder, never. */
  unit<T>(write: () => Promise<T>): Promise<T> {
    if (this.embedder.model === null) return write();
    return this.database.transaction(async () => {
      const result = await write();
      await this.jobs.enqueue(EMBED_JOB, {}, { key: 'embed' });
      return result;
    });
  }
}
