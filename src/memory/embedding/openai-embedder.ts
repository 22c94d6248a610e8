import { Embedder, EmbedderError } from './embedder.js';
import { readVectors } from './openai-answer.js';
import { truncateUtf8 } from './truncate-utf8.js';

export interface OpenAiOptions {
  /** Without a trailing slash. */
  baseUrl: string;
  apiKey: string;
  model: string;
  /** Milliseconds for one request, including its answer. */
  timeoutMs?: number;
}

const MAX_TEXTS_PER_CALL = 100;
/**
 * The service takes 8,191 tokens, and a token has at least one byte: this many bytes always fit.
 */
const MAX_TEXT_BYTES = 8_000;

/**
 * Uses any service with OpenAI's `POST /embeddings`. It tries each batch once; retries are the job
 * queue's task.
 */
export class OpenAiEmbedder extends Embedder {
  readonly model: string;
  private readonly closing = new AbortController();
  private dimensions: number | undefined;

  constructor(private readonly options: OpenAiOptions) {
    super();
    this.model = `openai:${options.model}`;
  }

  async embed(texts: string[], signal?: AbortSignal): Promise<Int8Array[]> {
    const vectors: Int8Array[] = [];
    for (let from = 0; from < texts.length; from += MAX_TEXTS_PER_CALL) {
      vectors.push(
        ...(await this.embedBatch(texts.slice(from, from + MAX_TEXTS_PER_CALL), signal)),
      );
    }
    return vectors;
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  private async embedBatch(texts: string[], signal?: AbortSignal): Promise<Int8Array[]> {
    const timeout = AbortSignal.timeout(this.options.timeoutMs ?? 30_000);
    try {
      const response = await this.post(
        texts,
        AbortSignal.any([timeout, this.closing.signal, ...(signal ? [signal] : [])]),
      );
      const vectors = await readVectors(response, texts.length);
      this.checkDimensions(vectors[0]!.length);
      return vectors;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof EmbedderError) throw error;
      if (this.closing.signal.aborted) throw new EmbedderError('The embedder is closed.', false);
      const what = timeout.aborted ? 'did not answer in time' : 'cannot be reached';
      throw new EmbedderError(`The embedding service ${what}.`, true, { cause: error });
    }
  }

  private post(texts: string[], signal: AbortSignal): Promise<Response> {
    const { baseUrl, apiKey, model } = this.options;
    // A blank text would be refused, and the whole batch with it.
    const input = texts
      .map((text) => truncateUtf8(text, MAX_TEXT_BYTES))
      .map((text) => (text.trim() === '' ? '-' : text));
    return fetch(`${baseUrl}/embeddings`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify({ model, input, encoding_format: 'float' }),
      // A redirect could send the texts anywhere, so it is not followed.
      redirect: 'manual',
      signal,
    });
  }

  /**
   * Refuses vectors of another length than the first ones. They cannot be compared: the service now
   * runs another model under the same name.
   * @throws EmbedderError
   */
  private checkDimensions(dimensions: number): void {
    this.dimensions ??= dimensions;
    if (dimensions !== this.dimensions)
      throw new EmbedderError(
        `The embedding service answered ${dimensions} dimensions after ${this.dimensions}.`,
        false,
      );
  }
}
