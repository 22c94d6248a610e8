// Does the arithmetic of small contexts at once, and that of large ones in a thread.
import { Injectable } from '@nestjs/common';
import { WorkerPool, workerTask } from '../../platform/workers/index.js';
import type { ContextInput } from './context.task.js';
import {
  type BuiltWindow,
  buildWindow,
  type Repetition,
  type RepetitionInput,
  repeatWindow,
  type WindowInput,
} from './context-work.js';
import type { LogRow } from '../plan/window-message.js';

/** Characters of messages that take a few milliseconds. */
const AT_ONCE_CHARACTERS = 262_144;

const CONTEXT = workerTask<ContextInput, BuiltWindow | Repetition | null>(
  import.meta.url,
  './context.task',
);

@Injectable()
export class ContextComputer {
  constructor(private readonly workers: WorkerPool) {}

  /** @throws AppError as `WorkerPool.run` does */
  async build(input: WindowInput): Promise<BuiltWindow | null> {
    if (charactersOf(input.newest) + charactersOf(input.kept) <= AT_ONCE_CHARACTERS) {
      return buildWindow(input);
    }
    return (await this.workers.run(CONTEXT, { build: input })) as BuiltWindow | null;
  }

  /** @throws AppError as `WorkerPool.run` does */
  async repeat(input: RepetitionInput): Promise<Repetition> {
    if (charactersOf(input.messages) <= AT_ONCE_CHARACTERS) return repeatWindow(input);
    return (await this.workers.run(CONTEXT, { repeat: input })) as Repetition;
  }
}

const charactersOf = (rows: LogRow[]): number =>
  rows.reduce((sum, { content }) => sum + content.length, 0);
