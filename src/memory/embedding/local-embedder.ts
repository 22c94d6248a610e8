import { Embedder } from './embedder.js';
import { ModelThread } from './model-thread.js';
import { truncateUtf8 } from './shortened.js';

interface Waiting {
  text: string;
  resolve: (vector: Int8Array) => void;
  reject: (error: unknown) => void;
}

/** The model sees 256 word pieces, some 1,100 characters of English: what is far behind them is not worth the way. */
const MAX_TEXT_BYTES = 8_000;

/**
 * all-MiniLM-L6-v2, computed in a thread of its own that starts with the first text. Callers take turns text by text: each of them
 * has one text in the queue at most, so a batch of a thousand holds nobody up by more than one.
 */
export class LocalEmbedder extends Embedder {
  readonly model = 'local:minilm-l6-v2';
  private readonly questions: Waiting[] = [];
  private readonly texts: Waiting[] = [];
  private busy = false;

  constructor(private readonly thread = new ModelThread()) {
    super();
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

  private enqueue(lane: Waiting[], text: string): Promise<Int8Array> {
    return new Promise((resolve, reject) => {
      lane.push({ text: truncateUtf8(text, MAX_TEXT_BYTES), resolve, reject });
      if (!this.busy) void this.work();
    });
  }

  /** Never rejects: what goes wrong goes to who waits for it. */
  private async work(): Promise<void> {
    this.busy = true;
    for (let next = this.next(); next; next = this.next()) {
      await this.thread.embed(next.text).then(next.resolve, next.reject);
    }
    this.busy = false;
  }

  private next(): Waiting | undefined {
    return this.questions.shift() ?? this.texts.shift();
  }
}

/** Who gives up need not wait for the text that is just being computed. */
function rejectOnAbort<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
