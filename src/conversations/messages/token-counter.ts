// Counts tokens of o200k_base, as current OpenAI models do. The time it takes is bounded for any
// text.
import { Injectable } from '@nestjs/common';
import { Slices } from '../../platform/fairness/index.js';

interface Encoding {
  /**
   * Splits a text into the pieces that are encoded one by one: a word with its space, up to three
   * digits, or punctuation.
   */
  pieces: RegExp;
  count: (piece: string) => number;
}

/** Counts the text of a special token, such as `<|endoftext|>`, as ordinary text. */
const NO_SPECIAL_TOKENS = { disallowedSpecial: new Set<string>() };

/**
 * Characters of a piece that are encoded together. Byte-pair merging is quadratic in a piece, and
 * Chinese without punctuation is one piece: 100,000 characters took a minute.
 * A longer piece is cut, which may count a few tokens too many.
 */
const MAX_PIECE_CHARACTERS = 200;

const MAX_CACHED_WORDS = 50_000;
const WORD = /^ ?\p{L}{1,20}$/u;

/** Characters that are counted before other requests get a turn. */
const SLICE_CHARACTERS = 8_000;

@Injectable()
export class TokenCounter {
  private encoding: Encoding | undefined;
  /**
   * Token counts of words. Only words are cached, so it never holds a key or a number of a user. It
   * is cleared when it is full: an LRU would cost more than counting again.
   */
  private readonly cachedCounts = new Map<string, number>();

  /** Loads the vocabulary (about 60 MB) on first use, so that an idle process stays small. */
  async load(): Promise<void> {
    const [{ countTokens }, { O200K_TOKEN_SPLIT_REGEX }] = await Promise.all([
      import('gpt-tokenizer/encoding/o200k_base'),
      import('gpt-tokenizer/encodingParams/constants'),
    ]);
    this.encoding ??= {
      pieces: O200K_TOKEN_SPLIT_REGEX,
      count: (piece) => countTokens(piece, NO_SPECIAL_TOKENS),
    };
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
    const { encoding } = this;
    if (!encoding) throw new Error('TokenCounter.load() has not been awaited');
    let total = 0;
    for (const piece of text.match(encoding.pieces) ?? [])
      total += this.cachedCounts.get(piece) ?? this.countPiece(piece, encoding);
    return total;
  }

  private countPiece(piece: string, { count }: Encoding): number {
    if (piece.length > MAX_PIECE_CHARACTERS)
      return cut(piece).reduce((total, part) => total + count(part), 0);
    const tokens = count(piece);
    if (WORD.test(piece)) {
      if (this.cachedCounts.size >= MAX_CACHED_WORDS) this.cachedCounts.clear();
      this.cachedCounts.set(piece, tokens);
    }
    return tokens;
  }
}

/** Cuts between characters, never inside a surrogate pair. */
const PART = new RegExp(`[^]{1,${MAX_PIECE_CHARACTERS / 2}}`, 'gu');
const cut = (piece: string): string[] => piece.match(PART) ?? [];
