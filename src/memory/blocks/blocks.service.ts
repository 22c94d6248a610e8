import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { type Read, ScopedDatabase } from '../../platform/database/index.js';
import { etagOf, versionChanged } from '../../platform/repository/index.js';
import { BLOCK_LIMITS, type PutBlockDto, sha256 } from '../dto/block.dto.js';
import { computeFingerprint } from '../writes/fingerprint.js';
import { MemoriesRepository } from '../memories.repository.js';
import { MemoryErrors } from '../memories.errors.js';
import { MemoryErasure } from '../writes/memory-erasure.js';
import type { MemoryRow, MemoryValues } from '../memory-row.js';
import { MemoryWriter, retryOnContention } from '../writes/memory-writer.js';
import { MemoryWritesRepository, type NewVersion } from '../writes/memory-writes.repository.js';
import type { AsOf } from '../as-of.js';

/**
 * A block is stored as versions of a memory with a label, so it shares history, as-of reads and
 * erasure with memories.
 */
@Injectable()
export class BlocksService {
  constructor(
    private readonly memories: MemoriesRepository,
    private readonly writes: MemoryWritesRepository,
    private readonly writer: MemoryWriter,
    private readonly erasure: MemoryErasure,
    private readonly database: ScopedDatabase,
  ) {}

  /** The statement of `list(undefined)`, to be read together with others. `opened` takes its rows. */
  get currentRead(): Read<MemoryRow> {
    return this.memories.blocksRead(BLOCK_LIMITS.maxBlocks);
  }

  /** Leaves out blocks that cannot be opened. */
  opened = (rows: MemoryRow[]): Promise<MemoryRow[]> => this.memories.openBlocks(rows);

  async list(asOf: AsOf | undefined): Promise<MemoryRow[]> {
    return this.memories.blocks(BLOCK_LIMITS.maxBlocks, await this.memories.resolveAsOf(asOf));
  }

  /** @throws AppError 404 when there is none at that time */
  async get(label: string, agentId: string | null, asOf: AsOf | undefined): Promise<MemoryRow> {
    const row = await this.memories.block(label, agentId, await this.memories.resolveAsOf(asOf));
    if (!row) throw MemoryErrors.blockNotFound();
    return row;
  }

  /**
   * Creates a block or adds a version.
   * @throws AppError 409 with the current version and hash when they differ from the expected ones;
   * 412 for `If-Match`
   */
  async put(
    label: string,
    agentId: string | null,
    { content, expectedVersion, expectedSha256, reason }: PutBlockDto,
    ifMatch: number | undefined,
  ): Promise<MemoryRow> {
    await this.writer.guard('', { content, reason });
    await this.writer.guard('?', { label, agentId });
    return retryOnContention(async () => {
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

  /**
   * Erases the content of all versions of a block.
   * @throws AppError 404, 412
   */
  async remove(label: string, agentId: string | null, ifMatch: number | undefined): Promise<void> {
    await this.database.transaction(async () => {
      const written = await this.writes.nextRevision();
      const current = await this.memories.blockAsStored(label, agentId);
      if (!current) throw MemoryErrors.blockNotFound();
      if (ifMatch !== undefined && ifMatch !== current.version)
        throw versionChanged(current.version);
      await this.erasure.erase(current.id, written, {});
    });
    await this.erasure.dropCached();
  }

  etag({ version }: Pick<MemoryRow, 'version'>): string {
    return etagOf(version);
  }

  /** Returns null when another request created the block meanwhile. */
  private async create(version: NewVersion): Promise<MemoryRow | null> {
    if ((await this.memories.blocks(BLOCK_LIMITS.maxBlocks, null)).length >= BLOCK_LIMITS.maxBlocks)
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
      fingerprint: computeFingerprint(values),
      nearFingerprint: null,
      sourceMessageIds: [],
      supersedes: [],
      supersededBy: null,
      actor: this.writer.actor,
      reason,
    };
  }
}

function isAsExpected(
  current: MemoryRow | null,
  version: number | null | undefined,
  expectedSha256: string | null | undefined,
): boolean {
  if (version !== undefined && version !== null && version !== (current?.version ?? 0))
    return false;
  return (
    expectedSha256 === undefined ||
    expectedSha256 === null ||
    (current?.content != null && expectedSha256 === sha256(current.content))
  );
}

const blockChanged = (current: MemoryRow | null) =>
  MemoryErrors.blockChanged({
    extra: {
      version: current?.version ?? 0,
      sha256: current?.content == null ? null : sha256(current.content),
    },
  });
