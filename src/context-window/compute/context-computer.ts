// Computes small contexts at once, and large ones in a worker thread.
import { Injectable } from '@nestjs/common';
import { WorkerPool, workerTask } from '../../platform/workers/index.js';
import type { ContextInput } from './context.task.js';
import {
  type BuiltWindow,
  buildWindow,
  type RepeatedWindow,
  type RepetitionInput,
  repeatWindow,
  type WindowInput,
} from './context-work.js';
import type { LogRow } from '../plan/window-message.js';

/** Up to this many characters are computed at once, in a few milliseconds. */
const MAX_INLINE_CHARACTERS = 262_144;

const CONTEXT = workerTask<ContextInput, BuiltWindow | RepeatedWindow | null>(
  import.meta.url,
  './context.task',
);

@Injectable()
export class ContextComputer {
  constructor(private readonly workers: WorkerPool) {}

  /** @throws AppError as `WorkerPool.run` does */
  async build(input: WindowInput): Promise<BuiltWindow | null> {
    if (countCharacters(input.newest) + countCharacters(input.kept) <= MAX_INLINE_CHARACTERS) {
      return buildWindow(input);
    }
    return (await this.workers.run(CONTEXT, { build: input })) as BuiltWindow | null;
  }

  /** @throws AppError as `WorkerPool.run` does */
  async repeat(input: RepetitionInput): Promise<RepeatedWindow> {
    if (countCharacters(input.messages) <= MAX_INLINE_CHARACTERS) return repeatWindow(input);
    return (await this.workers.run(CONTEXT, { repeat: input })) as RepeatedWindow;
  }
}

const countCharacters = (rows: LogRow[]): number =>
  rows.reduce((sum, { content }) => sum + content.length, 0);
