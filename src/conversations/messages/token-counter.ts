// Counts tokens without keeping other requests waiting.
import { Injectable } from '@nestjs/common';
import { Slices } from '../../platform/fairness/index.js';
import { TokenEncoding } from './token-encoding.js';

/** Characters that are counted before other requests get a turn. */
const SLICE_CHARACTERS = 8_000;

@Injectable()
export class TokenCounter {
  private encoding: TokenEncoding | undefined;

  /** Loads the vocabulary; once is enough. */
  async load(): Promise<void> {
    const encoding = await TokenEncoding.load();
    this.encoding ??= encoding;
  }

  get loaded(): boolean {
    return this.encoding !== undefined;
  }

  /** Counts the tokens of each text, in slices: other requests are answered in between. */
  async countAll(texts: string[]): Promise<number[]> {
    if (!this.loaded) await this.load();
    const counts: number[] = [];
    const slices = new Slices();
    for (const text of texts) {
      let tokens = 0;
      for (let from = 0; from < text.length; from += SLICE_CHARACTERS) {
        tokens += this.count(text.slice(from, from + SLICE_CHARACTERS));
        if (slices.isDue) await slices.next();
      }
      counts.push(tokens);
    }
    return counts;
  }

  /**
   * Counts synchronously; use it for short texts.
   * @throws Error before `load()`
   */
  count(text: string): number {
    if (!this.encoding) throw new Error('TokenCounter.load() has not been awaited');
    return this.encoding.count(text);
  }
}
