// What turns texts into vectors, whoever does it.

/** Never carries a text or a key: it is logged. */
export class EmbedderError extends Error {
  override readonly name = 'EmbedderError';

  /** @param retryable whether the same texts may well succeed later; otherwise somebody has to change something first */
  constructor(
    message: string,
    readonly retryable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export abstract class Embedder {
  /** Names the vectors: those of different models are never compared. Null: there is no embedder, search is lexical. */
  abstract readonly model: string | null;

  /**
   * Unit vectors, quantised to int8 (times 127), one for each text, in order. All or none.
   * @throws EmbedderError, retryable or not; the reason of the signal when that is aborted
   */
  abstract embed(texts: string[], signal?: AbortSignal): Promise<Int8Array[]>;

  /** The vector of a text that somebody waits for: it overtakes what embed() has queued. @throws as embed() */
  async embedQuestion(text: string, signal?: AbortSignal): Promise<Int8Array> {
    const [vector] = await this.embed([text], signal);
    return vector!;
  }

  /** Gives up what is in flight. Nothing can be embedded afterwards. */
  abstract close(): Promise<void>;
}

/** A unit vector times 127, rounded: cosines of two are off by a few thousandths. A vector without a direction stays zero. */
export function quantise(vector: ArrayLike<number>): Int8Array {
  const values = Float64Array.from(vector);
  // By the largest first: the squares of very large or very small numbers would not be numbers any more.
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(largest > 0 && largest < Infinity)) return new Int8Array(values.length);
  const length = Math.sqrt(values.reduce((sum, value) => sum + (value / largest) ** 2, 0));
  return Int8Array.from(values, (value) => Math.round((value / largest / length) * 127));
}
