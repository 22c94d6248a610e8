// What becomes of that which derives from a conversation when the conversation is purged.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from '../../platform/database/index.js';
import { Jobs } from '../../platform/jobs/index.js';
import type { DerivedDto } from '../dto/derived.dto.js';
import { Derivations, MAX_LISTED_IDS } from './derivations.js';
import { ForksRepository } from './forks.repository.js';

export const FORGET_JOB = 'conversation.forget_derived';

/** What is forgotten in one step: things of a kind, and forks, which have messages. */
const STEP_SIZE = { things: 100, forks: 5 } as const;
/** Steps that a request does itself. */
const MAX_STEPS_IN_REQUEST = 3;

@Injectable()
export class DerivedService {
  constructor(
    private readonly derivations: Derivations,
    private readonly forks: ForksRepository,
    private readonly jobs: Jobs,
    private readonly database: ScopedDatabase,
  ) {}

  /** One item for each kind, also where there is none. */
  async list(conversationId: string): Promise<DerivedDto[]> {
    const found: DerivedDto[] = [
      { kind: 'conversation', ...(await this.forks.find(conversationId, MAX_LISTED_IDS)) },
    ];
    for (const { kind, find } of this.derivations.all)
      found.push({ kind, ...(await find([conversationId], MAX_LISTED_IDS)) });
    return found;
  }

  /** Inside the transaction of the purge. @returns the id of the job that does the rest, or null when nothing is left to do */
  async forget(conversationId: string): Promise<string | null> {
    for (let step = 0; step < MAX_STEPS_IN_REQUEST; step++)
      if (await this.forgetSome(conversationId)) return null;
    return this.jobs.enqueue(FORGET_JOB, { conversationId }, { key: conversationId });
  }

  /** One step, in one transaction. Forks last, from the end of the chain, so that what is left is always found. @returns whether it was the last one */
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
