// Counts tokens of o200k_base, as current OpenAI models do. The time it takes is bounded for any
// text. Worker threads load this file, so it loads neither Nest nor TypeORM.

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

/**
 * The encoding with its vocabulary of about 60 MB, which is loaded on first use, so that an idle
 * process stays small.
 */
export class TokenEncoding {
  /**
   * Token counts of words. Only words are cached, so it never holds a key or a number of a user. It
   * is cleared when it is full: an LRU would cost more than counting again.
   */
  private readonly cachedCounts = new Map<string, number>();

  private constructor(
    /**
     * Splits a text into the pieces that are encoded one by one: a word with its space, up to three
     * digits, or punctuation.
     */
    private readonly pieces: RegExp,
    private readonly countPieceTokens: (piece: string) => number,
  ) {}

  static async load(): Promise<TokenEncoding> {
    const [{ countTokens }, { O200K_TOKEN_SPLIT_REGEX }] = await Promise.all([
      import('gpt-tokenizer/encoding/o200k_base'),
      import('gpt-tokenizer/encodingParams/constants'),
    ]);
    return new TokenEncoding(O200K_TOKEN_SPLIT_REGEX, (piece) =>
      countTokens(piece, NO_SPECIAL_TOKENS),
    );
  }

  count(text: string): number {
    let total = 0;
    for (const piece of text.match(this.pieces) ?? [])
      total += this.cachedCounts.get(piece) ?? this.countPiece(piece);
    return total;
  }

  private countPiece(piece: string): number {
    if (piece.length > MAX_PIECE_CHARACTERS)
      return cut(piece).reduce((total, part) => total + this.countPieceTokens(part), 0);
    const tokens = this.countPieceTokens(piece);
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
