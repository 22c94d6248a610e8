import { Embedder } from './embedder.js';
import { ModelThread } from './model-thread.js';
import { truncateUtf8 } from './truncate-utf8.js';

interface QueuedText {
  text: string;
  resolve: (vector: Int8Array) => void;
  reject: (error: unknown) => void;
}

/**
 * The model reads 256 word pieces, about 1,100 characters of English. Longer texts are cut here,
 * before they are sent to the thread.
 */
const MAX_TEXT_BYTES = 8_000;

/**
 * Runs all-MiniLM-L6-v2 in a thread that starts with the first text. Each caller has at most one
 * text in the queue, so a batch of a thousand delays others by one text.
 */
export class LocalEmbedder extends Embedder {
  readonly model = 'local:minilm-l6-v2';
  override readonly questionsAtOnce = 16;
  private readonly questions: QueuedText[] = [];
  private readonly texts: QueuedText[] = [];
  private busy = false;

  constructor(private readonly thread = new ModelThread()) {
    super();
  }

  /** The engine is null until the model is loaded. */
  override describe(): { model: string; engine: string | null } {
    return { model: this.model, engine: this.thread.loaded ?? null };
  }

  override isReady(): boolean {
    if (this.thread.loaded) return true;
    if (!this.busy) void this.enqueue(this.questions, '').catch(() => undefined);
    return false;
  }

  override embed(texts: string[], signal?: AbortSignal): Promise<Int8Array[]> {
    return rejectOnAbort(this.embedOneByOne(texts, signal), signal);
  }

  override embedQuestion(text: string, signal?: AbortSignal): Promise<Int8Array> {
    return rejectOnAbort(this.enqueue(this.questions, text), signal);
  }

  override async close(): Promise<void> {
    await this.thread.close();
  }

  private async embedOneByOne(texts: string[], signal?: AbortSignal): Promise<Int8Array[]> {
    const vectors: Int8Array[] = [];
    for (const text of texts) {
      signal?.throwIfAborted();
      vectors.push(await this.enqueue(this.texts, text));
    }
    return vectors;
  }

  private enqueue(queue: QueuedText[], text: string): Promise<Int8Array> {
    return new Promise((resolve, reject) => {
      queue.push({ text: truncateUtf8(text, MAX_TEXT_BYTES), resolve, reject });
      if (!this.busy) void this.work();
    });
  }

  /** Never rejects: errors go to the promise of the text. */
  private async work(): Promise<void> {
    this.busy = true;
    for (let next = this.next(); next; next = this.next()) {
      await this.thread.embed(next.text).then(next.resolve, next.reject);
    }
    this.busy = false;
  }

  private next(): QueuedText | undefined {
    return this.questions.shift() ?? this.texts.shift();
  }
}

/** Rejects as soon as the signal is aborted, without waiting for the text in progress. */
function rejectOnAbort<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
