// Lists, marks or deletes what was made from messages that are erased.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from '../../platform/database/index.js';
import { Jobs } from '../../platform/jobs/index.js';
import type { DerivedDto } from '../dto/derived.dto.js';
import { Derivations, type ErasedMessage, MAX_LISTED_IDS } from './derivations.js';

export const FORGET_OF_MESSAGES_JOB = 'message.forget_derived';

/** Rows of one kind that one step deletes. */
const STEP_SIZE = 100;
/** How many steps a request runs itself. A job runs the rest. */
const MAX_STEPS_IN_REQUEST = 3;

@Injectable()
export class DerivedOfMessages {
  constructor(
    private readonly derivations: Derivations,
    private readonly jobs: Jobs,
    private readonly database: ScopedDatabase,
  ) {}

  /** Returns one item for each kind, also when its count is 0. */
  async list(messages: ErasedMessage[]): Promise<DerivedDto[]> {
    const found: DerivedDto[] = [];
    for (const { kind, find } of this.derivations.ofMessages)
      found.push({ kind, ...(await find(messages, MAX_LISTED_IDS)) });
    return found;
  }

  async mark(messages: ErasedMessage[]): Promise<void> {
    for (const { mark } of this.derivations.ofMessages) await mark?.(messages);
  }

  /**
   * Deletes what it can within this request. Call it inside the transaction of the erasure.
   * @returns the id of the job that deletes the rest, or null when nothing is left
   */
  async forget(messages: ErasedMessage[]): Promise<string | null> {
    for (let step = 0; step < MAX_STEPS_IN_REQUEST; step++)
      if (await this.forgetSome(messages)) return null;
    return this.jobs.enqueue(FORGET_OF_MESSAGES_JOB, { messages });
  }

  /** Runs one step in one transaction. Returns true when nothing is left. */
  forgetSome(messages: ErasedMessage[]): Promise<boolean> {
    return this.database.transaction(async () => {
      let isDone = true;
      for (const { forget } of this.derivations.ofMessages)
        if ((await forget(messages, STEP_SIZE)) === STEP_SIZE) isDone = false;
      return isDone;
    });
  }
}
