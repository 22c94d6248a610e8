// The interface of embedders, which turn texts into vectors.

/** Failure of an embedder. It is logged, so it never carries a text or a key. */
export class EmbedderError extends Error {
  override readonly name = 'EmbedderError';

  /**
   * @param retryable true when the same texts may succeed later; false when the setup must change
   * first
   */
  constructor(
    message: string,
    readonly retryable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export abstract class Embedder {
  /**
   * The name of the model: vectors of different models are never compared. Null when there is no
   * embedder and search is lexical.
   */
  abstract readonly model: string | null;

  /** Returns what operators see of it. */
  describe(): { model: string | null; engine?: string | null } {
    return { model: this.model };
  }

  /** Questions embedded at the same time. Searches beyond these go by words. */
  readonly questionsAtOnce: number = 100;

  /**
   * Tells whether a question would be embedded without a wait for the model. A model that is not
   * loaded begins to load.
   */
  isReady(): boolean {
    return true;
  }

  /**
   * Returns unit vectors quantised to int8 (times 127), one for each text, in order. All or none.
   * @throws EmbedderError, retryable or not; the reason of the signal when that is aborted
   */
  abstract embed(texts: string[], signal?: AbortSignal): Promise<Int8Array[]>;

  /**
   * Embeds a text that a request waits for, ahead of texts that `embed()` has queued.
   * @throws as `embed()`
   */
  async embedQuestion(text: string, signal?: AbortSignal): Promise<Int8Array> {
    const [vector] = await this.embed([text], signal);
    return vector!;
  }

  /**
   * Embeds a text within a request that only waits for it when it is a matter of milliseconds.
   * @returns null when it would take longer, or cannot be done now
   */
  async embedInTime(text: string): Promise<Int8Array | null> {
    void text;
    return null;
  }

  /** Aborts what is in flight. Nothing can be embedded afterwards. */
  abstract close(): Promise<void>;
}

/**
 * Converts to a unit vector times 127, rounded: cosine similarities are off by a few thousandths. A
 * vector without a direction becomes zero.
 */
export function quantise(vector: ArrayLike<number>): Int8Array {
  const values = Float64Array.from(vector);
  // Divide by the largest value first: squares of very large or very small numbers would overflow.
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(largest > 0 && largest < Infinity)) return new Int8Array(values.length);
  const length = Math.sqrt(values.reduce((sum, value) => sum + (value / largest) ** 2, 0));
  return Int8Array.from(values, (value) => Math.round((value / largest / length) * 127));
}
