import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Config } from '../platform/config/config.js';
import { DatabaseClock, ScopedDatabase } from '../platform/database/index.js';
import { Slices } from '../platform/fairness/index.js';
import { HeavyWork } from '../platform/heavy-work/index.js';
import { etagOf, versionChanged } from '../platform/repository/index.js';
import { emptyAsNull } from '../platform/input/index.js';
import type { ListQuery, Page } from '../platform/list/index.js';
import type { MemoryDto } from './dto/memory.dto.js';
import { computeFingerprint } from './writes/fingerprint.js';
import { type SourceFilter, MemoriesRepository } from './memories.repository.js';
import { MemoryErrors } from './memories.errors.js';
import { MemoryErasure } from './writes/memory-erasure.js';
import type { MemoryAction } from './memory.entity.js';
import type { NewMemoryInput, MemoryInput } from './writes/memory-input.js';
import type { MemoryRow, MemoryValues } from './memory-row.js';
import { MemoryWriter, retryOnContention } from './writes/memory-writer.js';
import {
  type CreatedMemory,
  MemoryWritesRepository,
  type NewVersion,
} from './writes/memory-writes.repository.js';
import type { AsOf } from './as-of.js';

const DAY_MS = 86_400_000;

const DEFAULTS: Omit<MemoryValues, 'content'> = {
  kind: 'fact',
  label: null,
  tags: [],
  importance: 0.5,
  metadata: null,
  agentId: null,
  conversationId: null,
  validFrom: null,
  validTo: null,
  expiresAt: null,
};

/** Narrows a list of memories, besides the filters that every list has. */
export interface MemoryListFilter extends SourceFilter {
  asOf: AsOf | undefined;
}

export interface CreateResult {
  memory: MemoryRow;
  /** True when the memory existed already; it was strengthened instead of created. */
  isDuplicate: boolean;
}

@Injectable()
export class MemoriesService {
  constructor(
    private readonly memories: MemoriesRepository,
    private readonly writes: MemoryWritesRepository,
    private readonly writer: MemoryWriter,
    private readonly erasure: MemoryErasure,
    private readonly database: ScopedDatabase,
    private readonly config: Config,
    private readonly clock: DatabaseClock,
    private readonly work: HeavyWork,
  ) {}

  /**
   * Creates a memory, or strengthens the one with the same fingerprint.
   * @throws AppError 422 for content that the guard refuses, and for unknown sources or
   * conversations
   */
  async create(sent: NewMemoryInput): Promise<CreateResult> {
    const version = await this.newVersion(sent, '', await this.retentionStart([sent]));
    const created = await this.writer.createOne(version);
    return created
      ? { memory: toCreatedRow(version, created), isDuplicate: false }
      : this.upsert(version);
  }

  /**
   * Creates all memories or none, in the order given.
   * @throws AppError as `create`; 429 when too many bulk writes of this user wait
   */
  createMany(sent: NewMemoryInput[]): Promise<CreateResult[]> {
    return this.work.run('bulkWrite', () => this.createAll(sent));
  }

  private async createAll(sent: NewMemoryInput[]): Promise<CreateResult[]> {
    const versions = await this.newVersions(sent);
    return this.database.transaction(async () => {
      const created = new Map((await this.writer.createMany(versions)).map((one) => [one.id, one]));
      const results: CreateResult[] = [];
      for (const version of versions) {
        const written = created.get(version.id);
        results.push(
          written
            ? { memory: toCreatedRow(version, written), isDuplicate: false }
            : await this.upsert(version),
        );
      }
      // A duplicate within one call is answered twice, both times in its final state.
      const last = new Map(results.map(({ memory }) => [memory.id, memory]));
      return results.map(({ memory, isDuplicate }) => ({
        memory: last.get(memory.id)!,
        isDuplicate,
      }));
    });
  }

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
    return retryOnContention(async () => {
      const current = await this.get(id, undefined);
      if (expected !== undefined && expected !== current.version)
        throw versionChanged(current.version);
      const next = await this.nextVersion(current, changes);
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
      const current = await this.memories.newest(id);
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

  /**
   * Strengthens the duplicate of a version, or creates the memory when the duplicate is gone by
   * now.
   */
  private async upsert(version: NewVersion): Promise<CreateResult> {
    return retryOnContention<CreateResult>(async () => {
      const stored = await this.memories.findDuplicate(version.fingerprint!);
      if (stored?.content) {
        const memory = await this.writer.replace(
          stored,
          mergeDuplicate(stored, version),
          'strengthen',
          stored.strength + 1,
        );
        return memory && { memory, isDuplicate: true };
      }
      const created = await this.writer.createOne(version);
      return created && { memory: toCreatedRow(version, created), isDuplicate: false };
    });
  }

  /** Checks the texts in time slices, so that other requests are answered meanwhile. */
  private async newVersions(sent: NewMemoryInput[]): Promise<NewVersion[]> {
    const now = await this.retentionStart(sent);
    const versions: NewVersion[] = [];
    const slices = new Slices();
    for (const [i, one] of sent.entries()) {
      versions.push(await this.newVersion(one, `/memories/${i}`, now));
      if (slices.isDue) await slices.next();
    }
    return versions;
  }

  private async newVersion(
    { reason, sourceMessageIds, ...sent }: NewMemoryInput,
    path: string,
    now: Date | null,
  ): Promise<NewVersion> {
    const values: MemoryValues = { ...DEFAULTS, ...sent, metadata: emptyAsNull(sent.metadata) };
    values.expiresAt ??= now && this.computeExpiry(values, now);
    await this.check(values, reason, path);
    return {
      ...values,
      id: uuidv7(),
      fingerprint: computeFingerprint(values),
      sourceMessageIds: sourceMessageIds ?? [],
      actor: this.writer.actor,
      reason: reason ?? null,
    };
  }

  private async nextVersion(
    current: MemoryRow,
    { reason, sourceMessageIds, ...sent }: MemoryInput,
  ): Promise<NewVersion> {
    const {
      kind,
      label,
      tags,
      importance,
      metadata,
      agentId,
      conversationId,
      validFrom,
      validTo,
      expiresAt,
    } = current;
    const unchanged = {
      kind,
      label,
      content: current.content!,
      tags,
      importance,
      metadata,
      agentId,
      conversationId,
      validFrom,
      validTo,
      expiresAt,
    };
    const values: MemoryValues = {
      ...unchanged,
      ...sent,
      ...('metadata' in sent ? { metadata: emptyAsNull(sent.metadata) } : {}),
    };
    await this.check(values, reason, '');
    return {
      ...values,
      id: current.id,
      fingerprint: computeFingerprint(values),
      sourceMessageIds: sourceMessageIds ?? [],
      actor: this.writer.actor,
      reason: reason ?? null,
    };
  }

  /**
   * Returns the database's time when a memory without `expiresAt` has a kind with a retention, else
   * null.
   */
  private async retentionStart(sent: NewMemoryInput[]): Promise<Date | null> {
    const isRetained = sent.some(
      ({ kind, expiresAt }) =>
        !expiresAt && this.retentionDays(kind ?? DEFAULTS.kind) !== undefined,
    );
    return isRetained ? this.clock.now() : null;
  }

  private computeExpiry({ kind }: MemoryValues, now: Date): string | null {
    const days = this.retentionDays(kind);
    return days === undefined ? null : new Date(now.getTime() + days * DAY_MS).toISOString();
  }

  private retentionDays(kind: MemoryValues['kind']): number | undefined {
    return kind === 'block' ? undefined : this.config.memoryRetentionDays[kind];
  }

  private async check(
    values: MemoryValues,
    reason: string | null | undefined,
    path: string,
  ): Promise<void> {
    const { content, tags, metadata, agentId, validFrom, validTo } = values;
    if (validFrom !== null && validTo !== null && validTo <= validFrom)
      throw MemoryErrors.invalidSpan({
        errors: [{ pointer: `${path}/validTo`, message: 'must be after validFrom' }],
      });
    await this.writer.guard(path, { content, tags, metadata, agentId, reason });
  }
}

/**
 * Merges a duplicate into the stored memory without losing data: tags and metadata are joined, and
 * the higher importance and the later expiry win.
 */
function mergeDuplicate(stored: MemoryRow, sent: NewVersion): NewVersion {
  const tags = [...new Set([...stored.tags, ...sent.tags])].slice(0, 50);
  const metadata =
    stored.metadata || sent.metadata ? { ...stored.metadata, ...sent.metadata } : null;
  const { kind, label, agentId, conversationId, validFrom, validTo } = stored;
  return {
    ...sent,
    ...{ kind, label, agentId, conversationId, validFrom, validTo, tags, metadata },
    id: stored.id,
    content: stored.content!,
    importance: Math.max(stored.importance, sent.importance),
    expiresAt:
      stored.expiresAt === null || sent.expiresAt === null
        ? null
        : stored.expiresAt > sent.expiresAt
          ? stored.expiresAt
          : sent.expiresAt,
  };
}

/** Builds the row of a new memory, so that it need not be read back. */
function toCreatedRow(
  version: NewVersion,
  { revision, recordedAt }: Omit<CreatedMemory, 'id'>,
): MemoryRow {
  const action: MemoryAction = 'create';
  const sources = version.sourceMessageIds.toSorted();
  return {
    ...version,
    sourceMessageIds: sources,
    removedSourceMessageIds: [],
    hasSources: sources.length > 0,
    version: 1,
    strength: 1,
    action,
    revision,
    createdAt: recordedAt,
    updatedAt: recordedAt,
    supersededAt: null,
  };
}
