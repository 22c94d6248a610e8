// Computes small contexts at once, and large ones in a worker thread.
import { Injectable } from '@nestjs/common';
import { TokenCounter } from '../../conversations/index.js';
import { WorkerPool, workerTask } from '../../platform/workers/index.js';
import type { Counting } from '../plan/counted-part.js';
import { type LogRow, maxMessageTokens } from '../plan/window-message.js';
import type { ContextInput, ContextOutput } from './context.task.js';
import {
  type BuiltWindow,
  buildWindow,
  type RepeatedWindow,
  type RepetitionInput,
  repeatWindow,
  type WindowInput,
} from './context-work.js';
import { CachedPartCounts } from './part-counts.js';

/** Up to this many characters are computed at once, in a few milliseconds. */
const MAX_INLINE_CHARACTERS = 262_144;
/**
 * Up to this many characters of a small context may still have to be counted. Counting takes ten
 * times as long as the rest.
 */
const MAX_INLINE_COUNTED_CHARACTERS = 32_768;

/** Characters of a token of prose, at most. */
const CHARACTERS_PER_TOKEN = 8;

const CONTEXT = workerTask<ContextInput, ContextOutput>(import.meta.url, './context.task');

@Injectable()
export class ContextComputer {
  private readonly counts = new CachedPartCounts();

  constructor(
    private readonly workers: WorkerPool,
    private readonly tokens: TokenCounter,
  ) {}

  /** @throws AppError as `WorkerPool.run` does */
  async build(input: WindowInput): Promise<BuiltWindow | null> {
    const rows = [...input.newest, ...input.kept];
    if (this.isSmall(rows, input.budgetTokens)) return buildWindow(input, await this.counting());
    return (await this.runInThread({ build: input }, rows)) as BuiltWindow | null;
  }

  /** @throws AppError as `WorkerPool.run` does */
  async repeat(input: RepetitionInput): Promise<RepeatedWindow> {
    const { messages, manifest } = input;
    if (this.isSmall(messages, manifest.budgetTokens))
      return repeatWindow(input, await this.counting());
    return (await this.runInThread({ repeat: input }, messages)) as RepeatedWindow;
  }

  private async counting(): Promise<Counting> {
    if (!this.tokens.loaded) await this.tokens.load();
    return { count: (text) => this.tokens.count(text), counts: this.counts };
  }

  private async runInThread(
    work: { build: WindowInput } | { repeat: RepetitionInput },
    rows: LogRow[],
  ): Promise<ContextOutput['result']> {
    const known = this.counts.knownOf(rows);
    const { result, counted } = await this.workers.run(CONTEXT, { ...work, known });
    this.counts.addAll(counted);
    return result;
  }

  private isSmall(rows: LogRow[], budgetTokens: number): boolean {
    const longTokens = maxMessageTokens(budgetTokens);
    let [all, uncounted] = [0, 0];
    for (const { id, content, contentIsJson, tokenCount } of rows) {
      all += content.length;
      const isCounted = !contentIsJson || this.counts.get(id) !== undefined;
      if (!isCounted) uncounted += content.length;
      // A long text is shortened, and only its shortened form is counted.
      else if (tokenCount > longTokens)
        uncounted += Math.min(content.length, longTokens * CHARACTERS_PER_TOKEN);
    }
    return all <= MAX_INLINE_CHARACTERS && uncounted <= MAX_INLINE_COUNTED_CHARACTERS;
  }
}
