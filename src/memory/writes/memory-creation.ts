// Creates memories. What is known already is strengthened in place of stored again.
import { Injectable } from '@nestjs/common';
import { ConversationNames } from '../../conversations/index.js';
import { DatabaseClock, ScopedDatabase } from '../../platform/database/index.js';
import { Slices } from '../../platform/fairness/index.js';
import { HeavyWork } from '../../platform/heavy-work/index.js';
import { noSuchConversation } from '../memories.errors.js';
import { MemoriesRepository } from '../memories.repository.js';
import type { MemoryAction } from '../memory.entity.js';
import type { MemoryRow } from '../memory-row.js';
import type { NewMemoryInput } from './memory-input.js';
import { mergeDuplicate, mergeNear, mergeSupersession } from './memory-merges.js';
import { MemorySupersession } from './memory-supersession.js';
import { MemoryWriter, retryOnContention } from './memory-writer.js';
import type { CreatedMemory, NewVersion } from './memory-writes.repository.js';
import { compareTo, type SimilarMemory } from './near-memories.js';
import { NearMemories } from './near-memories.service.js';
import { NewVersions, type SentMemory } from './new-versions.js';

export interface CreateResult {
  memory: MemoryRow;
  /** True when nothing was stored: a memory that existed was strengthened. */
  isDuplicate: boolean;
  /** Memories that are near to what was sent, nearest first. */
  similar: SimilarMemory[];
}

@Injectable()
export class MemoryCreation {
  constructor(
    private readonly memories: MemoriesRepository,
    private readonly versions: NewVersions,
    private readonly writer: MemoryWriter,
    private readonly near: NearMemories,
    private readonly supersession: MemorySupersession,
    private readonly database: ScopedDatabase,
    private readonly clock: DatabaseClock,
    private readonly work: HeavyWork,
    private readonly conversations: ConversationNames,
  ) {}

  /**
   * Creates a memory, or strengthens the one with the same fingerprint. Closes the validity of those
   * that it supersedes.
   * @throws AppError 422 for content that the guard refuses, and for unknown sources, conversations
   * or superseded memories; 409 when it is near to another and `onSimilar` says so
   */
  create(input: NewMemoryInput, createIfMissing: boolean): Promise<CreateResult> {
    return this.conversations.inBody(
      input,
      { createIfMissing, notFound: () => noSuchConversation() },
      (named) => this.createNamed(named),
    );
  }

  private async createNamed(input: NewMemoryInput): Promise<CreateResult> {
    const sent = await this.versions.ofNew(input);
    if (sent.supersedes.length === 0 && sent.onSimilar === 'keep') return this.createOne(sent);
    return this.database.transaction(async () => {
      if (sent.onSimilar !== 'keep') await this.near.lock();
      const result = await this.createAsSaid(sent, '');
      await this.supersession.close([{ sent, memory: result.memory, path: '' }]);
      return result;
    });
  }

  /**
   * Creates all memories or none, in the order given.
   * @throws AppError as `create`; 429 when too many bulk writes of this user wait
   */
  createMany(sent: NewMemoryInput[], createIfMissing: boolean): Promise<CreateResult[]> {
    const notFound = (place: number) => noSuchConversation(`/memories/${place}`);
    return this.work.run('bulkWrite', () =>
      this.conversations.inBodies(sent, { createIfMissing, notFound }, (named) =>
        this.createAll(named),
      ),
    );
  }

  private async createAll(inputs: readonly NewMemoryInput[]): Promise<CreateResult[]> {
    const sent = await this.versions.ofAllNew(inputs);
    return this.database.transaction(async () => {
      const results = await this.near.addSiblings(sent, await this.createEach(sent));
      // A duplicate within one call is answered twice, both times in its final state.
      const last = new Map(results.map(({ memory }) => [memory.id, memory]));
      for (const closed of await this.closeSuperseded(sent, results)) {
        const memory = last.get(closed.id);
        if (memory) last.set(closed.id, { ...memory, ...closed, action: 'update' });
      }
      return results.map((result) => ({ ...result, memory: last.get(result.memory.id)! }));
    });
  }

  /** Creates those that are near to nothing by one statement, and the others one by one. */
  private async createEach(sent: SentMemory[]): Promise<CreateResult[]> {
    const direct = await this.near.withoutGuardedNear(sent);
    const created = new Map((await this.writer.createMany(direct)).map((one) => [one.id, one]));
    const results: CreateResult[] = [];
    const slices = new Slices();
    for (const [i, one] of sent.entries()) {
      if (slices.isDue) await slices.next();
      const written = created.get(one.id);
      if (written) results.push(toResult(one, written));
      else if (one.onSimilar === 'keep') results.push(await this.upsert(one));
      else results.push(await this.createAsSaid(one, `/memories/${i}`));
    }
    return results;
  }

  private closeSuperseded(sent: SentMemory[], results: CreateResult[]) {
    return this.supersession.close(
      sent.map((one, i) => ({ sent: one, memory: results[i]!.memory, path: `/memories/${i}` })),
    );
  }

  /**
   * Does what `onSimilar` says. Call it inside a transaction that has locked the user's memory, so
   * that of two near writes the later one finds the earlier.
   */
  private async createAsSaid(sent: SentMemory, path: string): Promise<CreateResult> {
    if (sent.onSimilar === 'keep') return this.createOne(sent);
    const duplicate = await this.memories.findDuplicate(sent.fingerprint!);
    if (duplicate?.content) return this.upsert(sent);
    const similar = await this.near.find(sent);
    const [nearest] = similar;
    if (!nearest) return this.createOne(sent);
    if (sent.onSimilar === 'refuse') throw this.near.refusal(similar, path);
    const stored = (await this.memories.current(nearest.id))!;
    const memory = await this.strengthen(stored, sent, mergeNear(stored, sent));
    return { memory: memory!, isDuplicate: true, similar };
  }

  private async createOne(version: NewVersion): Promise<CreateResult> {
    const created = await this.writer.createOne(version);
    return created ? toResult(version, created) : this.upsert(version);
  }

  /**
   * Strengthens the duplicate of a version, or creates the memory when the duplicate is gone by
   * now.
   */
  private async upsert(version: NewVersion): Promise<CreateResult> {
    return retryOnContention<CreateResult>(async () => {
      const stored = await this.memories.findDuplicate(version.fingerprint!);
      if (stored?.content) {
        const memory = await this.strengthen(stored, version, mergeDuplicate(stored, version));
        const similar = compareTo(version, stored.similar ?? []);
        return memory && { memory, isDuplicate: true, similar };
      }
      const created = await this.writer.createOne(version);
      return created && toResult(version, created);
    });
  }

  /** Returns null when another write came first. */
  private async strengthen(stored: MemoryRow, sent: NewVersion, merged: NewVersion) {
    const links = await mergeSupersession(stored, sent, () => this.clock.now());
    return this.writer.replace(stored, { ...merged, ...links }, 'strengthen', stored.strength + 1);
  }
}

const toResult = (version: NewVersion, created: CreatedMemory): CreateResult => ({
  memory: toCreatedRow(version, created),
  isDuplicate: false,
  similar: compareTo(version, created.similar ?? []),
});

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
