// Refuses what only a database that reads the words of memories can answer.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import { MemoryErrors } from '../memories.errors.js';
import { type Condition, type FilterTree, namesField } from '../../platform/list/index.js';
import { SealedMemories } from './sealed-memories.js';
import { hasSealedSql, isSealedSql } from './sealed-words.js';

const SEALED_FIELDS = ['tags', 'metadata'] as const;

const HAS_SEALED = ownedStatement<{ found: boolean }>(
  'memory.has_sealed',
  `select exists (select from threadkeep.memory m where m.user_id = $1 and m.label is null
     and ${hasSealedSql('m')} and ${isSealedSql('m')}) as found`,
);

const ONLY_PLAIN: Condition = { name: 'plain', text: () => `not ${isSealedSql('memory')}` };

const namedIn = (filters: FilterTree[]): string[] =>
  SEALED_FIELDS.filter((name) => filters.some((one) => namesField(one, name)));

@Injectable()
export class SealedFilters {
  constructor(
    private readonly sealing: SealedMemories,
    private readonly database: ScopedDatabase,
  ) {}

  /**
   * What a deletion by such filters leaves alone: memories that were sealed since they were
   * admitted.
   */
  only(filters: FilterTree[]): Condition[] {
    return namedIn(filters).length === 0 ? [] : [ONLY_PLAIN];
  }

  /** Whether the user has sealed memories. */
  async hasSealed(): Promise<boolean> {
    if (!(await this.sealing.mayBeSealed())) return false;
    return (await this.database.read(HAS_SEALED, []))[0]!.found;
  }

  /**
   * Where memories are sealed, and while some of this user are after it was switched off: a filter
   * would take a sealed memory for one without tags.
   * @throws AppError `memory.sealed`
   */
  async requireStored({ filters, q }: { filters: FilterTree[]; q?: string | undefined }) {
    const named = namedIn(filters);
    const asked = [...(q === undefined ? [] : ['q']), ...named];
    if (asked.length === 0 || !(this.sealing.isOn || (await this.hasSealed()))) return;
    throw MemoryErrors.sealed({
      detail: `Memories are stored sealed here (SEAL_MEMORIES), so the database cannot compare ${asked.join(' and ')}. POST /v1/memories/search finds words and tags.`,
    });
  }
}
