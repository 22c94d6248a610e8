import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ScopedDatabase } from '../../platform/database/index.js';
import { etagOf, versionChanged } from '../../platform/repository/index.js';
import { BLOCK_LIMITS, type PutBlockDto, sha256Of } from '../dto/block.dto.js';
import { fingerprintOf } from '../writes/fingerprint.js';
import { MemoriesRepository } from '../memories.repository.js';
import { MemoryErrors } from '../memories.errors.js';
import { MemoryErasure } from '../writes/memory-erasure.js';
import { MemoryMoments } from '../memory-moments.js';
import type { MemoryRow, MemoryValues } from '../memory-row.js';
import { MemoryWriter, retryOnConflict } from '../writes/memory-writer.js';
import { MemoryWritesRepository, type NewVersion } from '../writes/memory-writes.repository.js';
import type { Moment } from '../moment.js';

/** A block is a version like a memory's, under a name: so it has its history, its past and its end in common with them. */
@Injectable()
export class BlocksService {
  constructor(
    private readonly memories: MemoriesRepository,
    private readonly writes: MemoryWritesRepository,
    private readonly writer: MemoryWriter,
    private readonly erasure: MemoryErasure,
    private readonly moments: MemoryMoments,
    private readonly database: ScopedDatabase,
  ) {}

  async list(moment: Moment | undefined): Promise<MemoryRow[]> {
    return this.memories.blocks(BLOCK_LIMITS.labels, await this.moments.timeOf(moment));
  }

  /** @throws AppError 404 when there is none, or was none then */
  async get(label: string, agentId: string | null, moment: Moment | undefined): Promise<MemoryRow> {
    const row = await this.memories.block(label, agentId, await this.moments.timeOf(moment));
    if (!row) throw MemoryErrors.blockNotFound();
    return row;
  }

  /** Makes it or adds a version. @throws AppError 409 with the current version and hash when it is not as expected; 412 for `If-Match` */
  async put(
    label: string,
    agentId: string | null,
    { content, expectedVersion, expectedSha256, reason }: PutBlockDto,
    ifMatch: number | undefined,
  ): Promise<MemoryRow> {
    await this.writer.guard('', { content, reason });
    await this.writer.guard('?', { label, agentId });
    return retryOnConflict(async () => {
      const current = await this.memories.block(label, agentId, null);
      if (ifMatch !== undefined && ifMatch !== current?.version)
        throw current ? versionChanged(current.version) : MemoryErrors.blockNotFound();
      if (!isAsExpected(current, expectedVersion, expectedSha256)) throw blockChanged(current);
      const version = this.version(current?.id ?? uuidv7(), {
        label,
        agentId,
        content,
        reason: reason ?? null,
      });
      return current
        ? this.writer.replace(current, version, 'update', current.strength)
        : this.create(version);
    });
  }

  /** Takes the content out of all its versions. @throws AppError 404, 412 */
  async remove(label: string, agentId: string | null, ifMatch: number | undefined): Promise<void> {
    await this.database.transaction(async () => {
      const written = await this.writes.next();
      const current = await this.get(label, agentId, undefined);
      if (ifMatch !== undefined && ifMatch !== current.version)
        throw versionChanged(current.version);
      await this.erasure.erase(current.id, written, {});
    });
    await this.erasure.dropCached();
  }

  etag({ version }: Pick<MemoryRow, 'version'>): string {
    return etagOf(version);
  }

  /** Null when somebody else has made it meanwhile. */
  private async create(version: NewVersion): Promise<MemoryRow | null> {
    if ((await this.memories.blocks(BLOCK_LIMITS.labels, null)).length >= BLOCK_LIMITS.labels)
      throw MemoryErrors.tooManyBlocks();
    return (await this.writer.createOne(version)) && this.memories.newest(version.id);
  }

  private version(
    id: string,
    {
      reason,
      ...given
    }: Pick<MemoryValues, 'label' | 'agentId' | 'content'> & { reason: string | null },
  ): NewVersion {
    const nothing = {
      tags: [],
      importance: 0.5,
      metadata: null,
      conversationId: null,
      validFrom: null,
      validTo: null,
      expiresAt: null,
    };
    const values: MemoryValues = { kind: 'block', ...given, ...nothing };
    return {
      ...values,
      id,
      fingerprint: fingerprintOf(values),
      sourceMessageIds: [],
      actor: this.writer.actor,
      reason,
    };
  }
}

function isAsExpected(
  current: MemoryRow | null,
  version: number | null | undefined,
  sha256: string | null | undefined,
): boolean {
  if (version !== undefined && version !== null && version !== (current?.version ?? 0))
    return false;
  return (
    sha256 === undefined ||
    sha256 === null ||
    (current?.content != null && sha256 === sha256Of(current.content))
  );
}

const blockChanged = (current: MemoryRow | null) =>
  MemoryErrors.blockChanged({
    extra: {
      version: current?.version ?? 0,
      sha256: current?.content == null ? null : sha256Of(current.content),
    },
  });
