// Searches data before it is stored: on the event loop, or in a thread when there is much of it.
import { Injectable } from '@nestjs/common';
import type { GuardFamily } from '../config/memory-settings.js';
import { type FieldError, RequestErrors } from '../errors/index.js';
import { Slices } from '../fairness/index.js';
import { WorkerPool, workerTask } from '../workers/index.js';
import { linesOf } from './findings.js';
import { type GuardedLines, refusedFields } from './refused-fields.js';
import type { RefusedFieldsInput } from './refused-fields.task.js';

/** Up to this many characters are searched on the event loop, in a few milliseconds. */
const AT_ONCE_CHARACTERS = 16_384;

const REFUSED = workerTask<RefusedFieldsInput, FieldError[]>(
  import.meta.url,
  './refused-fields.task',
);

@Injectable()
export class SecretsGuard {
  constructor(private readonly workers: WorkerPool) {}

  /**
   * @param fields any JSON, by pointer
   * @returns the fields with secrets or personal data; gives their kinds, never the text
   * @throws AppError as `WorkerPool.run` does, for a large write
   */
  async refused(
    fields: Record<string, unknown>,
    families: ReadonlySet<GuardFamily>,
  ): Promise<FieldError[]> {
    if (families.size === 0) return [];
    const lines: GuardedLines = new Map();
    const slices = new Slices();
    let characters = 0;
    for (const [pointer, value] of Object.entries(fields)) {
      if (value === null || value === undefined) continue;
      const found = linesOf(value);
      lines.set(pointer, found);
      for (const { length } of found) characters += length + 1;
      if (slices.isDue) await slices.next();
    }
    if (characters <= AT_ONCE_CHARACTERS) return refusedFields(lines, families);
    return this.workers.run(REFUSED, { fields: lines, families });
  }

  /** @throws AppError `request.refused` when `refused` finds a field */
  async refuse(fields: Record<string, unknown>, families: ReadonlySet<GuardFamily>): Promise<void> {
    const errors = await this.refused(fields, families);
    if (errors.length > 0) throw RequestErrors.refused({ errors });
  }
}
