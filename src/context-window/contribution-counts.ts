// Counts the tokens of contributions. The same memory goes into many contexts, so counts are kept.
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { TokenCounter } from '../conversations/index.js';
import { RequestContexts } from '../platform/context/index.js';
import type { PartContribution } from './contributing.js';
import { contributedText } from './plan/context-layout.js';

/** Each has at most a few hundred bytes. */
const MAX_KEPT_COUNTS = 20_000;

@Injectable()
export class ContributionCounts {
  private readonly known = new LRUCache<string, number>({ max: MAX_KEPT_COUNTS });

  constructor(
    private readonly tokens: TokenCounter,
    private readonly contexts: RequestContexts,
  ) {}

  async countAll(contributions: PartContribution[]): Promise<number[]> {
    const { userId } = this.contexts.userScope();
    const keys = contributions.map((contribution) => `${userId} ${keyOf(contribution)}`);
    const counts = keys.map((key) => this.known.get(key));
    const missing = counts.flatMap((count, i) => (count === undefined ? [i] : []));
    if (missing.length === 0) return counts as number[];
    const texts = missing.map((i) => contributedText(contributions[i]!));
    for (const [n, count] of (await this.tokens.countAll(texts)).entries()) {
      counts[missing[n]!] = count;
      this.known.set(keys[missing[n]!]!, count);
    }
    return counts as number[];
  }
}

/** A ref names one text permanently, so the key needs nothing of the text. */
const keyOf = ({ part, ref, text, origin }: PartContribution): string =>
  JSON.stringify([part, ref, text.length, origin ?? null]);
