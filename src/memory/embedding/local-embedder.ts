import { Embedder } from './embedder.js';
import { ModelThread } from './model-thread.js';
import { truncateUtf8 } from './truncate-utf8.js';

/** A write that takes this long anyway waits for the vector of its text. */
const MAX_WRITE_MS = 20;
/** A write gives up waiting when the thread is slower than expected. */
const WRITE_TIMEOUT_MS = 100;
/** Cost of a text besides its length, in bytes of text. */
const BASE_BYTES = 100;
/** How much the latest text counts in the pace. */
const PACE_WEIGHT = 0.2;

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
  /** Milliseconds for a byte of text, of late. */
  private pace: number | undefined;

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

  override async embedInTime(text: string): Promise<Int8Array | null> {
    if (this.busy || !this.thread.loaded || this.expectedMs(text) > MAX_WRITE_MS) return null;
    const signal = AbortSignal.timeout(WRITE_TIMEOUT_MS);
    return this.embedQuestion(text, signal).catch(() => null);
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
      const [start, wasLoaded] = [performance.now(), this.thread.loaded !== undefined];
      await this.thread.embed(next.text).then(next.resolve, next.reject);
      if (wasLoaded) this.learnPace(next.text, performance.now() - start);
    }
    this.busy = false;
  }

  private learnPace(text: string, durationMs: number): void {
    const latest = durationMs / costBytes(text);
    this.pace = this.pace === undefined ? latest : this.pace + PACE_WEIGHT * (latest - this.pace);
  }

  private expectedMs(text: string): number {
    return this.pace === undefined ? Infinity : this.pace * costBytes(text);
  }

  private next(): QueuedText | undefined {
    return this.questions.shift() ?? this.texts.shift();
  }
}

const costBytes = (text: string): number =>
  BASE_BYTES + Math.min(Buffer.byteLength(text), MAX_TEXT_BYTES);

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
