import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Config } from '../platform/config/config.js';
import { DatabaseClock, ScopedDatabase } from '../platform/database/index.js';
import { Slices } from '../platform/fairness/index.js';
import { HeavyWork } from '../platform/heavy-work/index.js';
import { etagOf, versionChanged } from '../platform/repository/index.js';
import type { ListQuery, Page } from '../platform/list/index.js';
import type { MemoryDto } from './dto/memory.dto.js';
import { fingerprintOf } from './writes/fingerprint.js';
import { type LearntFrom, MemoriesRepository } from './memories.repository.js';
import { MemoryErrors } from './memories.errors.js';
import { MemoryErasure } from './writes/memory-erasure.js';
import type { MemoryAction } from './memory.entity.js';
import type { NewMemory, SentMemory } from './writes/memory-input.js';
import { MemoryMoments } from './memory-moments.js';
import type { MemoryRow, MemoryValues } from './memory-row.js';
import { MemoryWriter, retryOnConflict } from './writes/memory-writer.js';
import {
  type Created,
  MemoryWritesRepository,
  type NewVersion,
} from './writes/memory-writes.repository.js';
import type { Moment } from './moment.js';

const DAY = 86_400_000;

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

/** Which memories a list is of, besides what every list can be asked. */
export interface AskedMemories extends LearntFrom {
  asOf: Moment | undefined;
}

export interface Told {
  memory: MemoryRow;
  /** It had been told before, and is stronger now. */
  known: boolean;
}

@Injectable()
export class MemoriesService {
  constructor(
    private readonly memories: MemoriesRepository,
    private readonly writes: MemoryWritesRepository,
    private readonly writer: MemoryWriter,
    private readonly erasure: MemoryErasure,
    private readonly moments: MemoryMoments,
    private readonly database: ScopedDatabase,
    private readonly config: Config,
    private readonly clock: DatabaseClock,
    private readonly work: HeavyWork,
  ) {}

  /** @throws AppError 422 for what the guard finds, or references that lead nowhere */
  async create(sent: NewMemory): Promise<Told> {
    const version = await this.newVersion(sent, '', await this.retentionStart([sent]));
    const created = await this.writer.createOne(version);
    return created
      ? { memory: asWritten(version, created), known: false }
      : this.tellAgain(version);
  }

  /** All or none, in the order given. @throws AppError also 429 when too many such writes of this user wait */
  createMany(sent: NewMemory[]): Promise<Told[]> {
    return this.work.run('bulkWrite', () => this.createAll(sent));
  }

  private async createAll(sent: NewMemory[]): Promise<Told[]> {
    const versions = await this.newVersions(sent);
    return this.database.transaction(async () => {
      const created = new Map((await this.writer.createMany(versions)).map((one) => [one.id, one]));
      const told: Told[] = [];
      for (const version of versions) {
        const written = created.get(version.id);
        told.push(
          written
            ? { memory: asWritten(version, written), known: false }
            : await this.tellAgain(version),
        );
      }
      // What was told twice in one call is answered twice as it is in the end.
      const last = new Map(told.map(({ memory }) => [memory.id, memory]));
      return told.map(({ memory, known }) => ({ memory: last.get(memory.id)!, known }));
    });
  }

  /** @throws AppError 404 when there is none, or was none then */
  async get(id: string, moment: Moment | undefined): Promise<MemoryRow> {
    const time = await this.moments.timeOf(moment);
    const row =
      time === null ? await this.memories.current(id) : await this.memories.asOf(id, time);
    if (!row || row.label !== null || row.content === null) throw MemoryErrors.notFound();
    return row;
  }

  async list(query: ListQuery, { asOf, ...from }: AskedMemories): Promise<Page<MemoryDto>> {
    return this.memories.list(query, { moment: await this.moments.timeOf(asOf), ...from });
  }

  /** Adds a version. @throws AppError 404; 412 with the current version when `expected` is given and is not it; 409 when another memory says the same */
  async update(id: string, changes: SentMemory, expected: number | undefined): Promise<MemoryRow> {
    return retryOnConflict(async () => {
      const current = await this.get(id, undefined);
      if (expected !== undefined && expected !== current.version)
        throw versionChanged(current.version);
      const next = await this.nextVersion(current, changes);
      return this.writer.replace(current, next, 'update', current.strength);
    });
  }

  /** Takes the content out of all versions; with `purge`, the versions too. @throws AppError 404, 412; 422 for what the guard finds in the reason */
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
      const written = await this.writes.next();
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

  /** A purge of what it comes from changes the representation, and is no edit. */
  etag({
    version,
    removedSourceMessageIds: { length: removed },
  }: Pick<MemoryRow, 'version' | 'removedSourceMessageIds'>): string {
    return removed === 0 ? etagOf(version) : etagOf(version, removed);
  }

  /** The same again strengthens what is there; if that goes meanwhile, it is made after all. */
  private async tellAgain(version: NewVersion): Promise<Told> {
    return retryOnConflict<Told>(async () => {
      const known = await this.memories.same(version.fingerprint!);
      if (known?.content) {
        const memory = await this.writer.replace(
          known,
          merged(known, version),
          'strengthen',
          known.strength + 1,
        );
        return memory && { memory, known: true };
      }
      const created = await this.writer.createOne(version);
      return created && { memory: asWritten(version, created), known: false };
    });
  }

  /** Looking at much text takes long: others are answered meanwhile. */
  private async newVersions(sent: NewMemory[]): Promise<NewVersion[]> {
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
    { reason, sourceMessageIds, ...sent }: NewMemory,
    path: string,
    now: Date | null,
  ): Promise<NewVersion> {
    const values: MemoryValues = { ...DEFAULTS, ...sent, metadata: emptyAsNull(sent.metadata) };
    values.expiresAt ??= now && this.expiryOf(values, now);
    await this.check(values, reason, path);
    return {
      ...values,
      id: uuidv7(),
      fingerprint: fingerprintOf(values),
      sourceMessageIds: sourceMessageIds ?? [],
      actor: this.writer.actor,
      reason: reason ?? null,
    };
  }

  private async nextVersion(
    current: MemoryRow,
    { reason, sourceMessageIds, ...sent }: SentMemory,
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
    const kept = {
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
      ...kept,
      ...sent,
      ...('metadata' in sent ? { metadata: emptyAsNull(sent.metadata) } : {}),
    };
    await this.check(values, reason, '');
    return {
      ...values,
      id: current.id,
      fingerprint: fingerprintOf(values),
      sourceMessageIds: sourceMessageIds ?? [],
      actor: this.writer.actor,
      reason: reason ?? null,
    };
  }

  /** The database's time, where one of these has no expiry of its own but its kind has; else null. */
  private async retentionStart(sent: NewMemory[]): Promise<Date | null> {
    const isRetained = sent.some(
      ({ kind, expiresAt }) =>
        !expiresAt && this.retentionDays(kind ?? DEFAULTS.kind) !== undefined,
    );
    return isRetained ? this.clock.now() : null;
  }

  private expiryOf({ kind }: MemoryValues, now: Date): string | null {
    const days = this.retentionDays(kind);
    return days === undefined ? null : new Date(now.getTime() + days * DAY).toISOString();
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

const emptyAsNull = (metadata: Record<string, unknown> | null | undefined) =>
  metadata && Object.keys(metadata).length > 0 ? metadata : null;

/** Nothing of either is lost: tags and metadata are joined, the higher importance and the later end hold. */
function merged(known: MemoryRow, told: NewVersion): NewVersion {
  const tags = [...new Set([...known.tags, ...told.tags])].slice(0, 50);
  const metadata = known.metadata || told.metadata ? { ...known.metadata, ...told.metadata } : null;
  const { kind, label, agentId, conversationId, validFrom, validTo } = known;
  return {
    ...told,
    ...{ kind, label, agentId, conversationId, validFrom, validTo, tags, metadata },
    id: known.id,
    content: known.content!,
    importance: Math.max(known.importance, told.importance),
    expiresAt:
      known.expiresAt === null || told.expiresAt === null
        ? null
        : known.expiresAt > told.expiresAt
          ? known.expiresAt
          : told.expiresAt,
  };
}

/** What was just written, without reading it back. */
function asWritten(version: NewVersion, { revision, recordedAt }: Omit<Created, 'id'>): MemoryRow {
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
