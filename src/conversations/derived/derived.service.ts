// Lists or deletes what derives from a conversation that is purged.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from '../../platform/database/index.js';
import { Jobs } from '../../platform/jobs/index.js';
import type { DerivedDto } from '../dto/derived.dto.js';
import { Derivations, MAX_LISTED_IDS } from './derivations.js';
import { ForksRepository } from './forks.repository.js';

export const FORGET_JOB = 'conversation.forget_derived';

/** Rows that one step deletes. Forks have their own limit because each has messages. */
const STEP_SIZE = { things: 100, forks: 5 } as const;
/** How many steps a request runs itself. A job runs the rest. */
const MAX_STEPS_IN_REQUEST = 3;

@Injectable()
export class DerivedService {
  constructor(
    private readonly derivations: Derivations,
    private readonly forks: ForksRepository,
    private readonly jobs: Jobs,
    private readonly database: ScopedDatabase,
  ) {}

  /** Returns one item for each kind, also when its count is 0. */
  async list(conversationId: string): Promise<DerivedDto[]> {
    const found: DerivedDto[] = [
      { kind: 'conversation', ...(await this.forks.find(conversationId, MAX_LISTED_IDS)) },
    ];
    for (const { kind, find } of this.derivations.all)
      found.push({ kind, ...(await find([conversationId], MAX_LISTED_IDS)) });
    return found;
  }

  /**
   * Deletes what it can within this request. Call it inside the transaction of the purge.
   * @returns the id of the job that deletes the rest, or null when nothing is left
   */
  async forget(conversationId: string): Promise<string | null> {
    for (let step = 0; step < MAX_STEPS_IN_REQUEST; step++)
      if (await this.forgetSome(conversationId)) return null;
    return this.jobs.enqueue(FORGET_JOB, { conversationId }, { key: conversationId });
  }

  /**
   * Runs one step in one transaction. Forks go last and from the end of the chain: a fork that was
   * deleted earlier would hide its own forks from the next step.
   * @returns true when nothing is left
   */
  forgetSome(conversationId: string): Promise<boolean> {
    return this.database.transaction(async () => {
      const forks = await this.forks.deepest(conversationId, STEP_SIZE.forks);
      const from = forks.length > 0 ? forks : [conversationId];
      let isDone = true;
      for (const derivation of this.derivations.all)
        if ((await derivation.forget(from, STEP_SIZE.things)) === STEP_SIZE.things) isDone = false;
      if (isDone && forks.length > 0) await this.forks.purge(forks);
      return isDone && forks.length === 0;
    });
  }
}
