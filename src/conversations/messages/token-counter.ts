// Counts tokens as current OpenAI models do (o200k_base), with a bound on the time a hostile text can take.
import { Injectable } from '@nestjs/common';

type Counter = (text: string, options?: { disallowedSpecial?: Set<string> }) => number;

/** Text that spells a special token is text. */
const PLAIN = { disallowedSpecial: new Set<string>() };

/**
 * Characters of an unbroken run that are counted at once. Byte-pair merging is quadratic in the length of a run: 100,000
 * characters without a break took a minute. Longer runs are cut, which may count a few tokens too many.
 */
const RUN = 200;
const LONG_RUN = new RegExp(`\\S{${RUN + 1},}|\\s{${RUN + 1},}`);
const PIECES = new RegExp(`\\S{1,${RUN}}|\\s{1,${RUN}}`, 'gu');

@Injectable()
export class TokenCounter {
  private counter: Counter | undefined;

  /** Loads the vocabulary (about 60 MB) when it is first needed, so that an idle process stays small. */
  async load(): Promise<void> {
    this.counter ??= (await import('gpt-tokenizer/encoding/o200k_base')).countTokens as Counter;
  }

  get loaded(): boolean {
    return this.counter !== undefined;
  }

  /** @throws Error before `load()`. */
  count(text: string): number {
    const { counter } = this;
    if (!counter) throw new Error('TokenCounter.load() has not been awaited');
    if (text.length <= RUN || !LONG_RUN.test(text)) return counter(text, PLAIN);
    return (text.match(PIECES) ?? []).reduce((total, piece) => total + counter(piece, PLAIN), 0);
  }
}
