// Decides about memories that say nearly the same as others, and must not be kept beside them.
import { Injectable } from '@nestjs/common';
import type { AppError } from '../../platform/errors/index.js';
import { Slices } from '../../platform/fairness/index.js';
import { MEMORY_LIMITS } from '../memory-limits.js';
import { MemoryErrors } from '../memories.errors.js';
import { MemoryWritesRepository } from './memory-writes.repository.js';
import { compareTo, type ComparedMemory, type SimilarMemory } from './near-memories.js';
import { NearMemoriesRepository } from './near-memories.repository.js';
import type { SentMemory } from './new-versions.js';

@Injectable()
export class NearMemories {
  constructor(
    private readonly rows: NearMemoriesRepository,
    private readonly writes: MemoryWritesRepository,
  ) {}

  /**
   * Locks the user's memory until the transaction ends: later statements see every earlier write.
   */
  async lock(): Promise<void> {
    await this.writes.nextRevision();
  }

  /** Lists what is near, nearest first, without what the memory supersedes. */
  async find(sent: SentMemory): Promise<SimilarMemory[]> {
    const { id, nearFingerprint, supersedes } = sent;
    const [found] = await this.rows.find([{ id, nearFingerprint: nearFingerprint! }], supersedes);
    return compareTo(sent, found?.similar ?? []);
  }

  /**
   * Leaves out memories that are near to another one, stored or earlier in the list, and are not to
   * be kept beside it. Locks the user's memory when there may be any.
   */
  async withoutGuardedNear(sent: SentMemory[]): Promise<SentMemory[]> {
    const guarded = sent.filter(({ onSimilar }) => onSimilar !== 'keep');
    if (guarded.length === 0) return sent;
    await this.lock();
    const stored = await this.rows.find(
      guarded.map(({ id, nearFingerprint }) => ({ id, nearFingerprint: nearFingerprint! })),
    );
    const near = new Set(stored.map(({ id }) => id));
    const seen = new Set<string | null>();
    return sent.filter(({ id, nearFingerprint, onSimilar }) => {
      const isAlone = !near.has(id) && !seen.has(nearFingerprint);
      seen.add(nearFingerprint);
      return onSimilar === 'keep' || isAlone;
    });
  }

  /** Names the memories of one call that are near to each other, which no statement has seen. */
  async addSiblings<T extends Created>(sent: SentMemory[], results: T[]): Promise<T[]> {
    const groups = new Map<string | null, ComparedMemory[]>();
    for (const [i, { memory, isDuplicate }] of results.entries()) {
      if (isDuplicate) continue;
      const key = sent[i]!.nearFingerprint;
      const group = groups.get(key);
      const one = { id: memory.id, content: sent[i]!.content };
      if (!group) groups.set(key, [one]);
      // One more than are named, as none names itself.
      else if (group.length <= MEMORY_LIMITS.similar) group.push(one);
    }
    const slices = new Slices();
    const named: T[] = [];
    for (const [i, result] of results.entries()) {
      const group = groups.get(sent[i]!.nearFingerprint) ?? [];
      named.push(withSiblings(result, sent[i]!, group));
      if (slices.isDue) await slices.next();
    }
    return named;
  }

  refusal(similar: SimilarMemory[], path: string): AppError {
    return MemoryErrors.similar({
      detail: 'Send onSimilar "keep" to store it beside the memories in `similar`.',
      errors: [
        { pointer: `${path}/content`, message: 'must differ more from the memories in `similar`' },
      ],
      extra: { similar },
    });
  }
}

function withSiblings<T extends Created>(
  result: T,
  sent: SentMemory,
  siblings: ComparedMemory[],
): T {
  const named = new Set([result.memory.id, ...result.similar.map(({ id }) => id)]);
  const others = siblings.filter(({ id }) => !named.has(id));
  if (others.length === 0) return result;
  const similar = [...result.similar, ...compareTo(sent, others)]
    .sort((one, other) => other.similarity - one.similarity)
    .slice(0, MEMORY_LIMITS.similar);
  return { ...result, similar };
}

interface Created {
  memory: { id: string };
  isDuplicate: boolean;
  similar: SimilarMemory[];
}
